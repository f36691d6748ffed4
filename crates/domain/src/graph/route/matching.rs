use super::call::{Call, Operation};
use super::parameter::{Parameter, can_be_plain};
use super::segment::{Part, parts};
use super::{Method, Version};
use crate::graph::error::GraphError;

/// Why a part is not a parameter.
pub(super) enum Mismatch {
    /// It is something else: the path is of another operation, or of none.
    Unknown,
    /// It is one, and its value cannot be.
    Refused(GraphError),
}

/// The parts that stand for the `{..}` of a template.
pub(super) struct Captures<'p>(std::vec::IntoIter<&'p Part<'p>>);

impl Captures<'_> {
    pub(super) fn next<P: Parameter>(&mut self) -> Result<P, Mismatch> {
        P::read(self.0.next().ok_or(Mismatch::Unknown)?)
    }
}

pub(super) fn read(
    method: Method,
    version: Version,
    segments: &[impl AsRef<str>],
) -> Result<Call, GraphError> {
    let parts = parts(segments)?;
    let mut known = 0;
    let (mut refused, mut is_of_other_method, mut is_refused_there) = (None, false, false);
    for operation in Operation::ALL.iter().copied() {
        let (fitting, call) = fit(operation, &parts);
        known = known.max(fitting);
        match call {
            None | Some(Err(Mismatch::Unknown)) => {}
            Some(Ok(_)) if operation.method() != method => is_of_other_method = true,
            Some(Err(_)) if operation.method() != method => is_refused_there = true,
            Some(Err(Mismatch::Refused(error))) => refused = refused.or(Some(error)),
            Some(Ok(call)) if version == Version::V1 || operation.is_read() => return Ok(call),
            Some(Ok(_)) => return Err(beta_write()),
        }
    }
    match refused {
        // `getByIds` is an action, and not the id of an object that could be read.
        _ if is_of_other_method => Err(wrong_method(&parts)),
        Some(error) => Err(error),
        None if is_refused_there => Err(wrong_method(&parts)),
        None => Err(unknown(&parts, known)),
    }
}

/// The methods that a path takes, for `Allow` of a 405; none for a path that is unknown.
pub fn allowed_methods(segments: &[impl AsRef<str>]) -> Vec<Method> {
    allowed(&parts(segments).unwrap_or_default())
}

/// What a method that no operation has is answered at this path.
pub fn unknown_method(segments: &[impl AsRef<str>]) -> GraphError {
    match read(Method::Get, Version::V1, segments) {
        Ok(_) => wrong_method(&parts(segments).unwrap_or_default()),
        Err(error) => error,
    }
}

fn allowed(parts: &[Part<'_>]) -> Vec<Method> {
    match methods(parts, Result::is_ok) {
        none if none.is_empty() => methods(parts, |_| true),
        methods => methods,
    }
}

fn methods(parts: &[Part<'_>], fits: impl Fn(&Result<Call, Mismatch>) -> bool) -> Vec<Method> {
    let mut methods = Vec::new();
    for operation in Operation::ALL.iter().copied() {
        let is_fitting = fit(operation, parts).1.as_ref().is_some_and(&fits);
        if is_fitting && !methods.contains(&operation.method()) {
            methods.push(operation.method());
        }
    }
    methods
}

/// How many parts fit the operation's template and, where all do, the call.
fn fit<'p>(operation: Operation, parts: &'p [Part<'p>]) -> (usize, Option<Result<Call, Mismatch>>) {
    let mut captures = Vec::new();
    let mut rest = parts.iter();
    let mut fitting = 0;
    for expected in operation.template().split('/').skip(1) {
        let Some(part) = rest.next() else {
            return (fitting, None);
        };
        match expected.starts_with('{') {
            true if can_be_key(part) => captures.push(part),
            false if is_word(part, expected) => {}
            _ => return (fitting, None),
        }
        fitting += 1;
    }
    if rest.next().is_some() {
        return (fitting, None);
    }
    let call = Call::build(operation, &mut Captures(captures.into_iter()));
    match call {
        // The last of its parts is the word that nobody knows.
        Err(Mismatch::Unknown) => (fitting.saturating_sub(1), None),
        call => (fitting, Some(call)),
    }
}

/// Words are taken in any letter case, and with the name space of actions and functions.
fn is_word(part: &Part<'_>, expected: &str) -> bool {
    let Part::Plain(text) = part else {
        return false;
    };
    let bare = text.strip_prefix("microsoft.graph.").unwrap_or(text);
    bare.eq_ignore_ascii_case(expected)
}

fn can_be_key(part: &Part<'_>) -> bool {
    match part {
        Part::Plain(text) => can_be_plain(text),
        Part::Key { .. } => true,
    }
}

fn unknown(parts: &[Part<'_>], known: usize) -> GraphError {
    if parts == [Part::Plain("")] {
        return GraphError::malformed(
            "The path ends behind the version. Name a collection, such as /v1.0/applications, \
             /v1.0/servicePrincipals or /v1.0/users.",
        );
    }
    let segment = match parts.get(known).or(parts.last()) {
        Some(Part::Plain(text)) => text,
        Some(Part::Key { value, .. }) => value.as_ref(),
        None => "",
    };
    GraphError::malformed(format!("Resource not found for the segment '{segment}'."))
}

fn wrong_method(parts: &[Part<'_>]) -> GraphError {
    let allowed: Vec<_> = allowed(parts).into_iter().map(Method::as_str).collect();
    GraphError::new(
        405,
        "Request_BadRequest",
        format!(
            "Specified HTTP method is not allowed for the request target. Allowed: {}.",
            allowed.join(", ")
        ),
    )
}

fn beta_write() -> GraphError {
    GraphError::malformed("This service takes reads only at /beta. Send the change to /v1.0.")
}
