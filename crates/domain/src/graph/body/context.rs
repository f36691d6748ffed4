use crate::clock::Timestamp;
use crate::directory::Tenant;
use crate::random::Random;
use crate::secret::Pepper;

/// The message where another application has an identifier URI already.
pub const URI_TAKEN: &str =
    "Another object with the same value for property identifierUris already exists.";

/// The message where another application has a `uniqueName` already.
pub const UNIQUE_NAME_TAKEN: &str =
    "Another object with the same value for property uniqueName already exists.";

/// What a change is checked against, beside the object itself.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The tenant of the object.
    pub tenant: &'a Tenant,
    /// The platform's own public address.
    pub base_url: &'a str,
    /// The key of secrets' hashes.
    pub pepper: &'a Pepper,
    /// The current time.
    pub now: Timestamp,
    /// Where ids and secrets come from.
    pub random: &'a dyn Random,
}
