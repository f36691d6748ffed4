//! The entry points that read what strangers send, each as a function over bytes.
//!
//! A function answers whether the input was accepted, and panics when a promise is broken. The
//! fuzzers in `fuzz_targets/` call these functions and nothing else; `tests/corpus.rs` runs them
//! over the checked-in corpora.

mod assertion;
mod body;
mod consent;
mod directory;
mod expression;
mod graph;
mod oauth;
mod passkey;
mod token;

pub use assertion::assertion;
pub use body::graph_application_patch;
pub use consent::{consent_request, redirect_uri};
pub use directory::directory_file;
pub use expression::claims_expression;
pub use graph::{graph_filter, graph_page_token, graph_path};
pub use oauth::{basic_header, scope, tenant_name, token_form};
pub use passkey::passkey_answer;
pub use token::{certificate, compact_token, jwk_set};

/// One entry point.
pub struct Target {
    /// As in `corpus/NAME` and `fuzz_targets/NAME.rs`.
    pub name: &'static str,
    /// Whether an input is accepted.
    pub run: fn(&[u8]) -> bool,
}

/// Every target.
pub const TARGETS: [Target; 17] = [
    target("assertion", assertion),
    target("basic_header", basic_header),
    target("certificate", certificate),
    target("claims_expression", claims_expression),
    target("compact_token", compact_token),
    target("consent_request", consent_request),
    target("directory_file", directory_file),
    target("graph_application_patch", graph_application_patch),
    target("graph_filter", graph_filter),
    target("graph_page_token", graph_page_token),
    target("graph_path", graph_path),
    target("jwk_set", jwk_set),
    target("passkey_answer", passkey_answer),
    target("redirect_uri", redirect_uri),
    target("scope", scope),
    target("tenant_name", tenant_name),
    target("token_form", token_form),
];

const fn target(name: &'static str, run: fn(&[u8]) -> bool) -> Target {
    Target { name, run }
}
