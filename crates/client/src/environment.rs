//! Configuration from the environment, by the names that the SDKs of Azure use and that its
//! webhook for Kubernetes sets.

use crate::{BuildError, Client, ClientBuilder, Credential};

const AUTHORITY_DEFAULT: &str = "https://login.microsoftonline.com";

impl ClientBuilder {
    /// Reads `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and, unless it is the public cloud's,
    /// `AZURE_AUTHORITY_HOST`, and takes the first credential that is there:
    /// `AZURE_CLIENT_SECRET`; `AZURE_CLIENT_CERTIFICATE_PATH`, possibly with
    /// `AZURE_CLIENT_CERTIFICATE_PASSWORD` and `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN`;
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    ///
    /// # Errors
    /// [`BuildError`] with the variable that is missing.
    pub fn from_env() -> Result<Self, BuildError> {
        Self::from_variables(variable)
    }

    /// The same from any source of variables. Empty ones count as missing.
    ///
    /// # Errors
    /// As [`ClientBuilder::from_env`].
    pub fn from_variables(
        variable: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, BuildError> {
        let lookup = |name| variable(name).filter(|value| !value.trim().is_empty());
        let require = |name| lookup(name).ok_or(BuildError::NoVariable(name));
        let authority = lookup("AZURE_AUTHORITY_HOST").map_or_else(
            || AUTHORITY_DEFAULT.to_owned(),
            |host| with_scheme(host.trim()),
        );
        let builder = Client::builder(
            authority,
            require("AZURE_TENANT_ID")?.trim(),
            require("AZURE_CLIENT_ID")?.trim(),
        );
        let credential = credential(&lookup).ok_or(BuildError::NoVariable(
            "none of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH and \
             AZURE_FEDERATED_TOKEN_FILE",
        ))?;
        Ok(builder.credential(credential))
    }
}

fn credential(lookup: &impl Fn(&'static str) -> Option<String>) -> Option<Credential> {
    let secret = lookup("AZURE_CLIENT_SECRET").map(Credential::secret);
    let certificate = lookup("AZURE_CLIENT_CERTIFICATE_PATH").map(|path| {
        let password = lookup("AZURE_CLIENT_CERTIFICATE_PASSWORD").unwrap_or_default();
        let credential = Credential::certificate_file_with_password(path, password);
        let sends_chain = lookup("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")
            .is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"));
        if sends_chain {
            credential.send_certificate_chain()
        } else {
            credential
        }
    });
    let federated = lookup("AZURE_FEDERATED_TOKEN_FILE").map(Credential::federated_token_file);
    Credential::first_of([secret, certificate, federated].into_iter().flatten())
}

/// Some set the host alone. Plain HTTP is not added for anybody.
fn with_scheme(host: &str) -> String {
    if host.contains("://") {
        host.to_owned()
    } else {
        format!("https://{host}")
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "asked for by name; `from_variables` takes another source"
)]
fn variable(name: &'static str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(variables: &[(&str, &str)]) -> Result<ClientBuilder, BuildError> {
        let variables: std::collections::HashMap<_, _> = variables.iter().copied().collect();
        ClientBuilder::from_variables(|name| variables.get(name).map(|&v| v.to_owned()))
    }

    const TENANT: (&str, &str) = ("AZURE_TENANT_ID", "t1");
    const CLIENT: (&str, &str) = ("AZURE_CLIENT_ID", "c1");
    const SECRET: (&str, &str) = ("AZURE_CLIENT_SECRET", "hunter2");

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: &str) {
        let builder = built(variables).expect("complete");
        let shown = format!("{builder:?}");
        assert!(shown.contains(expected), "{shown}");
        assert!(builder.build().is_ok());
    }

    #[test]
    fn the_first_credential_that_is_there_comes_first() {
        let file = ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token");
        let certificate = ("AZURE_CLIENT_CERTIFICATE_PATH", "a.pem");
        check(&[TENANT, CLIENT, SECRET], "Credential(secret)");
        check(&[TENANT, CLIENT, file], "Credential(federated token file)");
        check(
            &[
                TENANT,
                CLIENT,
                file,
                certificate,
                ("AZURE_CLIENT_SECRET", " "),
            ],
            "Credential(certificate file, federated token file)",
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        for (variables, name) in [
            (vec![CLIENT, SECRET], "AZURE_TENANT_ID"),
            (
                vec![TENANT, ("AZURE_CLIENT_ID", ""), SECRET],
                "AZURE_CLIENT_ID",
            ),
            (vec![TENANT, CLIENT], "AZURE_FEDERATED_TOKEN_FILE"),
        ] {
            let error = built(&variables).expect_err("incomplete");
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn cli_08_the_authority_of_the_environment_is_https_too() {
        for (host, expected) in [
            ("login.example.com:8443", true),
            ("https://login.example.com/", true),
            ("http://login.example.com", false),
            ("http://127.0.0.1", false),
        ] {
            let host = ("AZURE_AUTHORITY_HOST", host);
            let built = built(&[TENANT, CLIENT, SECRET, host])
                .expect("complete")
                .build();
            assert_eq!(built.is_ok(), expected, "{host:?}");
        }
    }
}
