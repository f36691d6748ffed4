use std::fmt::Write;

use super::keys::FILE;
use super::schema::{Kind, Presence, Section, expected};

/// The reference of the directory file in Markdown, made from the table that files are checked
/// against: one heading per object, one line per key.
pub fn reference() -> String {
    let mut page = String::from(
        "# The directory file\n\n\
         A directory file is YAML or JSON. Property names are those of Microsoft Graph; unknown \
         and repeated keys are errors. Applying a file twice changes nothing, and so does \
         applying an export.\n",
    );
    write_section(&mut page, &FILE, "");
    page
}

fn write_section(page: &mut String, section: &'static Section, path: &str) {
    let title = if path.is_empty() {
        section.title.to_owned()
    } else {
        format!("`{path}`")
    };
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "\n## {title}\n\n| key | value | left out | meaning |\n| --- | --- | --- | --- |\n"
    );
    for key in section.keys {
        let absent = match key.presence {
            Presence::Required => "required".to_owned(),
            Presence::Default("null") => "none".to_owned(),
            Presence::Default("{}") => "all its defaults".to_owned(),
            Presence::Default(value) => format!("`{value}`"),
            Presence::Absent(text) | Presence::AbsentOrNull(text) => text.to_owned(),
        };
        let kind = expected(&key.kind);
        let _ = writeln!(
            page,
            "| `{}` | {kind} | {absent} | {} |",
            key.name, key.meaning
        );
    }
    for key in section.keys {
        let path = if path.is_empty() {
            key.name.to_owned()
        } else {
            format!("{path}.{}", key.name)
        };
        match &key.kind {
            Kind::Object(section) | Kind::ObjectOrText(section) => {
                write_section(page, section, &path);
            }
            Kind::List(Kind::Object(section)) => {
                write_section(page, section, &format!("{path}[]"));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    use super::super::{keys, shape};
    use super::*;
    use crate::directory;

    /// Checks that a section of the table is the type that its objects are read into: the same
    /// keys, and what is left out of `least` has the default that the table says.
    fn check<T: Serialize + DeserializeOwned>(section: &Section, least: &str) {
        let title = section.title;
        // The message of serde names every field of the type, between backquotes.
        let error = serde_json::from_str::<T>(r#"{"?": 0}"#)
            .err()
            .map(|error| error.to_string());
        let error = error.expect("unknown keys are errors");
        let fields: BTreeSet<_> = error.split('`').skip(1).step_by(2).skip(1).collect();
        let keys: BTreeSet<_> = section.keys.iter().map(|key| key.name).collect();
        assert_eq!(fields, keys, "{title}");

        let entry: T = serde_json::from_str(least).expect(title);
        let entry = serde_json::to_value(&entry).expect(title);
        for key in section.keys {
            let is_given = least.contains(&format!("{:?}", key.name));
            match key.presence {
                Presence::Required => assert!(is_given, "{title}.{}", key.name),
                Presence::Default("{}") => assert!(entry[key.name].is_object()),
                Presence::Default(default) => {
                    let default: Value = serde_json::from_str(default).expect("JSON");
                    assert_eq!(entry[key.name], default, "{title}.{}", key.name);
                }
                Presence::Absent(_) | Presence::AbsentOrNull(_) => assert!(!is_given),
            }
        }
    }

    #[test]
    fn the_table_is_what_files_are_read_into() {
        const ID: &str = "11111111-1111-1111-1111-111111111111";
        check::<shape::FileEntry>(&keys::FILE, r#"{"tenants": []}"#);
        check::<shape::TenantEntry>(&keys::TENANT, r#"{"displayName": "A"}"#);
        check::<shape::ApplicationEntry>(&keys::APPLICATION, r#"{"displayName": "A"}"#);
        check::<shape::AppRoleEntry>(&keys::APP_ROLE, "{}");
        check::<shape::ApiEntry>(&keys::API, "{}");
        check::<shape::ExtensionsEntry>(&keys::EXTENSIONS, "{}");
        check::<shape::PasswordEntry>(&keys::PASSWORD, "{}");
        check::<shape::CertificateEntry>(&keys::CERTIFICATE, "{}");
        check::<shape::TrustedSubjectEntry>(&keys::TRUSTED_SUBJECT, "{}");
        check::<shape::FederatedEntry>(
            &keys::FEDERATED,
            r#"{"name": "ci", "issuer": "https://a.example", "audiences": ["a"]}"#,
        );
        check::<shape::ExpressionEntry>(&keys::EXPRESSION, r#"{"value": "a"}"#);
        check::<directory::AssertionPolicy>(&keys::ASSERTION_POLICY, "{}");
        check::<shape::ServicePrincipalEntry>(&keys::SERVICE_PRINCIPAL, "{}");
        check::<shape::ForeignEntry>(&keys::FOREIGN, &format!(r#"{{"appId": "{ID}"}}"#));
        check::<shape::GrantEntry>(&keys::GRANT, r#"{"resource": "A"}"#);
        check::<shape::UserEntry>(
            &keys::USER,
            r#"{"userPrincipalName": "a@b.c", "displayName": "A"}"#,
        );
        check::<directory::PermissionScope>(&keys::SCOPE, "{}");
        check::<directory::PreAuthorizedApplication>(
            &keys::PRE_AUTHORIZED,
            &format!(r#"{{"appId": "{ID}"}}"#),
        );
        check::<directory::Web>(&keys::WEB, "{}");
        check::<directory::RedirectUriSetting>(
            &keys::REDIRECT_URI_SETTING,
            r#"{"uri": "https://a"}"#,
        );
        check::<directory::ImplicitGrantSettings>(&keys::IMPLICIT_GRANT, "{}");
        check::<directory::RedirectUris>(&keys::PLATFORM, "{}");
        check::<directory::RedirectUris>(&keys::NATIVE_PLATFORM, "{}");
        check::<directory::Info>(&keys::INFO, "{}");
        check::<directory::RequiredResourceAccess>(
            &keys::REQUIRED_RESOURCE_ACCESS,
            &format!(r#"{{"resourceAppId": "{ID}", "resourceAccess": []}}"#),
        );
        check::<directory::ResourceAccess>(
            &keys::RESOURCE_ACCESS,
            &format!(r#"{{"id": "{ID}", "type": "Role"}}"#),
        );
        check::<directory::OptionalClaims>(&keys::OPTIONAL_CLAIMS, "{}");
        check::<directory::OptionalClaim>(&keys::OPTIONAL_CLAIM, r#"{"name": "idtyp"}"#);
    }

    #[test]
    fn every_key_has_its_line() {
        let page = reference();
        assert!(page.contains("## `tenants[].applications[].api.oauth2PermissionScopes[]`"));
        assert!(page.contains(
            "| `requestedAccessTokenVersion` | a whole number, 1 or 2 | none | The version of \
             access tokens for this resource; `null` means 1. |"
        ));
        assert!(
            !page.contains("  "),
            "no line is broken in the table's text"
        );
    }
}
