//! Objects of several types in one list.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Object, object};

/// An object's type, which stands before it where others could stand too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectType {
    /// `#microsoft.graph.application`
    Application,
    /// `#microsoft.graph.servicePrincipal`
    ServicePrincipal,
    /// `#microsoft.graph.user`
    User,
}

impl ObjectType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Application, Self::ServicePrincipal, Self::User];

    /// The name as in `getByIds`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::ServicePrincipal => "servicePrincipal",
            Self::User => "user",
        }
    }
}

/// An object of `owners`, `ownedObjects`, `directoryObjects` or `deletedItems`.
pub fn typed(kind: ObjectType, object: Object) -> Object {
    let name = format!("#microsoft.graph.{}", kind.as_str());
    let mut typed = Map::from_iter([("@odata.type".to_owned(), Value::from(name))]);
    typed.extend(object);
    typed
}

/// A member of a list of references (`owners/$ref`). `base` is the API's address with the version.
pub fn reference(base: &str, id: Uuid) -> Object {
    object(json!({"@odata.id": format!("{base}/directoryObjects/{id}")}))
}
