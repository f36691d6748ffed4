//! The lines. They set each client up as our interoperability suites do, which run the real clients
//! against this server: what is written here is what was seen to work.

/// What is filled in. All of it is made of characters that mean nothing in a command or a program.
pub(super) struct Values<'a> {
    pub(super) base_url: &'a str,
    pub(super) tenant_id: &'a str,
    pub(super) client_id: &'a str,
    pub(super) scope: &'a str,
}

/// Lines to copy.
pub(super) struct Snippet {
    pub(super) label: &'static str,
    pub(super) text: String,
}

/// What asks for the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    Curl,
    Python,
    Node,
    Go,
    Java,
    Rust,
    Az,
    Terraform,
}

impl Client {
    pub(super) const ALL: [Self; 8] = [
        Self::Curl,
        Self::Python,
        Self::Node,
        Self::Go,
        Self::Java,
        Self::Rust,
        Self::Az,
        Self::Terraform,
    ];

    /// The client with this name in an address.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The name in addresses.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Python => "python",
            Self::Node => "node",
            Self::Go => "go",
            Self::Java => "java",
            Self::Rust => "rust",
            Self::Az => "az",
            Self::Terraform => "terraform",
        }
    }

    /// The name for people.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Python => "Python",
            Self::Node => "Node.js",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::Rust => "Rust",
            Self::Az => "Azure CLI",
            Self::Terraform => "Terraform",
        }
    }

    /// What makes the client trust a certificate that its machine does not trust already.
    pub(super) fn trust(self) -> &'static str {
        match self {
            Self::Curl => "CURL_CA_BUNDLE=ca.pem, or --cacert ca.pem",
            Self::Python | Self::Az => "REQUESTS_CA_BUNDLE=ca.pem",
            Self::Node => "NODE_EXTRA_CA_CERTS=ca.pem",
            Self::Go | Self::Rust | Self::Terraform => "SSL_CERT_FILE=ca.pem",
            Self::Java => {
                "-Djavax.net.ssl.trustStore=truststore.p12, made with keytool -importcert"
            }
        }
    }

    /// What is special about this client here.
    pub(super) fn remark(self) -> &'static str {
        match self {
            Self::Curl => "",
            Self::Python => {
                "disable_instance_discovery keeps the library from asking Microsoft whether this \
                 server is genuine. The async form never asks."
            }
            Self::Node | Self::Go | Self::Java => {
                "Without disabling instance discovery, the library asks Microsoft whether this \
                 server is genuine, and fails."
            }
            Self::Rust => {
                "The library reads the server's address from AZURE_AUTHORITY_HOST and asks nobody \
                 else."
            }
            Self::Az => {
                "core.instance_discovery=false keeps it from asking Microsoft whether this server \
                 is genuine."
            }
            Self::Terraform => {
                "The provider reads the endpoints from metadata_host. To manage this directory, \
                 the application needs permissions of Microsoft Graph, such as \
                 Application.ReadWrite.All."
            }
        }
    }

    /// The lines, with everything but the secret filled in.
    pub(super) fn snippets(self, values: &Values<'_>) -> Vec<Snippet> {
        let snippet = |label, text| Snippet {
            label,
            text: fill(text, values),
        };
        match self {
            Self::Curl => vec![snippet("Get a token", CURL)],
            Self::Python => vec![
                snippet("Install", "pip install azure-identity"),
                snippet("Get a token", PYTHON),
            ],
            Self::Node => vec![
                snippet("Install", "npm install @azure/identity"),
                snippet("Get a token", NODE),
            ],
            Self::Go => vec![
                snippet(
                    "Install",
                    "go get github.com/Azure/azure-sdk-for-go/sdk/azidentity",
                ),
                snippet("Get a token", GO),
            ],
            Self::Java => vec![
                snippet("Get a token with azure-identity", JAVA),
                snippet("Get a token with MSAL4J", MSAL4J),
            ],
            Self::Rust => vec![
                snippet(
                    "Install",
                    "cargo add azure_core azure_identity\n\
                     cargo add tokio --features macros,rt-multi-thread",
                ),
                snippet("Environment", RUST_ENVIRONMENT),
                snippet("Get a token", RUST),
            ],
            Self::Az => vec![
                snippet("Register this server, once", AZ_CLOUD),
                snippet("Sign in and get a token", AZ),
            ],
            Self::Terraform => vec![
                snippet("Provider", TERRAFORM),
                snippet("Run", TERRAFORM_RUN),
            ],
        }
    }
}

fn fill(text: &str, values: &Values<'_>) -> String {
    let host = values.base_url.trim_start_matches("https://");
    text.replace("{base_url}", values.base_url)
        .replace("{host}", host)
        .replace("{tenant}", values.tenant_id)
        .replace("{client}", values.client_id)
        .replace("{scope}", values.scope)
}

const CURL: &str = r#"curl --fail-with-body {base_url}/{tenant}/oauth2/v2.0/token \
  --data grant_type=client_credentials \
  --data client_id={client} \
  --data-urlencode "client_secret=$AZURE_CLIENT_SECRET" \
  --data-urlencode scope={scope}"#;

const PYTHON: &str = r#"import os

from azure.identity import ClientSecretCredential

credential = ClientSecretCredential(
    "{tenant}",
    "{client}",
    os.environ["AZURE_CLIENT_SECRET"],
    authority="{base_url}",
    disable_instance_discovery=True,
)
print(credential.get_token("{scope}").token)"#;

const NODE: &str = r#"import { ClientSecretCredential } from "@azure/identity";

const credential = new ClientSecretCredential(
  "{tenant}",
  "{client}",
  process.env.AZURE_CLIENT_SECRET,
  { authorityHost: "{base_url}", disableInstanceDiscovery: true },
);
console.log((await credential.getToken("{scope}")).token);"#;

const GO: &str = r#"package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func main() {
	credential, err := azidentity.NewClientSecretCredential(
		"{tenant}", "{client}", os.Getenv("AZURE_CLIENT_SECRET"),
		&azidentity.ClientSecretCredentialOptions{
			ClientOptions: azcore.ClientOptions{
				Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: "{base_url}"},
			},
			DisableInstanceDiscovery: true,
		})
	if err != nil {
		log.Fatal(err)
	}
	token, err := credential.GetToken(context.Background(),
		policy.TokenRequestOptions{Scopes: []string{"{scope}"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Token)
}"#;

const JAVA: &str = r#"import com.azure.core.credential.TokenRequestContext;
import com.azure.identity.ClientSecretCredentialBuilder;

public class Quickstart {
    public static void main(String[] arguments) {
        var credential = new ClientSecretCredentialBuilder()
                .authorityHost("{base_url}")
                .tenantId("{tenant}")
                .clientId("{client}")
                .clientSecret(System.getenv("AZURE_CLIENT_SECRET"))
                .disableInstanceDiscovery()
                .build();
        var request = new TokenRequestContext().addScopes("{scope}");
        System.out.println(credential.getTokenSync(request).getToken());
    }
}"#;

const MSAL4J: &str = r#"import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ClientCredentialParameters;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import java.util.Set;

public class Quickstart {
    public static void main(String[] arguments) throws Exception {
        var secret = ClientCredentialFactory.createFromSecret(System.getenv("AZURE_CLIENT_SECRET"));
        var client = ConfidentialClientApplication.builder("{client}", secret)
                .authority("{base_url}/{tenant}/")
                .instanceDiscovery(false)
                .build();
        var request = ClientCredentialParameters.builder(Set.of("{scope}")).build();
        System.out.println(client.acquireToken(request).get().accessToken());
    }
}"#;

const RUST_ENVIRONMENT: &str = r#"export AZURE_AUTHORITY_HOST={base_url}
export AZURE_TENANT_ID={tenant}
export AZURE_CLIENT_ID={client}"#;

const RUST: &str = r#"use std::{env, error::Error};

use azure_core::credentials::{Secret, TokenCredential};
use azure_identity::ClientSecretCredential;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let credential = ClientSecretCredential::new(
        &env::var("AZURE_TENANT_ID")?,
        env::var("AZURE_CLIENT_ID")?,
        Secret::new(env::var("AZURE_CLIENT_SECRET")?),
        None,
    )?;
    let token = credential.get_token(&["{scope}"], None).await?;
    println!("{}", token.token.secret());
    Ok(())
}"#;

const AZ_CLOUD: &str = r#"az cloud register --name Countersign --endpoint-resource-manager {base_url}
az cloud set --name Countersign
az config set core.instance_discovery=false"#;

const AZ: &str = r#"az login --service-principal --allow-no-subscriptions \
  --tenant {tenant} --username {client} --password "$AZURE_CLIENT_SECRET"
az account get-access-token --scope {scope}"#;

const TERRAFORM: &str = r#"terraform {
  required_providers {
    azuread = {
      source = "hashicorp/azuread"
    }
  }
}

provider "azuread" {
  metadata_host = "{host}"
  tenant_id     = "{tenant}"
  client_id     = "{client}"
  use_cli       = false
}

data "azuread_client_config" "current" {}

output "object_id" {
  value = data.azuread_client_config.current.object_id
}"#;

const TERRAFORM_RUN: &str = r#"export ARM_CLIENT_SECRET="$AZURE_CLIENT_SECRET"
terraform init
terraform plan"#;
