//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::inspect::InspectArguments;
use crate::manage::args::{AppArguments, CredentialArguments, RoleArguments, SpArguments};
use crate::token::TokenArguments;

/// A self-hosted identity platform for workloads.
///
/// Services, jobs and pipelines get access tokens from it with the client-credentials flow of the
/// Microsoft identity platform, using the client libraries they already have.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Starts a server for development, with a sample directory and its own certificate authority.
    ///
    /// Everything it needs is made in the data directory at the first start and kept from then on.
    #[command(
        after_help = "Examples:\n  countersign dev\n  countersign dev --listen 127.0.0.1:0 --data /tmp/cs --directory directory.yaml"
    )]
    Dev(DevArguments),
    /// Prints the environment variables that point client libraries at a development server.
    #[command(
        after_help = "Examples:\n  eval \"$(countersign env)\"\n  countersign env --client Daemon --format dotenv > .env\n  countersign env --adfs     # for code that cannot turn instance discovery off"
    )]
    Env(EnvArguments),
    /// Gets an access token and prints it.
    ///
    /// Tokens are kept in a file that only you can read, and asked for again before they end.
    #[command(
        after_help = "Examples:\n  countersign token api://orders\n  curl -H \"$(countersign token api://orders --header)\" https://localhost:9443/orders\n  countersign token api://orders --client Daemon --credential certificate --json\n  countersign token https://graph.microsoft.com --server https://login.microsoftonline.com    # as AZURE_* say"
    )]
    Token(TokenArguments),
    /// Reads a token, checks it and explains it claim by claim.
    ///
    /// Exit codes: 0, the token is good; 1, it is not, or it is no token; 3, it was not checked,
    /// because it is not known whose keys to believe.
    #[command(
        after_help = "Examples:\n  countersign token api://orders | countersign inspect\n  pbpaste | countersign inspect --server https://login.contoso.example\n  countersign inspect --json < token.txt"
    )]
    Inspect(InspectArguments),
    /// Makes the directory as a file says: shows what is added, changed and removed, and does it.
    ///
    /// For each tenant in the file, the file is the whole truth; other tenants are not touched. On
    /// any error nothing is changed.
    #[command(
        after_help = "Examples:\n  countersign apply directory.yaml --dry-run\n  countersign apply directory.yaml --config /etc/countersign/countersign.toml"
    )]
    Apply(ApplyArguments),
    /// Prints the directory as a file that `apply` takes. Secrets are not in it.
    #[command(after_help = "Examples:\n  countersign export > directory.yaml")]
    Export(ExportArguments),
    /// Manages applications of a running server: registers, shows, changes and deletes them.
    App(AppArguments),
    /// Manages service principals of a running server: the applications that a tenant can use.
    Sp(SpArguments),
    /// Manages app roles of a running server: defines, grants and withdraws them.
    Role(RoleArguments),
    /// Manages secrets, certificates and federated credentials of a running server.
    Credential(CredentialArguments),
    /// Does what only the machine's own administrator may do.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Runs the server in production, as a configuration file says.
    #[command(
        after_help = "Examples:\n  countersign new-key /etc/countersign/master.key\n  countersign new-key /etc/countersign/pepper.key\n  countersign serve --config /etc/countersign/countersign.toml"
    )]
    Serve(ServeArguments),
    /// Makes a file with a new random key that only you can read.
    #[command(after_help = "Examples:\n  countersign new-key master.key")]
    NewKey(NewKeyArguments),
    /// Prints a page of the reference documentation.
    #[command(hide = true)]
    Reference(ReferenceArguments),
}

#[derive(Debug, Args)]
pub(crate) struct DevArguments {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8443")]
    pub(crate) listen: SocketAddr,
    /// Where keys, certificates and the database are kept.
    #[arg(long, value_name = "DIR", default_value = ".countersign")]
    pub(crate) data: PathBuf,
    /// A directory file to apply at every start, instead of the sample directory.
    #[arg(long, value_name = "FILE")]
    pub(crate) directory: Option<PathBuf>,
    /// The URL under which clients reach the server; `https://localhost:PORT` if not given.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct EnvArguments {
    /// The data directory of the development server.
    #[arg(long, value_name = "DIR", default_value = ".countersign")]
    pub(crate) data: PathBuf,
    /// The client, by display name or client id; the first one with a secret if not given.
    #[arg(long, value_name = "NAME")]
    pub(crate) client: Option<String>,
    /// The administrator, who may use the whole Graph API, instead of a client.
    #[arg(long, conflicts_with_all = ["client", "credential"])]
    pub(crate) administrator: bool,
    /// How the client proves itself.
    #[arg(long, value_enum, default_value_t = EnvCredential::Secret)]
    pub(crate) credential: EnvCredential,
    /// How to print the variables.
    #[arg(long, value_enum, default_value_t = EnvFormat::Sh)]
    pub(crate) format: EnvFormat,
    /// Print the form that needs no code change at all: the tenant is called `adfs`, at which
    /// client libraries skip instance discovery.
    #[arg(long)]
    pub(crate) adfs: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnvCredential {
    /// With its shared secret.
    Secret,
    /// With its certificate's private key.
    Certificate,
    /// With a token of the development server's own issuer.
    Federated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EnvFormat {
    /// `export` lines for a shell.
    Sh,
    /// Lines for a `.env` file.
    Dotenv,
    /// A JSON object.
    Json,
}

/// Which server's directory is meant.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The data directory of a development server.
    #[arg(
        long,
        value_name = "DIR",
        default_value = ".countersign",
        conflicts_with = "config"
    )]
    pub(crate) data: PathBuf,
    /// The configuration file of a production server.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// The directory file, YAML or JSON.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Show what would be done, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the plan as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Makes an application that may do everything in one tenant by the Graph API, with a secret.
    ///
    /// It works on the database itself, so it needs the server's files and no token: this is how a
    /// new server gets its first administrator. The secret is printed once.
    #[command(
        after_help = "Examples:\n  countersign admin create-app --config /etc/countersign/countersign.toml\n  countersign admin create-app --config countersign.toml --tenant contoso.example --name \"Terraform\" --another --json"
    )]
    CreateApp(CreateAdministrator),
    /// Makes somebody an administrator on the pages, and prints the link to set up a password.
    ///
    /// It works on the database itself, so it needs the server's files and no session: this is how a
    /// new server gets the first person who can sign in, and how somebody who lost every way to sign
    /// in gets back. The link works once.
    #[command(
        after_help = "Examples:\n  countersign admin invite admin@contoso.example --config /etc/countersign/countersign.toml\n  countersign admin invite auditor@contoso.example --role \"Global Reader\" --json"
    )]
    Invite(InviteArguments),
}

#[derive(Debug, Args)]
pub(crate) struct InviteArguments {
    /// The user name; behind the @ stands a domain of the tenant.
    #[arg(value_name = "USER@DOMAIN")]
    pub(crate) user_name: String,
    /// What to call a new user.
    #[arg(long, value_name = "NAME", default_value = "Administrator")]
    pub(crate) name: String,
    /// A directory role to give, by its name; may be repeated.
    #[arg(
        long = "role",
        value_name = "ROLE",
        default_value = "Global Administrator"
    )]
    pub(crate) roles: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct CreateAdministrator {
    /// The tenant, by id, domain or display name; the default tenant if not given.
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    /// What to call the application.
    #[arg(long, value_name = "NAME", default_value = "Administrator")]
    pub(crate) name: String,
    /// Make one even where the tenant has an administrator already.
    #[arg(long)]
    pub(crate) another: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The configuration file, TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct NewKeyArguments {
    /// The file to make; it must not exist.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ReferenceArguments {
    /// Which page.
    #[arg(value_enum)]
    pub(crate) page: ReferencePage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReferencePage {
    /// Every error of the token and discovery endpoints.
    Errors,
    /// Every command.
    Cli,
    /// Every setting of `serve`.
    Configuration,
    /// Every metric.
    Metrics,
    /// Every key of the directory file.
    DirectoryFile,
    /// Every route of the Graph API, and who may use it.
    Permissions,
    /// The Graph API as an OpenAPI description.
    Openapi,
}
