//! HTTP-01 to HTTP-13 and HTTP-17 to HTTP-22: what is wrong with a request before anyone asks who
//! sent it.

mod addresses;
mod forms;
mod framing;
mod limits;

use std::time::Duration;

use countersign_testkit::http1::{Connection, Unanswered};

use crate::answer::{Expected, e400};
use crate::sample;
use crate::stage::Stage;

const MISSING: Expected = e400("invalid_request", 900_144);
const MALFORMED: Expected = e400("invalid_request", 9_002_313);

/// Sends a request whose head must not be understood: one of these answers, then the end of the
/// connection, and no token whatever came in its body.
fn refuse_head(stage: &Stage, case: &str, request: &[u8], statuses: &[u16]) {
    let mut connection: Connection = stage.connect();
    match connection.exchange(request) {
        Ok(response) => {
            assert!(statuses.contains(&response.status), "{case}: {response:?}");
            assert!(!response.text().contains("access_token"), "{case}");
            for secret in sample::SECRETS {
                assert!(!response.text().contains(secret), "{case}");
            }
        }
        // Reset before the answer could be read: as good, for a request like this.
        Err(Unanswered::Closed) => {}
        Err(other) => panic!("{case}: {other:?}"),
    }
    assert!(
        connection.is_closed_within(Duration::from_secs(5)),
        "{case}: the connection stays open"
    );
    stage
        .serves_on()
        .unwrap_or_else(|error| panic!("{case}: {error:#}"));
}
