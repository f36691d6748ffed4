//! Entries of the audit log, as pages show them.

use serde::Deserialize;
use serde_json::Value;

use crate::portal::address::encoded;
use crate::portal::named::principal_address;
use crate::portal::span;

/// An entry, in the API's own shape.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) activity_date_time: String,
    pub(super) activity_display_name: String,
    pub(super) category: String,
    pub(super) correlation_id: String,
    initiated_by: By,
    pub(super) target_resources: Vec<Target>,
    pub(super) additional_details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
struct By {
    app: Option<ByApplication>,
    user: Option<ByUser>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByApplication {
    app_id: String,
    display_name: Option<String>,
    service_principal_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByUser {
    id: String,
    user_principal_name: Option<String>,
}

/// An object that was changed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    pub(super) id: String,
    display_name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) modified_properties: Vec<Property>,
}

/// A property with what it was and what it became; each value is JSON.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Property {
    pub(super) display_name: String,
    old_value: Option<String>,
    new_value: Option<String>,
}

/// A line about what a command on the server's machine changed.
#[derive(Debug, Deserialize)]
pub(super) struct Detail {
    pub(super) value: String,
}

impl Entry {
    pub(super) fn address(&self) -> String {
        format!("/portal/audit/{}", encoded(&self.id))
    }

    pub(super) fn time(&self) -> String {
        span::shown(&self.activity_date_time)
    }

    /// Who did it, in words.
    pub(super) fn who(&self) -> &str {
        match (&self.initiated_by.app, &self.initiated_by.user) {
            (Some(app), _) => app.display_name.as_deref().unwrap_or(&app.app_id),
            (None, Some(user)) => user.user_principal_name.as_deref().unwrap_or(&user.id),
            (None, None) => "A command on the server's machine",
        }
    }

    /// The names of what was changed, each once: an application and its service principal have the
    /// same.
    pub(super) fn of_what(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for target in &self.target_resources {
            if !names.contains(&target.name()) {
                names.push(target.name());
            }
        }
        names.join(", ")
    }

    /// What kind of actor that is.
    pub(super) fn kind_of_actor(&self) -> &'static str {
        match (&self.initiated_by.app, &self.initiated_by.user) {
            (Some(_), _) => "Application",
            (None, Some(_)) => "Person",
            (None, None) => "Command",
        }
    }

    /// The id of who did it.
    pub(super) fn actor_id(&self) -> &str {
        match (&self.initiated_by.app, &self.initiated_by.user) {
            (Some(app), _) => &app.app_id,
            (None, Some(user)) => &user.id,
            (None, None) => "",
        }
    }

    /// The page about the application that did it.
    pub(super) fn actor_address(&self) -> String {
        let app = self.initiated_by.app.as_ref();
        let id = app.and_then(|app| app.service_principal_id.as_deref());
        id.map(principal_address).unwrap_or_default()
    }
}

impl Target {
    pub(super) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.id)
    }

    pub(super) fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or("Object")
    }

    /// Every change of this object.
    pub(super) fn history(&self) -> String {
        format!("/portal/audit?target={}&range=all", encoded(&self.id))
    }

    /// The page about the object, where there is one.
    pub(super) fn address(&self) -> String {
        let id = encoded(&self.id);
        match self.kind() {
            "Application" => format!("/portal/applications/{id}"),
            "ServicePrincipal" => principal_address(&self.id),
            _ => String::new(),
        }
    }
}

impl Property {
    pub(super) fn before(&self) -> String {
        readable(self.old_value.as_deref())
    }

    pub(super) fn after(&self) -> String {
        readable(self.new_value.as_deref())
    }
}

/// A text without its quotes, anything else as indented JSON.
fn readable(json: Option<&str>) -> String {
    let Some(json) = json else {
        return String::new();
    };
    match serde_json::from_str(json) {
        Ok(Value::String(text)) => text,
        Ok(value) => serde_json::to_string_pretty(&value).unwrap_or_else(|_| json.to_owned()),
        Err(_) => json.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_application_and_its_service_principal_are_one_name() {
        let target =
            |name: &str| json!({"id": name, "displayName": name, "modifiedProperties": []});
        let entry = json!({
            "id": "1",
            "activityDateTime": "2026-11-21T09:00:00Z",
            "activityDisplayName": "Consent to application",
            "category": "ApplicationManagement",
            "correlationId": "1",
            "initiatedBy": {},
            "targetResources": [target("Daemon"), target("Orders"), target("Daemon")],
            "additionalDetails": [],
        });
        let entry: Entry = serde_json::from_value(entry).expect("an entry");
        assert_eq!(entry.of_what(), "Daemon, Orders");
    }
}
