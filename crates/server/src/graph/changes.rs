//! The operations that write.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::Call;

use super::answer::Answer;
use super::ask::Ask;

/// Carries out an operation that writes.
pub(super) async fn dispatch(_ask: &Ask<'_>, call: Call) -> Result<Answer, GraphError> {
    Err(GraphError::new(
        501,
        "NotImplemented",
        format!("{} is not there yet.", call.operation().name()),
    ))
}
