use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::clock::Timestamp;
use crate::graph::error::GraphError;
use crate::graph::filter::Comparison;
use crate::graph::query::Query;

fn read<F: Field>(options: &str, is_eventual: bool) -> Result<Selection<F>, GraphError> {
    let pairs = options.split('&').filter_map(|pair| pair.split_once('='));
    Selection::read(&Query::parse(pairs)?, is_eventual)
}

fn condition<F: Field>(filter: &str) -> Option<Condition<F>> {
    read(&format!("$filter={filter}&$count=true"), true)
        .unwrap_or_else(|error| panic!("{filter}: {error}"))
        .condition
}

fn is<F>(field: F, value: &str) -> Condition<F> {
    Condition::Is(field, Comparison::Eq, Value::Text(value.to_owned()))
}

fn refused<F: Field>(options: &str) -> String {
    let error = read::<F>(options, true).expect_err(options);
    assert_eq!(error.status, 400, "{options}");
    format!("{}: {}", error.code, error.message)
}

#[test]
fn filters_of_real_clients_become_conditions() {
    use ApplicationField as A;
    const ID: &str = "11111111-1111-1111-1111-111111111111";
    let guid = Value::Guid(Uuid::from_u128(0x1111_1111_1111_1111_1111_1111_1111_1111));
    let by_id = Some(Condition::Is(A::AppId, Comparison::Eq, guid.clone()));
    assert_eq!(condition(&format!("appId eq '{ID}'")), by_id);
    assert_eq!(condition(&format!("appid eq {ID}")), by_id);
    assert_eq!(
        condition(&format!("id in ('{ID}','{ID}')")),
        Some(Condition::OneOf(A::Id, vec![guid.clone(), guid]))
    );
    assert_eq!(
        condition("identifierUris/any(x:x eq 'u')"),
        Some(is(A::IdentifierUris, "u"))
    );
    assert_eq!(
        condition("identifierUris/any(x:x eq 'u' or startswith(x,'v')) and tags/any(t:t in ('w'))"),
        Some(Condition::All(vec![
            Condition::Any(vec![
                is(A::IdentifierUris, "u"),
                Condition::StartsWith(A::IdentifierUris, "v".to_owned())
            ]),
            Condition::OneOf(A::Tags, vec![Value::Text("w".to_owned())]),
        ]))
    );
    assert_eq!(
        condition("owners/$count eq 0"),
        Some(Condition::Count(A::Owners, Comparison::Eq, 0))
    );
    assert_eq!(
        condition("not endsWith(displayName,'x') and uniqueName eq null"),
        Some(Condition::All(vec![
            Condition::Not(Box::new(Condition::EndsWith(
                A::DisplayName,
                "x".to_owned()
            ))),
            Condition::Is(A::UniqueName, Comparison::Eq, Value::Null),
        ]))
    );
}

#[test]
fn logs_are_asked_for_times_numbers_and_parts() {
    let day = Value::Instant(Timestamp::from_unix_seconds(1_795_219_200));
    for filter in [
        "createdDateTime ge 2026-11-21",
        "createdDateTime ge 2026-11-21T00:00:00Z",
    ] {
        assert_eq!(
            condition(filter),
            Some(Condition::Is(
                SignInField::CreatedDateTime,
                Comparison::Ge,
                day.clone()
            )),
            "{filter}"
        );
    }
    assert_eq!(
        condition("status/errorCode ne 0"),
        Some(Condition::Is(
            SignInField::ErrorCode,
            Comparison::Ne,
            Value::Number(0)
        ))
    );
    assert_eq!(
        condition(&format!("targetResources/any(t:t/id eq '{}')", Uuid::nil())),
        Some(Condition::Is(
            AuditField::TargetResourceId,
            Comparison::Eq,
            Value::Guid(Uuid::nil())
        ))
    );
    let selection = read::<SignInField>(
        "$filter=status/errorCode ne 0&$orderby=createdDateTime desc",
        false,
    );
    assert_eq!(
        selection.map(|s| s.order),
        Ok(Some((SignInField::CreatedDateTime, true)))
    );
}

#[test]
fn some_queries_need_a_header_and_a_count() {
    for filter in [
        "$filter=displayName ne 'x'",
        "$filter=not (displayName eq 'x')",
        "$filter=endsWith(displayName,'x')",
        "$filter=startsWith(displayName,'x') eq false",
        "$filter=owners/$count eq 0",
        "$filter=displayName eq 'x'&$orderby=displayName",
    ] {
        let counted = format!("{filter}&$count=true");
        for (options, is_eventual) in [(filter, false), (filter, true), (&counted, false)] {
            let error = read::<ApplicationField>(options, is_eventual).expect_err(options);
            assert_eq!(
                (error.status, error.code),
                (400, "Request_UnsupportedQuery")
            );
            assert!(error.message.contains("$count=true"), "{error}");
        }
        assert!(read::<ApplicationField>(&counted, true).is_ok(), "{filter}");
    }
    let search = "$search=\"displayName:big orders\"";
    let error = read::<ApplicationField>(search, false).expect_err("no header");
    assert!(
        error.message.contains("ConsistencyLevel: eventual"),
        "{error}"
    );
    assert_eq!(
        read::<ApplicationField>(search, true).map(|s| s.search),
        Ok(Some((
            ApplicationField::DisplayName,
            vec!["big".to_owned(), "orders".to_owned()]
        )))
    );
    for plain in [
        "$orderby=displayName",
        "$count=true",
        "$filter=tags/any(t:t eq 'x')",
    ] {
        assert!(read::<ApplicationField>(plain, false).is_ok(), "{plain}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused_in_the_words_of_the_directory() {
    use ApplicationField as A;
    let refusals = [
        "$filter=colour eq 'x'",
        "$filter=colour/any(c:c eq 'x')",
        "$filter=passwordCredentials/secretText eq 'x'",
        "$filter=passwordCredentials/any(p:p/secretText eq 'x')",
        "$filter=displayName/any(d:d eq 'x')",
        "$filter=identifierUris eq 'x'",
        "$filter=identifierUris/any(u:u ge 'x')",
        "$filter=identifierUris/any(u:not (u eq 'x'))",
        "$filter=identifierUris/any(u:displayName eq 'x')",
        "$filter=displayName gt 'x'",
        "$filter=displayName eq 5",
        "$filter=displayName/$count eq 5",
        "$filter=appId eq 'x'",
        "$filter=startsWith(appId,'1')",
        "$filter=createdDateTime ge 'x'",
        "$filter=createdDateTime ge tomorrow",
        "$filter=startswith(displayName,'o'neil')",
        "$filter=displayName eq 'a\0b'",
        "$orderby=passwordCredentials",
        "$orderby=appId",
        "$orderby=colour",
        "$orderby=displayName,createdDateTime",
        "$search=\"passwordCredentials:x\"",
        "$skip=5",
        "$top=1000",
    ]
    .map(|options| format!("{options:?}\n  {}\n", refused::<A>(options)));
    insta::assert_snapshot!(refusals.concat());
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        "'[a-z'%_ ]{0,8}'",
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("7".to_owned()),
        Just("2026-11-21".to_owned()),
        Just("'11111111-1111-1111-1111-111111111111'".to_owned()),
    ]
}

fn filter() -> impl Strategy<Value = String> {
    let name = prop::sample::select(
        ApplicationField::ALL
            .iter()
            .map(|(path, _)| *path)
            .chain(["web", "x"])
            .collect::<Vec<_>>(),
    );
    let comparison = prop::sample::select(vec!["eq", "ne", "ge", "in"]);
    let term =
        (name, comparison, literal(), 0..4).prop_map(|(name, word, value, form)| match form {
            0 => format!("{name} {word} {value}"),
            1 => format!("{name}/any(v:v {word} {value})"),
            2 => format!("startsWith({name},{value})"),
            _ => format!("{name}/$count eq {value}"),
        });
    term.prop_recursive(4, 12, 3, |inner| {
        (
            inner.clone(),
            inner,
            prop::sample::select(vec!["and", "or"]),
        )
            .prop_map(|(a, b, word)| format!("({a}) {word} not ({b})"))
    })
}

/// What a database can carry out: collections are not null, and only times and numbers have an order.
fn is_sound<F: Field>(condition: &Condition<F>) -> bool {
    let has_kind = |field: &F, value: &Value| {
        matches!(
            (field.kind(), value),
            (_, Value::Null)
                | (FieldKind::Text, Value::Text(_))
                | (FieldKind::Bool, Value::Bool(_))
                | (FieldKind::Number, Value::Number(_))
                | (FieldKind::Guid, Value::Guid(_))
                | (FieldKind::Instant, Value::Instant(_))
        )
    };
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            !parts.is_empty() && parts.iter().all(is_sound)
        }
        Condition::Not(inner) => is_sound(inner),
        Condition::Is(field, comparison, value) => {
            let is_equality = matches!(comparison, Comparison::Eq | Comparison::Ne);
            let has_order = matches!(field.kind(), FieldKind::Number | FieldKind::Instant);
            has_kind(field, value)
                && (is_equality || (has_order && *value != Value::Null))
                && !(field.is_collection() && *value == Value::Null)
        }
        Condition::OneOf(field, values) => values.iter().all(|value| has_kind(field, value)),
        Condition::StartsWith(field, _) | Condition::EndsWith(field, _) => {
            field.kind() == FieldKind::Text
        }
        Condition::Count(field, ..) => field.is_collection(),
    }
}

proptest! {
    #[test]
    fn every_condition_is_one_that_a_database_can_carry_out(text in filter()) {
        let Ok(query) = Query::parse([("$filter", text.as_str()), ("$count", "true")]) else {
            return Ok(());
        };
        match Selection::<ApplicationField>::read(&query, true) {
            Ok(selection) => prop_assert!(selection.condition.as_ref().is_some_and(is_sound), "{text}"),
            Err(error) => prop_assert_eq!(error.status, 400),
        }
    }
}
