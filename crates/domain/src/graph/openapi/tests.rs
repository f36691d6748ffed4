use super::*;
use crate::graph::route::Method;

/// Every `$ref` of a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.push(reference.clone());
            }
            members
                .values()
                .for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_operation_is_described_and_every_reference_leads_somewhere() {
    let document = document("https://localhost:8443");
    for operation in Operation::ALL {
        let method = operation.method().as_str().to_ascii_lowercase();
        let described = &document["paths"][operation.template()][method.as_str()];
        assert_eq!(described["operationId"], operation.name());
    }
    let mut found = Vec::new();
    references(&document, &mut found);
    for reference in &found {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let schemas = document["components"]["schemas"].as_object();
    for name in schemas.expect("an object").keys() {
        let reference = format!("#/components/schemas/{name}");
        assert!(found.contains(&reference), "nothing uses {name}");
    }
}

#[test]
fn what_writes_an_object_says_what_it_takes() {
    for operation in Operation::ALL.iter().copied() {
        let takes_none = matches!(operation.method(), Method::Get | Method::Delete)
            || operation == Operation::RestoreDeletedItem;
        assert_eq!(bodies::of(operation).is_none(), takes_none, "{operation:?}");
    }
}
