//! What a tenant's start page shows: counts of sign-ins over time, and by client.

use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{AppId, TenantId};

use super::View;
use crate::StoreError;
use crate::row::{Guid, Place};

const TABLE: &str = "sign_ins";

/// A century, so that the ends of spans are numbers.
const SPAN_SECONDS_MAX: i64 = 100 * 366 * 86_400;

/// The sign-ins of a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInCount {
    /// When the span begins.
    pub start: Timestamp,
    /// Those that were granted.
    pub granted: u64,
    /// Those that were refused.
    pub refused: u64,
}

/// The sign-ins of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientActivity {
    /// The client.
    pub app_id: AppId,
    /// What it is called, where the tenant may know.
    pub display_name: Option<String>,
    /// Those that were granted.
    pub granted: u64,
    /// Those that were refused.
    pub refused: u64,
}

/// Each span is counted by the indexes alone, which is several times cheaper than to read and group
/// the rows: granted are those that are not refused.
pub(super) const ALL: &str = "
    WITH RECURSIVE bucket (number, start_at) AS (
        SELECT CAST(0 AS BIGINT), CAST($2 AS BIGINT)
        UNION ALL SELECT number + 1, start_at + $3 FROM bucket
        WHERE number < 999
          AND start_at + $3 <= (SELECT MAX(at) FROM sign_ins WHERE tenant_id = $1)
    )
    SELECT number,
           (SELECT COUNT(*) FROM sign_ins
            WHERE tenant_id = $1 AND at >= start_at AND at < start_at + $3),
           (SELECT COUNT(*) FROM sign_ins
            WHERE tenant_id = $1 AND at >= start_at AND at < start_at + $3 AND error_code <> 0)
    FROM bucket ORDER BY number";
pub(super) const OF_CLIENT: &str = "
    SELECT (at - $2) / $3 AS bucket, COUNT(*), COUNT(*) FILTER (WHERE error_code <> 0)
    FROM sign_ins WHERE tenant_id = $1 AND at >= $2 AND app_id = $4
    GROUP BY bucket ORDER BY bucket";
pub(super) const BUSIEST: &str = "SELECT g.app_id, c.display_name, g.granted, g.refused
     FROM (SELECT app_id, COUNT(*) FILTER (WHERE error_code = 0) AS granted,
                  COUNT(*) FILTER (WHERE error_code <> 0) AS refused
           FROM (SELECT app_id, error_code FROM sign_ins
                 WHERE tenant_id = $1 AND at >= $2 AND app_id IS NOT NULL AND user_id IS NULL
                 ORDER BY at DESC LIMIT 10000) newest
           GROUP BY app_id ORDER BY COUNT(*) DESC, app_id LIMIT $3) g
     LEFT JOIN service_principals s ON s.app_id = g.app_id AND s.tenant_id = $1
     LEFT JOIN applications c
         ON c.app_id = g.app_id AND (c.tenant_id = $1 OR s.id IS NOT NULL)
     ORDER BY g.granted + g.refused DESC, g.app_id";

impl View {
    /// The sign-ins in a tenant from an instant on, or those of one client, in at most a thousand
    /// spans of so many seconds. Spans without any are left out.
    pub async fn sign_in_counts(
        &mut self,
        tenant_id: TenantId,
        from: Timestamp,
        bucket_seconds: i64,
        app_id: Option<AppId>,
    ) -> Result<Vec<SignInCount>, StoreError> {
        let seconds = bucket_seconds.clamp(1, SPAN_SECONDS_MAX);
        let micros = seconds * 1_000_000;
        let rows = match app_id {
            None => fetch_all!(
                self.session,
                TABLE,
                (i64, i64, i64),
                ALL,
                Guid(tenant_id.uuid()),
                from.micros(),
                micros,
            )?,
            Some(app_id) => fetch_all!(
                self.session,
                TABLE,
                (i64, i64, i64),
                OF_CLIENT,
                Guid(tenant_id.uuid()),
                from.micros(),
                micros,
                Guid(app_id.uuid()),
            )?,
        };
        let counts =
            rows.into_iter()
                .filter(|(_, all, _)| *all > 0)
                .map(|(bucket, all, refused)| SignInCount {
                    start: from.plus_seconds(bucket.saturating_mul(seconds)),
                    granted: all.saturating_sub(refused).unsigned_abs(),
                    refused: refused.unsigned_abs(),
                });
        Ok(counts.collect())
    }

    /// The clients that asked for tokens in a tenant most often from an instant on, and how often:
    /// in the last ten thousand sign-ins, because a busy tenant has more than a page has time for.
    pub async fn busiest_clients(
        &mut self,
        tenant_id: TenantId,
        from: Timestamp,
        limit: u32,
    ) -> Result<Vec<ClientActivity>, StoreError> {
        let rows = fetch_all!(
            self.session,
            TABLE,
            (String, Option<String>, i64, i64),
            BUSIEST,
            Guid(tenant_id.uuid()),
            from.micros(),
            i64::from(limit),
        )?;
        let clients = rows
            .into_iter()
            .map(|(app_id, display_name, granted, refused)| {
                let place = Place {
                    table: TABLE,
                    id: &app_id,
                };
                Ok(ClientActivity {
                    app_id: place.parse("app_id", &app_id)?,
                    display_name,
                    granted: granted.unsigned_abs(),
                    refused: refused.unsigned_abs(),
                })
            });
        clients.collect()
    }
}
