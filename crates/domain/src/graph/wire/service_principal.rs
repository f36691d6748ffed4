use serde_json::json;

use super::application::app_role;
use super::{Object, key_credential, object, optional, password_credential, time};
use crate::clock::Timestamp;
use crate::directory::{Application, KeyCredential, PasswordCredential, ServicePrincipal};

/// What a service principal object is made of.
#[derive(Debug, Clone, Copy)]
pub struct ServicePrincipalParts<'a> {
    /// The instance.
    pub principal: &'a ServicePrincipal,
    /// The application it is an instance of.
    pub application: &'a Application,
    /// Secrets; those that are not its own, but the application's, are left out.
    pub passwords: &'a [PasswordCredential],
    /// Certificates; those that are not its own, but the application's, are left out.
    pub keys: &'a [KeyCredential],
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Whether a single object's `keyCredentials` were selected by name.
    pub shows_keys: bool,
}

/// A service principal.
pub fn service_principal(parts: &ServicePrincipalParts<'_>) -> Object {
    let mut shown = constants();
    shown.extend(own(parts));
    shown.extend(of_application(parts.application));
    shown
}

fn own(parts: &ServicePrincipalParts<'_>) -> Object {
    let principal = parts.principal;
    let details = &principal.details;
    let is_own = |owner| owner == Some(principal.id);
    let passwords = parts.passwords.iter();
    let passwords = passwords.filter(|password| is_own(password.service_principal_id));
    let keys = parts.keys.iter();
    let keys = keys.filter(|key| is_own(key.service_principal_id));
    object(json!({
        "id": principal.id,
        "deletedDateTime": optional(parts.deleted_at.map(time)),
        "createdDateTime": time(principal.created_at),
        "accountEnabled": principal.account_enabled,
        "appRoleAssignmentRequired": principal.app_role_assignment_required,
        "alternativeNames": details.alternative_names,
        "description": details.description,
        "loginUrl": details.login_url,
        "notes": details.notes,
        "notificationEmailAddresses": details.notification_email_addresses,
        "preferredSingleSignOnMode": details.preferred_single_sign_on_mode,
        "tags": details.tags,
        "passwordCredentials": passwords.map(password_credential).collect::<Vec<_>>(),
        "keyCredentials": keys.map(|key| key_credential(key, parts.shows_keys)).collect::<Vec<_>>(),
    }))
}

/// What it has from its application. It is named like it, in every tenant.
fn of_application(application: &Application) -> Object {
    let manifest = &application.manifest;
    let platforms = [
        &manifest.web.redirect_uris,
        &manifest.spa.redirect_uris,
        &manifest.public_client.redirect_uris,
    ];
    object(json!({
        "appId": application.app_id,
        "appDisplayName": application.display_name,
        "appDescription": manifest.description,
        "appOwnerOrganizationId": application.tenant_id,
        "appRoles": application.app_roles.iter().map(app_role).collect::<Vec<_>>(),
        "displayName": application.display_name,
        "homepage": manifest.web.home_page_url,
        "info": manifest.info,
        "isDisabled": application.is_disabled.then_some(true),
        "logoutUrl": manifest.web.logout_url,
        "oauth2PermissionScopes": manifest.api.oauth2_permission_scopes,
        "replyUrls": platforms.into_iter().flatten().collect::<Vec<_>>(),
        "servicePrincipalNames": application.service_principal_names().collect::<Vec<_>>(),
        "signInAudience": application.sign_in_audience,
    }))
}

/// What every service principal here shows.
pub(in crate::graph) fn constants() -> Object {
    object(json!({
        "addIns": [],
        "applicationTemplateId": null,
        "createdByAppId": null,
        "customSecurityAttributes": null,
        "disabledByMicrosoftStatus": null,
        "preferredTokenSigningKeyEndDateTime": null,
        "preferredTokenSigningKeyThumbprint": null,
        "resourceSpecificApplicationPermissions": [],
        "samlMetadataUrl": null,
        "samlSingleSignOnSettings": null,
        "servicePrincipalType": "Application",
        "tokenEncryptionKeyId": null,
        "verifiedPublisher": {
            "addedDateTime": null,
            "displayName": null,
            "verifiedPublisherId": null,
        },
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::directory::{RedirectUris, ServicePrincipalDetails, Web};
    use crate::graph::permission::{GRAPH_APP_ID, graph_application, graph_service_principal};
    use crate::ids::{ApplicationId, KeyId, ServicePrincipalId, TenantId};
    use crate::secret::{Pepper, Secret};

    const AT: Timestamp = Timestamp::from_unix_seconds(0);

    fn password(owner: Option<ServicePrincipalId>, hint: &str) -> PasswordCredential {
        let secret = Secret::new("a secret of the tests".to_owned());
        PasswordCredential {
            key_id: KeyId::new(uuid::Uuid::nil()),
            application_id: ApplicationId::new(uuid::Uuid::nil()),
            service_principal_id: owner,
            display_name: None,
            hint: hint.to_owned(),
            hash: Pepper::new(&[7; 32]).hash(GRAPH_APP_ID, &secret),
            start_at: AT,
            end_at: AT,
        }
    }

    #[test]
    fn it_shows_its_own_and_its_applications_properties() {
        let mut application = graph_application("https://id.contoso.example", AT);
        application.manifest.web = Web {
            redirect_uris: vec!["https://a.example".into()],
            home_page_url: Some("https://home.example".into()),
            ..Web::default()
        };
        application.manifest.spa = RedirectUris {
            redirect_uris: vec!["https://b.example".into()],
        };
        let mut principal = graph_service_principal(TenantId::new(uuid::Uuid::nil()), AT);
        principal.details = ServicePrincipalDetails {
            tags: vec!["HideApp".into()],
            ..ServicePrincipalDetails::default()
        };
        let passwords = [
            password(Some(principal.id), "own"),
            password(None, "app"),
            password(Some(ServicePrincipalId::new(uuid::Uuid::nil())), "oth"),
        ];
        let shown = service_principal(&ServicePrincipalParts {
            principal: &principal,
            application: &application,
            passwords: &passwords,
            keys: &[],
            deleted_at: None,
            shows_keys: false,
        });
        assert_eq!(shown["displayName"], "Microsoft Graph");
        assert_eq!(shown["servicePrincipalType"], "Application");
        assert_eq!(
            shown["servicePrincipalNames"],
            json!([
                "https://id.contoso.example",
                "https://graph.microsoft.com",
                "00000003-0000-0000-c000-000000000000",
            ])
        );
        assert_eq!(
            shown["appOwnerOrganizationId"],
            "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
        );
        assert_eq!(
            shown["replyUrls"],
            json!(["https://a.example", "https://b.example"])
        );
        assert_eq!(shown["homepage"], "https://home.example");
        assert_eq!(shown["tags"], json!(["HideApp"]));
        assert_eq!(shown["appRoles"][0]["origin"], "Application");
        assert_eq!(
            shown["oauth2PermissionScopes"][0]["value"],
            "Application.Read.All"
        );
        let hints = shown["passwordCredentials"].as_array();
        let hints = hints.map(|list| list.iter().map(|p| &p["hint"]).collect::<Vec<_>>());
        assert_eq!(hints, Some(vec![&Value::from("own")]));
        assert_eq!(shown["deletedDateTime"], Value::Null);
    }
}
