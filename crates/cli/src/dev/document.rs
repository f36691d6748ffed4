//! `dev.json`: what a program needs to know to use a development server.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use countersign_domain::directory::{Application, TenantState, TokenVersion};
use countersign_domain::ids::{AppId, ServicePrincipalId, TenantId};
use countersign_domain::secret::Secret;
use countersign_server::BaseUrl;
use serde::{Deserialize, Serialize};

use super::data::DataDirectory;
use super::proofs::ProofFiles;

/// The whole document.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DevDocument {
    /// The public base URL.
    pub(crate) base_url: String,
    /// The certificate to trust, as an absolute path.
    pub(crate) ca_file: String,
    pub(crate) tenants: Vec<DevTenant>,
    pub(crate) resources: Vec<DevResource>,
    pub(crate) clients: Vec<DevClient>,
    /// Who may do everything in the default tenant by the Graph API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) administrator: Option<DevAdministrator>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DevTenant {
    pub(crate) id: TenantId,
    pub(crate) display_name: String,
    pub(crate) domains: Vec<String>,
    /// Whether `adfs` stands for it.
    pub(crate) is_default: bool,
}

/// An application that others ask tokens for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DevResource {
    pub(crate) display_name: String,
    pub(crate) tenant_id: TenantId,
    pub(crate) app_id: AppId,
    pub(crate) identifier_uris: Vec<String>,
    /// 1 or 2.
    pub(crate) token_version: i64,
    /// The values of its roles.
    pub(crate) app_roles: Vec<String>,
}

/// An application that asks for tokens.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DevClient {
    pub(crate) display_name: String,
    pub(crate) tenant_id: TenantId,
    pub(crate) app_id: AppId,
    pub(crate) service_principal_id: ServicePrincipalId,
    /// A secret that works now, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_secret: Option<String>,
    /// Its certificate, the private key of that, and both in one file (PEM, absolute paths).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) private_key_file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_with_key_file: Option<String>,
    /// An issuer whose token proves the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) federated: Option<DevFederated>,
}

/// An application with every permission of the Graph API.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DevAdministrator {
    pub(crate) display_name: String,
    pub(crate) tenant_id: TenantId,
    pub(crate) app_id: AppId,
    pub(crate) service_principal_id: ServicePrincipalId,
    pub(crate) client_secret: String,
    /// The person who signs in to the portal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user_principal_name: Option<String>,
}

impl std::fmt::Debug for DevAdministrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DevAdministrator")
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// A token of another issuer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DevFederated {
    pub(crate) issuer: String,
    /// Holds a token; written anew before that ends.
    pub(crate) token_file: String,
}

impl std::fmt::Debug for DevClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DevClient")
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

impl DevDocument {
    pub(super) fn new(
        base_url: &BaseUrl,
        data: &DataDirectory,
        state: &[TenantState],
        secrets: &HashMap<AppId, Secret>,
    ) -> anyhow::Result<Self> {
        let ca_file = data
            .ca_certificate()
            .canonicalize()
            .context("the certificate authority")?;
        let resources = |state: &TenantState| {
            state
                .applications
                .iter()
                .filter(|app| is_resource(app))
                .map(resource)
                .collect::<Vec<_>>()
        };
        Ok(Self {
            base_url: base_url.to_string(),
            ca_file: ca_file.display().to_string(),
            tenants: state.iter().map(tenant).collect(),
            resources: state.iter().flat_map(resources).collect(),
            clients: state
                .iter()
                .flat_map(|state| clients(state, secrets))
                .collect(),
            administrator: None,
        })
    }

    /// The administrator, for those who ask for any application with a secret.
    pub(crate) fn administrator_as_client(&self) -> Option<DevClient> {
        let administrator = self.administrator.as_ref()?;
        Some(DevClient {
            display_name: administrator.display_name.clone(),
            tenant_id: administrator.tenant_id,
            app_id: administrator.app_id,
            service_principal_id: administrator.service_principal_id,
            client_secret: Some(administrator.client_secret.clone()),
            certificate_file: None,
            private_key_file: None,
            certificate_with_key_file: None,
            federated: None,
        })
    }
}

impl DevClient {
    /// Names the files of the client's other proofs.
    pub(super) fn add_proofs(&mut self, files: &ProofFiles, issuer: &str) -> anyhow::Result<()> {
        let absolute = |path: &Path| -> anyhow::Result<String> {
            let path = path
                .canonicalize()
                .with_context(|| path.display().to_string())?;
            Ok(path.display().to_string())
        };
        self.certificate_file = Some(absolute(&files.certificate)?);
        self.private_key_file = Some(absolute(&files.private_key)?);
        self.certificate_with_key_file = Some(absolute(&files.pair)?);
        self.federated = Some(DevFederated {
            issuer: issuer.to_owned(),
            token_file: absolute(&files.token)?,
        });
        Ok(())
    }
}

fn tenant(state: &TenantState) -> DevTenant {
    DevTenant {
        id: state.tenant.id,
        display_name: state.tenant.display_name.clone(),
        domains: state
            .tenant
            .domains
            .iter()
            .map(ToString::to_string)
            .collect(),
        is_default: state.tenant.is_default,
    }
}

fn is_resource(application: &Application) -> bool {
    !application.identifier_uris.is_empty() || !application.app_roles.is_empty()
}

fn resource(application: &Application) -> DevResource {
    DevResource {
        display_name: application.display_name.clone(),
        tenant_id: application.tenant_id,
        app_id: application.app_id,
        identifier_uris: application.identifier_uris.clone(),
        token_version: TokenVersion::number(application.token_version()),
        app_roles: application
            .app_roles
            .iter()
            .filter_map(|role| role.value.clone())
            .collect(),
    }
}

/// Applications with a secret or a grant, that is with something to ask with or for.
fn clients(state: &TenantState, secrets: &HashMap<AppId, Secret>) -> Vec<DevClient> {
    let client = |application: &Application| {
        let principal = state
            .service_principals
            .iter()
            .find(|p| p.app_id == application.app_id)?;
        let has_secret = state
            .passwords
            .iter()
            .any(|p| p.application_id == application.id);
        let has_grant = state
            .assignments
            .iter()
            .any(|a| a.principal_id == principal.id);
        (has_secret || has_grant).then(|| DevClient {
            display_name: application.display_name.clone(),
            tenant_id: application.tenant_id,
            app_id: application.app_id,
            service_principal_id: principal.id,
            client_secret: secrets
                .get(&application.app_id)
                .map(|s| s.expose().to_owned()),
            certificate_file: None,
            private_key_file: None,
            certificate_with_key_file: None,
            federated: None,
        })
    };
    state.applications.iter().filter_map(client).collect()
}
