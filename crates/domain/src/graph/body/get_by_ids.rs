use uuid::Uuid;

use super::object::{Members, invalid};
use crate::graph::error::GraphError;
use crate::graph::wire::{Object, ObjectType};

const RESOURCE: &str = "getByIds";

/// Ids of one request.
const IDS_MAX: usize = 1_000;

/// Types that the directory of the original has, and this one has no objects of.
const OTHER_TYPES: [&str; 8] = [
    "administrativeUnit",
    "contact",
    "contract",
    "device",
    "directoryRole",
    "group",
    "orgContact",
    "roleTemplate",
];

/// The body of `getByIds`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetByIds {
    /// The ids, each once.
    pub ids: Vec<Uuid>,
    /// The wanted types.
    pub types: Vec<ObjectType>,
}

/// Reads the body of `getByIds`. Without types, every type is wanted.
pub fn get_by_ids(body: Object) -> Result<GetByIds, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let texts: Vec<String> = members.required("ids")?;
    let types: Option<Vec<String>> = members.read("types")?.value();
    members.finish()?;
    if texts.len() > IDS_MAX {
        let reason = format!("has {} ids; send at most {IDS_MAX}", texts.len());
        return Err(invalid("ids", RESOURCE, reason));
    }
    let mut ids = Vec::with_capacity(texts.len());
    for text in texts {
        ids.push(id(&text)?);
    }
    ids.sort_unstable();
    ids.dedup();
    let types = match types {
        None => ObjectType::ALL.to_vec(),
        Some(names) => wanted(&names)?,
    };
    Ok(GetByIds { ids, types })
}

fn id(text: &str) -> Result<Uuid, GraphError> {
    let id = (text.len() == 36).then(|| Uuid::try_parse(text).ok());
    id.flatten()
        .ok_or_else(|| invalid("ids", RESOURCE, "has a text that is no object id"))
}

fn wanted(names: &[String]) -> Result<Vec<ObjectType>, GraphError> {
    let mut types = Vec::new();
    for name in names {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        if is("directoryObject") {
            return Ok(ObjectType::ALL.to_vec());
        }
        match ObjectType::ALL.into_iter().find(|kind| is(kind.as_str())) {
            Some(kind) if types.contains(&kind) => {}
            Some(kind) => types.push(kind),
            None if OTHER_TYPES.into_iter().any(is) => {}
            None => {
                let reason = "has a type that does not exist; use application, servicePrincipal, \
                              user or directoryObject";
                return Err(invalid("types", RESOURCE, reason));
            }
        }
    }
    Ok(types)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::graph::wire::object;

    fn read(body: Value) -> Result<GetByIds, GraphError> {
        get_by_ids(object(body))
    }

    #[test]
    fn ids_are_taken_once_and_types_by_name() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let read_all = read(json!({"ids": [b, a, b]})).expect("a body");
        assert_eq!(read_all.ids, [a, b]);
        assert_eq!(read_all.types, ObjectType::ALL);
        let types = |types: Value| read(json!({"ids": [a], "types": types})).map(|body| body.types);
        assert_eq!(
            types(json!(["User", "group", "user", "application"])),
            Ok(vec![ObjectType::User, ObjectType::Application])
        );
        assert_eq!(types(json!(["group"])), Ok(vec![]));
        assert_eq!(
            types(json!(["user", "directoryObject"])),
            Ok(ObjectType::ALL.to_vec())
        );
        assert!(types(json!(["people"])).is_err());
    }

    #[test]
    fn what_is_no_list_of_ids_is_refused() {
        let many = vec![Uuid::nil(); 1_001];
        for body in [
            json!({}),
            json!({"ids": null}),
            json!({"ids": "a"}),
            json!({"ids": ["a"]}),
            json!({"ids": [1]}),
            json!({"ids": ["{00000000-0000-0000-0000-000000000001}"]}),
            json!({"ids": many}),
            json!({"ids": [], "x": 1}),
        ] {
            assert_eq!(read(body).map_err(|error| error.status), Err(400));
        }
    }
}
