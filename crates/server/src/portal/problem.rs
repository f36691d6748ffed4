//! What a person is told when a page cannot be shown or a form not be carried out.

use askama::Template;
use axum::response::{IntoResponse, Response};
use countersign_domain::graph::error::GraphError;
use countersign_store::StoreError;
use http::StatusCode;

use super::page::{Policy, page, see_other};

/// An end of a request that is not the page that was asked for.
#[derive(Debug)]
pub(crate) enum Problem {
    /// A page that says what is wrong.
    Told(Told),
    /// Somebody has to sign in first; the address to do so.
    SignIn(String),
}

/// What is wrong, and what to do.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) remedy: String,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    told: &'a Told,
}

impl Problem {
    /// A page with a title, what is wrong, and what to do.
    pub(crate) fn told(status: StatusCode, title: &str, text: &str, remedy: &str) -> Self {
        Self::Told(Told {
            status,
            title: title.to_owned(),
            text: text.to_owned(),
            remedy: remedy.to_owned(),
        })
    }

    /// There is nothing at this address, or nothing that this person may see.
    pub(crate) fn not_found() -> Self {
        Self::told(
            StatusCode::NOT_FOUND,
            "Not found",
            "There is nothing at this address, or it belongs to another tenant.",
            "Go back, or start from the first page of the portal.",
        )
    }

    /// The person's roles do not allow it.
    pub(crate) fn forbidden(text: &str) -> Self {
        Self::told(
            StatusCode::FORBIDDEN,
            "Not allowed",
            text,
            "Ask a Global Administrator of your tenant for a role that allows it.",
        )
    }

    /// A form that was given to another browser, or before signing in or out.
    pub(super) fn stale_form() -> Self {
        Self::told(
            StatusCode::FORBIDDEN,
            "This form is out of date",
            "It was made before you signed in or out, or for another browser. Nothing was changed.",
            "Go back, reload the page, and try once more. Cookies must be allowed for this site.",
        )
    }

    /// A form that another site sent.
    pub(super) fn foreign_form(origin: &str) -> Self {
        Self::told(
            StatusCode::FORBIDDEN,
            "This form came from another site",
            "Forms are taken from this server's own pages only. Nothing was changed.",
            &format!("Open the page at {origin} and try once more."),
        )
    }

    /// A form that cannot be read.
    pub(super) fn bad_form(reason: &str) -> Self {
        Self::told(
            StatusCode::BAD_REQUEST,
            "This form could not be read",
            reason,
            "Go back, reload the page, and try once more.",
        )
    }
}

impl From<GraphError> for Problem {
    fn from(error: GraphError) -> Self {
        match error.status {
            404 => Self::not_found(),
            403 => Self::forbidden(&error.message),
            status => Self::told(
                StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
                "That did not work",
                &error.message,
                "Nothing was changed. Go back and try once more.",
            ),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a page could not reach the database");
        Self::told(
            StatusCode::SERVICE_UNAVAILABLE,
            "The directory cannot be reached",
            "The database does not answer. Nothing was changed.",
            "Try again in a minute; tell whoever operates this server if it goes on.",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Told(told) => page(told.status, Policy::Own, &ProblemPage { told: &told }),
            Self::SignIn(location) => see_other(&location),
        }
    }
}
