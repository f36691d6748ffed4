//! Rules within one application.

use std::collections::HashMap;

use super::Validator;
use crate::directory::{SignInAudience, TokenVersion};
use crate::directory_file::error::At;
use crate::directory_file::shape::{AppRoleEntry, ApplicationEntry};
use crate::graph::permission::GRAPH_APP_ID;
use crate::ids::AppRoleId;

/// Redirect URIs of one application, over all platforms.
const REDIRECT_URIS_MAX: usize = 256;

const SAME_VALUE: &str = "is, letter case aside, the same value as";

impl Validator<'_> {
    pub(super) fn application(&mut self, application: &ApplicationEntry, tenant: usize, at: &At) {
        self.application_names(application, tenant, at);
        self.app_roles(&application.app_roles, &at.key("appRoles"));
        self.scopes(application, &at.key("api").key("oauth2PermissionScopes"));
        self.redirect_uris(application, at);
        let takes_personal_accounts = matches!(
            application.sign_in_audience,
            SignInAudience::AzureADandPersonalMicrosoftAccount
                | SignInAudience::PersonalMicrosoftAccount
        );
        if takes_personal_accounts
            && application.api.requested_access_token_version != Some(TokenVersion::V2)
        {
            self.report.problem(
                &at.key("signInAudience"),
                "this audience takes version 2 tokens only; set \
                 `api.requestedAccessTokenVersion` to 2",
            );
        }
        self.credentials(application, at);
        match &application.service_principal {
            Some(principal) => {
                let at = at.key("servicePrincipal").key("id");
                self.principal_id(principal.id, &at);
            }
            None if !application.grants.is_empty() => self.report.problem(
                &at.key("grants"),
                "a grant needs a service principal, and `servicePrincipal` is null; remove one \
                 of the two",
            ),
            None => {}
        }
    }

    fn application_names(&mut self, application: &ApplicationEntry, tenant: usize, at: &At) {
        if let Some(app_id) = application.app_id {
            let at = at.key("appId");
            if app_id == GRAPH_APP_ID {
                self.report.problem(
                    &at,
                    "stands for the Graph API of every server; choose another, or leave the key \
                     out and one is made",
                );
            }
            self.report.once(
                &mut self.once.app_ids,
                app_id,
                &at,
                [
                    "is the same appId as",
                    "choose another, or leave the key out and one is made",
                ],
            );
        }
        if let Some(id) = application.id {
            let at = at.key("id");
            self.report.once(
                &mut self.once.application_ids,
                id,
                &at,
                [
                    "is the same object id as",
                    "choose another, or leave the key out and one is made",
                ],
            );
        }
        if let Some(name) = &application.unique_name {
            let at = at.key("uniqueName");
            self.report.once(
                &mut self.once.unique_names,
                (tenant, name.clone()),
                &at,
                ["is the same uniqueName as", "choose another"],
            );
        } else if application.app_id.is_none() && application.id.is_none() {
            let at = at.key("displayName");
            let name = (tenant, application.display_name.clone());
            self.report.once(
                &mut self.once.application_names,
                name,
                &at,
                [
                    "is the same name as",
                    "give both an `appId` or a `uniqueName`",
                ],
            );
        }
    }

    fn app_roles(&mut self, roles: &[AppRoleEntry], at: &At) {
        let mut ids = HashMap::new();
        let mut values = HashMap::new();
        for (index, role) in roles.iter().enumerate() {
            let at = at.index(index);
            if let Some(id) = role.id {
                let at = at.key("id");
                self.report.once(
                    &mut ids,
                    id,
                    &at,
                    [
                        "is the same role id as",
                        "choose another, or leave the key out and one is made",
                    ],
                );
                if id == AppRoleId::DEFAULT_ACCESS {
                    self.report
                        .problem(&at, "all zeros means default access; choose another id");
                }
            }
            match &role.value {
                Some(value) => {
                    let at = at.key("value");
                    self.report.once(
                        &mut values,
                        value.to_ascii_lowercase(),
                        &at,
                        [SAME_VALUE, "choose another"],
                    );
                }
                None if role.id.is_none() => {
                    self.report
                        .problem(&at, "needs a `value` or an `id` to be known by; add one");
                }
                None => {}
            }
            if role.allowed_member_types.is_empty() {
                let reason = "nobody could be assigned; write `[Application]` or leave the key out";
                self.report.problem(&at.key("allowedMemberTypes"), reason);
            }
        }
    }

    fn scopes(&mut self, application: &ApplicationEntry, at: &At) {
        let mut ids = HashMap::new();
        let mut values = HashMap::new();
        for (index, scope) in application.api.oauth2_permission_scopes.iter().enumerate() {
            let at = at.index(index);
            if let Some(id) = scope.id {
                self.report.once(
                    &mut ids,
                    id,
                    &at.key("id"),
                    ["is the same id as", "choose another"],
                );
            }
            if let Some(value) = &scope.value {
                self.report.once(
                    &mut values,
                    value.to_ascii_lowercase(),
                    &at.key("value"),
                    [SAME_VALUE, "choose another"],
                );
            }
        }
    }

    fn redirect_uris(&mut self, application: &ApplicationEntry, at: &At) {
        let count = application.web.redirect_uris.len()
            + application.spa.redirect_uris.len()
            + application.public_client.redirect_uris.len();
        if count > REDIRECT_URIS_MAX {
            let reason = format!("{count} redirect URIs; an application has at most 256");
            self.report.problem(at, reason);
        }
    }
}
