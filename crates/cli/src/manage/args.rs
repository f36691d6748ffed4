//! The arguments of the commands that manage a running server.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Which server, and as whom.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct Connect {
    /// The data directory of a development server, whose administrator is used.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = ".countersign",
        conflicts_with = "server"
    )]
    pub(crate) data: PathBuf,
    /// Another server: its base URL, as `https://login.contoso.example`.
    ///
    /// Who asks is taken from `--tenant`, `--client-id` and `--secret-file`, or from
    /// AZURE_TENANT_ID, AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// The tenant to manage, by id or domain.
    #[arg(long, global = true, value_name = "TENANT", requires = "server")]
    pub(crate) tenant: Option<String>,
    /// The client id to ask as.
    #[arg(long, global = true, value_name = "ID", requires = "server")]
    pub(crate) client_id: Option<String>,
    /// A file that holds the client's secret.
    #[arg(long, global = true, value_name = "FILE", requires = "server")]
    pub(crate) secret_file: Option<PathBuf>,
    /// The certificates to trust instead of the system's, PEM.
    #[arg(long, global = true, value_name = "FILE", requires = "server")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Print JSON: the object, the list, or what a deletion takes along.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// How to delete what may be in use.
#[derive(Debug, Args)]
pub(crate) struct Deletion {
    /// Say what would be deleted and who used it last, and delete nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Delete it even if it was used lately.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AppArguments {
    #[command(flatten)]
    pub(crate) connect: Connect,
    #[command(subcommand)]
    pub(crate) command: AppCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Lists applications.
    #[command(
        after_help = "Examples:\n  countersign app list\n  countersign app list --search orders\n  countersign app list --filter \"startswith(displayName,'Orders')\" --json"
    )]
    List(Listing),
    /// Registers an application, with its service principal.
    #[command(
        after_help = "Examples:\n  countersign app create \"Billing API\" --identifier-uri api://billing.contoso.example --role Billing.Read\n  countersign app create Nightly"
    )]
    Create(CreateApp),
    /// Shows an application.
    Show(OneApp),
    /// Changes properties of an application; what is not named stays.
    #[command(
        after_help = "Examples:\n  countersign app update \"Orders API\" --token-version 2\n  countersign app update Daemon --disable"
    )]
    Update(UpdateApp),
    /// Deletes an application. It can be restored for 30 days.
    #[command(
        after_help = "Examples:\n  countersign app delete Daemon --dry-run\n  countersign app delete Daemon --yes"
    )]
    Delete(DeleteApp),
    /// Lists deleted applications that can be restored.
    Deleted,
    /// Brings a deleted application back.
    Restore {
        /// The application's object id, as `app deleted` shows it.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Lists the owners of an application.
    Owners(OneApp),
    /// Makes a service principal or a user an owner.
    AddOwner(OwnerOf),
    /// Takes an owner away.
    RemoveOwner(OwnerOf),
}

#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// Only those whose name has words that begin so.
    #[arg(long, value_name = "TEXT", conflicts_with = "filter")]
    pub(crate) search: Option<String>,
    /// Only those that an OData filter takes.
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CreateApp {
    /// What to call it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// A name under which clients ask for it; may be given several times.
    #[arg(long, value_name = "URI")]
    pub(crate) identifier_uri: Vec<String>,
    /// An app role that can be granted on it; may be given several times.
    #[arg(long, value_name = "VALUE")]
    pub(crate) role: Vec<String>,
    /// The version of its access tokens, 1 or 2.
    #[arg(long, value_name = "VERSION")]
    pub(crate) token_version: Option<i64>,
    /// Other tenants may use it.
    #[arg(long)]
    pub(crate) multi_tenant: bool,
    /// Register it only; without a service principal nobody can use it in this tenant.
    #[arg(long)]
    pub(crate) no_service_principal: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OneApp {
    /// The application: client id, object id, identifier URI or display name.
    #[arg(value_name = "APP")]
    pub(crate) app: String,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateApp {
    /// The application: client id, object id, identifier URI or display name.
    #[arg(value_name = "APP")]
    pub(crate) app: String,
    /// Its new name.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// All its identifier URIs; may be given several times.
    #[arg(long, value_name = "URI")]
    pub(crate) identifier_uri: Option<Vec<String>>,
    /// The version of its access tokens, 1 or 2.
    #[arg(long, value_name = "VERSION")]
    pub(crate) token_version: Option<i64>,
    /// It gets no tokens any more, in any tenant.
    #[arg(long, conflicts_with = "enable")]
    pub(crate) disable: bool,
    /// It gets tokens again.
    #[arg(long)]
    pub(crate) enable: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteApp {
    /// The application: client id, object id, identifier URI or display name.
    #[arg(value_name = "APP")]
    pub(crate) app: String,
    #[command(flatten)]
    pub(crate) deletion: Deletion,
}

#[derive(Debug, Args)]
pub(crate) struct OwnerOf {
    /// The application: client id, object id, identifier URI or display name.
    #[arg(value_name = "APP")]
    pub(crate) app: String,
    /// The owner: a service principal's object id, client id or name, or a user's object id.
    #[arg(value_name = "OWNER")]
    pub(crate) owner: String,
}

#[derive(Debug, Args)]
pub(crate) struct SpArguments {
    #[command(flatten)]
    pub(crate) connect: Connect,
    #[command(subcommand)]
    pub(crate) command: SpCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SpCommand {
    /// Lists service principals.
    List(Listing),
    /// Makes an application usable in this tenant.
    #[command(
        after_help = "Example:\n  countersign sp create 2b0c4f6e-6d3b-4f9c-8a53-0c8d5b9a7e11"
    )]
    Create {
        /// The application's client id; it may be of another tenant.
        #[arg(value_name = "APP_ID")]
        app_id: String,
    },
    /// Shows a service principal.
    Show(OneSp),
    /// Changes settings of a service principal.
    #[command(
        after_help = "Examples:\n  countersign sp update \"Orders API\" --assignment-required true\n  countersign sp update Daemon --disable"
    )]
    Update(UpdateSp),
    /// Deletes a service principal with its assignments. It can be restored for 30 days.
    Delete(DeleteSp),
    /// Lists deleted service principals that can be restored.
    Deleted,
    /// Brings a deleted service principal back, with its assignments.
    Restore {
        /// The service principal's object id, as `sp deleted` shows it.
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OneSp {
    /// The service principal: client id, object id or display name.
    #[arg(value_name = "SP")]
    pub(crate) sp: String,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateSp {
    /// The service principal: client id, object id or display name.
    #[arg(value_name = "SP")]
    pub(crate) sp: String,
    /// It gets no tokens any more in this tenant, and none are issued for it.
    #[arg(long, conflicts_with = "enable")]
    pub(crate) disable: bool,
    /// It gets tokens again.
    #[arg(long)]
    pub(crate) enable: bool,
    /// Whether clients need an assignment before they get a token for it.
    #[arg(long, value_name = "true|false")]
    pub(crate) assignment_required: Option<bool>,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteSp {
    /// The service principal: client id, object id or display name.
    #[arg(value_name = "SP")]
    pub(crate) sp: String,
    #[command(flatten)]
    pub(crate) deletion: Deletion,
}

#[derive(Debug, Args)]
pub(crate) struct RoleArguments {
    #[command(flatten)]
    pub(crate) connect: Connect,
    #[command(subcommand)]
    pub(crate) command: RoleCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// Lists the app roles that an application defines.
    List(OneApp),
    /// Defines an app role.
    #[command(
        after_help = "Example:\n  countersign role add \"Orders API\" Orders.Cancel --description \"Cancels orders\""
    )]
    Add(AddRole),
    /// Takes an app role out of an application, after saying who has it.
    Remove(RemoveRole),
    /// Grants an app role; the next token of the client carries it.
    #[command(
        after_help = "Examples:\n  countersign role grant Daemon \"Orders API\" Orders.ReadWrite.All\n  countersign role grant Daemon \"Microsoft Graph\" User.Read.All"
    )]
    Grant(Grant),
    /// Withdraws an app role, after saying when it was used last.
    Revoke(Revoke),
    /// Lists what a client has been granted.
    Granted(OneSp),
    /// Lists who has been granted what on a resource.
    Holders(OneSp),
}

#[derive(Debug, Args)]
pub(crate) struct AddRole {
    /// The application: client id, object id, identifier URI or display name.
    #[arg(value_name = "APP")]
    pub(crate) app: String,
    /// What the `roles` claim says.
    #[arg(value_name = "VALUE")]
    pub(crate) value: String,
    /// What people call it; its value if not given.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What it allows.
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveRole {
    /// The application: client id, object id, identifier URI or display name.
    #[arg(value_name = "APP")]
    pub(crate) app: String,
    /// The role's value or id.
    #[arg(value_name = "ROLE")]
    pub(crate) role: String,
    #[command(flatten)]
    pub(crate) deletion: Deletion,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    pub(crate) grant: Grant,
    #[command(flatten)]
    pub(crate) deletion: Deletion,
}

#[derive(Debug, Args)]
pub(crate) struct Grant {
    /// Who gets it: a service principal by client id, object id or display name.
    #[arg(value_name = "CLIENT")]
    pub(crate) client: String,
    /// On what: a service principal by client id, object id, identifier URI or display name.
    #[arg(value_name = "RESOURCE")]
    pub(crate) resource: String,
    /// The role's value or id; `default` for access without a role.
    #[arg(value_name = "ROLE")]
    pub(crate) role: String,
}

#[derive(Debug, Args)]
pub(crate) struct CredentialArguments {
    #[command(flatten)]
    pub(crate) connect: Connect,
    #[command(subcommand)]
    pub(crate) command: CredentialCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CredentialCommand {
    /// Makes a secret and shows it, once.
    #[command(
        after_help = "Examples:\n  countersign credential add-secret --application Daemon\n  countersign credential add-secret --application Daemon --name ci --days 90 --json"
    )]
    AddSecret(AddSecret),
    /// Registers a certificate, so that assertions signed with its key prove the application.
    #[command(
        after_help = "Examples:\n  countersign credential add-certificate --application Daemon daemon.pem\n  countersign credential add-certificate --application Daemon --trusted-uri spiffe://contoso.example/daemon ca.pem"
    )]
    AddCertificate(AddCertificate),
    /// Trusts tokens of another issuer to prove the application.
    #[command(
        after_help = "Examples:\n  countersign credential add-federated --application Daemon --name cluster --issuer https://oidc.cluster.example --subject system:serviceaccount:shop:daemon\n  countersign credential add-federated --application Deploy --name github --issuer https://token.actions.githubusercontent.com --matching \"claims['sub'] matches 'repo:contoso/*:ref:refs/heads/main'\""
    )]
    AddFederated(AddFederated),
    /// Lists credentials: when each ends, and when it was last used.
    List(ListCredentials),
    /// Removes a credential; the next token request with it is refused.
    #[command(
        after_help = "Examples:\n  countersign credential remove --application Daemon 2b0c4f6e-6d3b-4f9c-8a53-0c8d5b9a7e11"
    )]
    Remove(RemoveCredential),
}

#[derive(Debug, Args)]
pub(crate) struct AddSecret {
    /// The application: client id, object id, identifier URI or display name.
    #[arg(long, value_name = "APP")]
    pub(crate) application: String,
    /// What to call the secret.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// How long it is accepted, in days; two years if not given.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) days: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct AddCertificate {
    /// The application: client id, object id, identifier URI or display name.
    #[arg(long, value_name = "APP")]
    pub(crate) application: String,
    /// What to call the certificate.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Trust every certificate under this one whose subject has this common name.
    #[arg(long, value_name = "CN", group = "trusted")]
    pub(crate) trusted_common_name: Option<String>,
    /// Trust every certificate under this one that has this DNS name.
    #[arg(long, value_name = "NAME", group = "trusted")]
    pub(crate) trusted_dns_name: Option<String>,
    /// Trust every certificate under this one that has this URI.
    #[arg(long, value_name = "URI", group = "trusted")]
    pub(crate) trusted_uri: Option<String>,
    /// The certificate, PEM or DER; never a private key.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct AddFederated {
    /// The application: client id, object id, identifier URI or display name.
    #[arg(long, value_name = "APP")]
    pub(crate) application: String,
    /// What to call the credential: 3 to 120 letters, digits, `-` and `_`.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// The issuer, exactly as its tokens say it.
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: String,
    /// The subject, exactly as the tokens say it.
    #[arg(
        long,
        value_name = "TEXT",
        required_unless_present = "matching",
        conflicts_with = "matching"
    )]
    pub(crate) subject: Option<String>,
    /// An expression over the token's claims, instead of a subject.
    #[arg(long, value_name = "EXPRESSION", required_unless_present = "subject")]
    pub(crate) matching: Option<String>,
    /// The audience that the tokens have.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "api://AzureADTokenExchange"
    )]
    pub(crate) audience: Vec<String>,
    /// The issuer's keys (a JSON Web Key Set), instead of fetching them.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ListCredentials {
    /// One application: client id, object id, identifier URI or display name; all if not given.
    #[arg(long, value_name = "APP")]
    pub(crate) application: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveCredential {
    /// The application: client id, object id, identifier URI or display name.
    #[arg(long, value_name = "APP")]
    pub(crate) application: String,
    /// The credential's id, or a federated credential's name.
    #[arg(value_name = "CREDENTIAL")]
    pub(crate) credential: String,
    #[command(flatten)]
    pub(crate) deletion: Deletion,
}
