//! Grants and refusals as pictures: over time, and by application.

use countersign_domain::ids::AppId;

use crate::portal::chart::{BUSY_WIDTH, BusyClient, Chart, Steps, busy_clients};
use crate::portal::problem::Problem;
use crate::portal::visit::Visit;

const BUSIEST_MAX: u32 = 10;

/// What is drawn above a list.
pub(in crate::portal) struct Activity {
    pub(in crate::portal) chart: Chart,
    pub(in crate::portal) busiest: Vec<BusyClient>,
    pub(in crate::portal) busiest_width: u64,
}

/// Counts the sign-ins of the person's tenant, or of one client in it. The caller has found out that
/// the person may see the log.
pub(in crate::portal) async fn activity(
    visit: &Visit,
    steps: Steps,
    range: &str,
    app_id: Option<AppId>,
    with_busiest: bool,
) -> Result<Activity, Problem> {
    let tenant_id = visit.tenant.id;
    let mut view = visit.browser.state.db.view().await?;
    let counts = view
        .sign_in_counts(tenant_id, steps.from, steps.seconds, app_id)
        .await?;
    let busiest = match with_busiest {
        true => {
            let clients = view.busiest_clients(tenant_id, steps.from, BUSIEST_MAX);
            busy_clients(&clients.await?, range)
        }
        false => Vec::new(),
    };
    let title = format!("Sign-ins by {}, in UTC", steps.name());
    Ok(Activity {
        chart: Chart::new(title, steps.bars(&counts)),
        busiest,
        busiest_width: BUSY_WIDTH,
    })
}
