//! The running server as `dev.json` describes it, and the shared table of scenarios.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};

pub struct Deployment {
    pub base_url: String,
    pub tenant_id: String,
    pub scenarios: Scenarios,
    tenant_domain: String,
    clients: Vec<Client>,
    folder: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scenarios {
    pub grants: Vec<Row>,
    pub refusals: Vec<Row>,
    pub assertion_grants: Vec<Row>,
    pub assertion_refusals: Vec<Row>,
}

/// One line of the shared table: a grant has `version`, `audience` and `roles`, a refusal has `code`.
/// Without a secret, `proof` is `certificate` or `federated`, and `proof_of` whose it is. `token_file`
/// is of an issuer beside the server: a path from the folder of dev.json.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Row {
    pub scenario: String,
    pub client: String,
    pub tenant: String,
    pub resource: String,
    pub version: String,
    pub audience: String,
    pub roles: Vec<String>,
    pub code: u32,
    pub proof: Option<String>,
    proof_of: Option<String>,
    token_file: Option<PathBuf>,
    secret: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    pub app_id: String,
    pub service_principal_id: String,
    display_name: String,
    client_secret: Option<String>,
    certificate_with_key_file: Option<PathBuf>,
    federated: Option<Federated>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Federated {
    token_file: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DevJson {
    base_url: String,
    tenants: Vec<Tenant>,
    clients: Vec<Client>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tenant {
    id: String,
    display_name: String,
    domains: Vec<String>,
}

impl Deployment {
    pub fn from_environment() -> Self {
        let path = env::var_os("COUNTERSIGN_DEV_JSON").expect(
            "COUNTERSIGN_DEV_JSON is not set: start `countersign dev` and point it at dev.json",
        );
        let dev: DevJson = read_json(Path::new(&path));
        let contoso = dev
            .tenants
            .into_iter()
            .find(|tenant| tenant.display_name == "Contoso")
            .expect("dev.json names no Contoso: start with interop/directory.yaml");
        Self {
            base_url: dev.base_url,
            tenant_id: contoso.id,
            scenarios: read_json(
                concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios.json").as_ref(),
            ),
            tenant_domain: contoso
                .domains
                .into_iter()
                .next()
                .expect("Contoso has a domain"),
            clients: dev.clients,
            folder: Path::new(&path)
                .parent()
                .expect("dev.json lies in a folder")
                .to_owned(),
        }
    }

    /// One row of each token version, for runs that differ only in how the client is set up.
    pub fn first_tokens(&self) -> &[Row] {
        &self.scenarios.grants[..2]
    }

    /// The tenant in the form that the row names it by.
    pub fn tenant(&self, row: &Row) -> &str {
        if row.tenant == "domain" {
            &self.tenant_domain
        } else {
            &self.tenant_id
        }
    }

    pub fn client(&self, row: &Row) -> &Client {
        self.client_named(&row.client)
    }

    /// The certificate that the row signs in with, its own client's or another's.
    pub fn certificate_with_key_file(&self, row: &Row) -> &Path {
        let file = self.proof(row).certificate_with_key_file.as_ref();
        file.expect("dev.json carries a certificate of this client")
    }

    /// The federated token that the row signs in with, its own client's or another's.
    pub fn token_file(&self, row: &Row) -> PathBuf {
        if let Some(beside) = &row.token_file {
            return self.folder.join(beside);
        }
        let federated = self.proof(row).federated.as_ref();
        let federated = federated.expect("dev.json carries a federated token of this client");
        federated.token_file.clone()
    }

    pub fn secret<'a>(&'a self, row: &'a Row) -> &'a str {
        let secret = row
            .secret
            .as_ref()
            .or(self.client(row).client_secret.as_ref());
        secret.expect("dev.json carries the secret of this client")
    }

    /// The client whose certificate or federated token the row signs in with.
    fn proof(&self, row: &Row) -> &Client {
        self.client_named(row.proof_of.as_ref().unwrap_or(&row.client))
    }

    fn client_named(&self, display_name: &str) -> &Client {
        self.clients
            .iter()
            .find(|client| client.display_name == display_name)
            .expect("dev.json names every client of interop/directory.yaml")
    }
}

impl Row {
    pub fn scope(&self) -> String {
        format!("{}/.default", self.resource)
    }

    /// How the error description of a refusal must begin; the SDK quotes it as it is.
    pub fn aadsts(&self) -> String {
        format!("AADSTS{}: ", self.code)
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).expect("the file can be read");
    serde_json::from_str(&text).expect("the file is JSON of the documented shape")
}
