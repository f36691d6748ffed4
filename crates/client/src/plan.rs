//! What to do when a token is asked for. Pure; the doing is in `client`.

use crate::life::Standing;

/// What to do for one caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Hand out the token.
    Use,
    /// Hand out the token and start a request that nobody waits for.
    UseAndRenew,
    /// Start a request and wait for it.
    Fetch,
    /// Wait for the request that is under way.
    Wait,
    /// Answer with the error of the last request.
    Fail,
}

/// What to do with a token of this standing, given whether a request for the next one is under way,
/// and whether a new one is not to be made yet, be it for a pause that the authority asked for or a
/// failure a moment ago.
pub(crate) fn plan(standing: Standing, in_flight: bool, blocked: bool) -> Plan {
    match (standing, in_flight, blocked) {
        (Standing::Fresh, _, _) => Plan::Use,
        (Standing::Due, false, false) => Plan::UseAndRenew,
        (Standing::Due, _, _) => Plan::Use,
        (Standing::Closing | Standing::Over, true, _) => Plan::Wait,
        (Standing::Closing | Standing::Over, false, false) => Plan::Fetch,
        (Standing::Closing, false, true) => Plan::Use,
        (Standing::Over, false, true) => Plan::Fail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_02_cli_03_the_table_holds() {
        use Plan::{Fail, Fetch, Use, UseAndRenew, Wait};
        // Columns: nothing in the way; blocked; in flight; in flight and blocked.
        for (standing, row) in [
            (Standing::Fresh, [Use, Use, Use, Use]),
            (Standing::Due, [UseAndRenew, Use, Use, Use]),
            (Standing::Closing, [Fetch, Use, Wait, Wait]),
            (Standing::Over, [Fetch, Fail, Wait, Wait]),
        ] {
            let columns = [(false, false), (false, true), (true, false), (true, true)];
            for ((in_flight, blocked), expected) in columns.into_iter().zip(row) {
                let made = plan(standing, in_flight, blocked);
                assert_eq!(made, expected, "{standing:?} {in_flight} {blocked}");
            }
        }
    }
}
