//! `countersign env`: the variables that point client libraries at a development server.

use anyhow::{Context, bail};

use crate::args::{EnvArguments, EnvCredential, EnvFormat};
use crate::dev::{DataDirectory, DevClient, DevDocument};
use crate::output;

/// The tenant name at which client libraries skip instance discovery.
const ADFS: &str = "adfs";

pub(crate) fn run(arguments: &EnvArguments) -> anyhow::Result<()> {
    let document = DataDirectory::new(&arguments.data).read_document()?;
    let client = if arguments.administrator {
        document
            .administrator_as_client()
            .context("this server has no administrator: start it again with `countersign dev`")?
    } else {
        choose(&document, arguments.client.as_deref())?.clone()
    };
    let variables = variables(&document, &client, arguments.adfs, arguments.credential)?;
    output::print(&print(&variables, arguments.format))?;
    Ok(())
}

/// The client with this name or id; without one, the first with a known secret.
pub(crate) fn choose<'d>(
    document: &'d DevDocument,
    name: Option<&str>,
) -> anyhow::Result<&'d DevClient> {
    let Some(name) = name else {
        return document
            .clients
            .iter()
            .find(|client| client.client_secret.is_some())
            .context("no client of this server has a secret that is known here");
    };
    let mut found = document.clients.iter().filter(|client| {
        client.display_name == name || client.app_id.to_string().eq_ignore_ascii_case(name)
    });
    match (found.next(), found.next()) {
        (Some(client), None) => Ok(client),
        (Some(_), Some(_)) => {
            bail!("several clients are called {name:?}: name one by its client id")
        }
        (None, _) => {
            let names: Vec<_> = document
                .clients
                .iter()
                .map(|client| client.display_name.as_str())
                .collect();
            bail!(
                "there is no client {name:?}; there are: {}",
                names.join(", ")
            )
        }
    }
}

fn variables(
    document: &DevDocument,
    client: &DevClient,
    is_adfs: bool,
    credential: EnvCredential,
) -> anyhow::Result<Vec<(&'static str, String)>> {
    let tenant = if is_adfs {
        adfs_tenant(document, client)?
    } else {
        client.tenant_id.to_string()
    };
    let ca_file = &document.ca_file;
    let (name, value) = credential_variable(client, credential)?;
    Ok(vec![
        ("AZURE_AUTHORITY_HOST", document.base_url.clone()),
        ("AZURE_TENANT_ID", tenant),
        ("AZURE_CLIENT_ID", client.app_id.to_string()),
        (name, value),
        ("SSL_CERT_FILE", ca_file.clone()),
        ("REQUESTS_CA_BUNDLE", ca_file.clone()),
        ("NODE_EXTRA_CA_CERTS", ca_file.clone()),
    ])
}

/// The variable by which Azure SDKs take this kind of credential.
fn credential_variable(
    client: &DevClient,
    credential: EnvCredential,
) -> anyhow::Result<(&'static str, String)> {
    let (name, value) = match credential {
        EnvCredential::Secret => ("AZURE_CLIENT_SECRET", client.client_secret.clone()),
        EnvCredential::Certificate => (
            "AZURE_CLIENT_CERTIFICATE_PATH",
            client.certificate_with_key_file.clone(),
        ),
        EnvCredential::Federated => (
            "AZURE_FEDERATED_TOKEN_FILE",
            client
                .federated
                .as_ref()
                .map(|federated| federated.token_file.clone()),
        ),
    };
    let value = value.with_context(|| {
        format!(
            "{:?} has no such credential that is known here",
            client.display_name
        )
    })?;
    Ok((name, value))
}

fn adfs_tenant(document: &DevDocument, client: &DevClient) -> anyhow::Result<String> {
    let default = document.tenants.iter().find(|tenant| tenant.is_default);
    if default.is_some_and(|tenant| tenant.id == client.tenant_id) {
        return Ok(ADFS.to_owned());
    }
    bail!(
        "{:?} is not in the tenant that `adfs` stands for: mark its tenant with `isDefault: true` \
         in the directory file",
        client.display_name
    )
}

fn print(variables: &[(&str, String)], format: EnvFormat) -> String {
    let lines = |line: &dyn Fn(&str, &str) -> String| {
        variables
            .iter()
            .map(|(name, value)| line(name, value))
            .collect()
    };
    match format {
        EnvFormat::Sh => lines(&|name, value| format!("export {name}={}\n", shell_quoted(value))),
        EnvFormat::Dotenv => lines(&|name, value| format!("{name}={}\n", dotenv_quoted(value))),
        EnvFormat::Json => {
            let object: serde_json::Map<_, _> = variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
                .collect();
            format!("{:#}\n", serde_json::Value::Object(object))
        }
    }
}

/// A word that every POSIX shell reads as exactly this value.
pub(crate) fn shell_quoted(value: &str) -> String {
    let is_plain = !value.is_empty()
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte));
    if is_plain {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

/// A value that readers of `.env` files take as it is: bare where nothing in it means anything to
/// them, else in single quotes, which most of them do not look into.
fn dotenv_quoted(value: &str) -> String {
    let is_bare = !value.contains(['#', '"', '\'', '`', '\\', '$', '\n']) && value.trim() == value;
    if is_bare {
        return value.to_owned();
    }
    if value.contains('\'') {
        let escaped = value
            .replace('\\', r"\\")
            .replace('"', "\\\"")
            .replace('$', r"\$");
        return format!("\"{escaped}\"");
    }
    format!("'{value}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_a_shell() {
        assert_eq!(
            shell_quoted("https://localhost:8443"),
            "https://localhost:8443"
        );
        assert_eq!(shell_quoted("~x"), "'~x'");
        assert_eq!(shell_quoted("a'b $c"), r"'a'\''b $c'");
        assert_eq!(shell_quoted(""), "''");
    }

    #[test]
    fn values_survive_a_dotenv_file() {
        assert_eq!(dotenv_quoted("8Q~a_b.c"), "8Q~a_b.c");
        assert_eq!(dotenv_quoted("a bü"), "a bü");
        assert_eq!(dotenv_quoted("a #b"), "'a #b'");
        assert_eq!(dotenv_quoted(" a"), "' a'");
        assert_eq!(dotenv_quoted("a'b\"$c\\"), r#""a'b\"\$c\\""#);
    }
}
