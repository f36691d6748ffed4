use jiff::{Span, tz::Offset};

use crate::clock::Timestamp;
use crate::ids::{ApplicationId, KeyId, ServicePrincipalId};
use crate::secret::SecretHash;

/// A shared secret of an application, of which only a keyed hash is kept.
#[derive(Debug, Clone)]
pub struct PasswordCredential {
    /// Its name in the directory.
    pub key_id: KeyId,
    /// The application that owns it.
    pub application_id: ApplicationId,
    /// The one instance of the application that it proves; every instance if none is named.
    pub service_principal_id: Option<ServicePrincipalId>,
    /// What people call it.
    pub display_name: Option<String>,
    /// The secret's first three characters.
    pub hint: String,
    /// The keyed hash.
    pub hash: SecretHash,
    /// Not accepted before this instant.
    pub start_at: Timestamp,
    /// Not accepted from this instant on.
    pub end_at: Timestamp,
}

impl PasswordCredential {
    /// Whether the secret may be used at this instant.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.start_at <= now && now < self.end_at
    }

    /// When a secret ends where nobody says: two years after its start.
    pub fn default_end(start: Timestamp) -> Timestamp {
        let moved = jiff::Timestamp::from_microsecond(start.micros())
            .map(|start| Offset::UTC.to_datetime(start))
            .and_then(|start| start.checked_add(Span::new().years(2)))
            .and_then(|end| Offset::UTC.to_timestamp(end));
        // At the end of the calendar the start stays, and is refused as an end.
        moved.map_or(start, |end| Timestamp::from_micros(end.as_microsecond()))
    }
}
