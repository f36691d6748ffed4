//! What handlers return. How it becomes bytes is [`super::respond`]'s business.

use countersign_domain::graph::etag::ETag;
/// The members of an object on the wire.
pub(crate) use countersign_domain::graph::wire::Object as Members;

/// A success.
#[derive(Debug)]
pub(crate) enum Answer {
    /// One object, or the result of an action.
    Object(Object),
    /// Objects of a collection.
    List(List),
    /// `204`: done, and nothing to say.
    NoContent,
    /// A bare number, as text: `/$count`.
    Count(u64),
    /// `Prefer: dry-run`: what would have been done.
    DryRun(Members),
}

/// One object.
#[derive(Debug)]
pub(crate) struct Object {
    /// `200`, or `201` where it was made.
    pub(crate) status: u16,
    /// What stands behind `$metadata#`: `applications/$entity`. Nothing for answers without.
    pub(crate) context: Option<String>,
    /// Its properties.
    pub(crate) members: Members,
    /// Where it is, where it was made: the path behind the version.
    pub(crate) location: Option<String>,
    /// Its version, for `If-Match`.
    pub(crate) etag: Option<ETag>,
}

/// A page of a collection.
#[derive(Debug)]
pub(crate) struct List {
    /// What stands behind `$metadata#`: `applications`.
    pub(crate) context: String,
    /// The objects.
    pub(crate) rows: Vec<Members>,
    /// The number of all objects, where it was asked for.
    pub(crate) count: Option<u64>,
    /// The address of the next page.
    pub(crate) next_link: Option<String>,
}

impl Answer {
    /// `200` with an object.
    pub(crate) fn object(context: impl Into<String>, members: Members) -> Self {
        Self::Object(Object {
            status: 200,
            context: Some(context.into()),
            members,
            location: None,
            etag: None,
        })
    }

    /// `201` with an object that was made, and the path behind the version where it is.
    pub(crate) fn created(
        context: impl Into<String>,
        members: Members,
        location: impl Into<String>,
    ) -> Self {
        Self::Object(Object {
            status: 201,
            context: Some(context.into()),
            members,
            location: Some(location.into()),
            etag: None,
        })
    }

    /// All there is of a collection.
    pub(crate) fn list(context: impl Into<String>, rows: Vec<Members>) -> Self {
        Self::List(List {
            context: context.into(),
            rows,
            count: None,
            next_link: None,
        })
    }

    /// The same object with its version.
    pub(crate) fn with_etag(mut self, etag: ETag) -> Self {
        if let Self::Object(object) = &mut self {
            object.etag = Some(etag);
        }
        self
    }
}
