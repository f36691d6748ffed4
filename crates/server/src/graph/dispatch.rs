//! One function for each operation. The match is closed: an operation without a handler does not
//! compile.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::Call;

use super::answer::Answer;
use super::ask::Ask;
use super::changes;

/// Carries out anything but a batch.
pub(super) async fn dispatch(ask: &Ask<'_>, call: Call) -> Result<Answer, GraphError> {
    match call {
        Call::Me | Call::MeOwnedObjects => Err(no_user()),
        call if call.operation().is_read() => Err(GraphError::new(501, "NotImplemented", "")),
        call => changes::dispatch(ask, call).await,
    }
}

/// What an application hears that asks who it is.
pub(super) fn no_user() -> GraphError {
    GraphError::malformed("/me request is only valid with delegated authentication flow.")
}
