//! What a request to the Graph API is made of.

use countersign_domain::clock::Timestamp;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::filter::Filter;
use countersign_domain::graph::page::{PageKey, PageScope};
use countersign_domain::graph::query::Query;
use countersign_domain::graph::route::{Call, Method, Version, segments};
use countersign_domain::graph::selection::{
    ApplicationField, AuditField, Cursor, Field, Selection, ServicePrincipalField, SignInField,
};
use countersign_domain::ids::TenantId;
use countersign_domain::secret::Pepper;

/// The value of `$filter`, asked of collections with every kind of property.
pub fn graph_filter(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let filter = match Filter::parse(text) {
        Ok(filter) => filter,
        Err(error) => {
            assert!(error.position <= text.len(), "{error}");
            return false;
        }
    };
    let query = Query {
        filter: Some(filter),
        counts: true,
        ..Query::default()
    };
    let answers = [
        selects::<ApplicationField>(&query),
        selects::<ServicePrincipalField>(&query),
        selects::<SignInField>(&query),
        selects::<AuditField>(&query),
    ];
    answers.contains(&true)
}

fn selects<F: Field>(query: &Query) -> bool {
    let eventual = Selection::<F>::read(query, true);
    if let Err(error) = &eventual {
        assert_eq!(error.status, 400, "{error}");
    }
    match Selection::<F>::read(query, false) {
        Ok(strict) => assert_eq!(Ok(strict), eventual, "the header takes nothing away"),
        Err(error) => assert_eq!(error.status, 400, "{error}"),
    }
    eventual.is_ok()
}

/// A `$skiptoken`: behind a line feed a token, in front of it the path that it is sent to. The
/// tokens of nobody but the service itself are accepted, and those only where they belong.
pub fn graph_page_token(input: &[u8]) -> bool {
    const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
    let Ok(text) = std::str::from_utf8(input) else {
        return false;
    };
    let (path, token) = text.split_once('\n').unwrap_or(("/v1.0/users", text));
    let key = PageKey::derive(&Pepper::new(&[7; Pepper::LENGTH]));
    let scope = |path| PageScope {
        tenant_id: TenantId::new(uuid::Uuid::from_u128(1)),
        caller: uuid::Uuid::from_u128(2),
        path,
        options: &[("$top", "5")],
    };
    let cursor = Cursor {
        value: Some(token.to_owned()),
        id: path.to_owned(),
    };
    let made = key.seal(&scope(path), &cursor, NOW);
    if made.len() <= 4_096 {
        assert_eq!(key.open(&scope(path), &made, NOW), Ok(cursor));
    }
    let elsewhere = format!("{path}/");
    assert!(key.open(&scope(&elsewhere), &made, NOW).is_err());
    match key.open(&scope(path), token, NOW) {
        Ok(cursor) => {
            assert_eq!(key.seal(&scope(path), &cursor, NOW), token, "one spelling");
            true
        }
        Err(error) => {
            assert_eq!(error.status, 400, "{error}");
            false
        }
    }
}

/// A path behind the version, still encoded, with every method.
pub fn graph_path(path: &[u8]) -> bool {
    let Ok(path) = std::str::from_utf8(path) else {
        return false;
    };
    let Ok(parts) = segments(path) else {
        return false;
    };
    let read = |method, parts: &[String]| Call::read(method, Version::V1, parts);
    let mut is_known = false;
    for method in [Method::Get, Method::Post, Method::Patch, Method::Delete] {
        match read(method, &parts) {
            Ok(call) => {
                let printed = call.to_string();
                assert!(printed.is_ascii(), "{printed}");
                let again = segments(&printed).expect("what is printed is a path");
                assert_eq!(read(method, &again).as_ref(), Ok(&call), "{printed}");
                is_known = true;
            }
            Err(error) => refused(&error),
        }
    }
    is_known
}

fn refused(error: &GraphError) {
    assert!(matches!(error.status, 400 | 404 | 405), "{error}");
    assert!(!error.message.chars().any(char::is_control), "{error:?}");
}
