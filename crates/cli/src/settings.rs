//! The configuration file of `countersign serve`: every setting, its default and its checks.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use countersign_domain::consent::answer::AnswerForm;
use countersign_server::{
    BaseUrl, Config, Limits, Listener, Network, OutboundPolicy, TlsFiles, TrustedProxies,
};
use serde::Deserialize;

use crate::machine;
use crate::telemetry::LogFormat;

/// How long a node serves without its database if the file does not say: a day.
const STALE_SECONDS_DEFAULT: u64 = 86_400;

/// The file, as it is written. Unknown keys are errors: a misspelt setting must not be a default.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    public_url: String,
    listen: SocketAddr,
    database: String,
    master_key_file: PathBuf,
    pepper_file: PathBuf,
    tls: Option<Tls>,
    behind_proxy: Option<BehindProxy>,
    #[serde(default = "stale_seconds_default")]
    stale_seconds_max: u64,
    #[serde(default)]
    outbound: Outbound,
    #[serde(default)]
    metrics: Metrics,
    #[serde(default)]
    consent: Consent,
    #[serde(default)]
    log: Log,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    certificate_file: PathBuf,
    private_key_file: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BehindProxy {
    trusted_addresses: Vec<IpAddr>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Outbound {
    allowed_networks: Vec<String>,
    trusted_certificates_file: Option<PathBuf>,
    stale_seconds_max: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Metrics {
    allowed_networks: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Consent {
    answer: AnswerForm,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Log {
    filter: String,
    format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

fn stale_seconds_default() -> u64 {
    STALE_SECONDS_DEFAULT
}

/// A configuration that has been checked.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) server: Config,
    pub(crate) database: String,
    pub(crate) master_key_file: PathBuf,
    pub(crate) pepper_file: PathBuf,
    pub(crate) log_filter: String,
    pub(crate) log_format: LogFormat,
}

impl Settings {
    /// Reads and checks a file. Every error names the file and the setting.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        let written: Written =
            toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        let settings = Self::check(written).with_context(|| format!("in {}", path.display()))?;
        settings.refuse_shared_password(path)?;
        Ok(settings)
    }

    fn check(written: Written) -> anyhow::Result<Self> {
        let base_url = BaseUrl::parse(&written.public_url).context("public_url")?;
        if !["sqlite://", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| written.database.starts_with(scheme))
        {
            bail!("database: must be \"sqlite:///path/to/file\" or \"postgres://...\"");
        }
        if written.master_key_file == written.pepper_file {
            bail!(
                "pepper_file: must be another file than master_key_file; make one with \
                 `countersign new-key FILE`"
            );
        }
        if written.stale_seconds_max == 0 {
            bail!("stale_seconds_max: must be at least 1");
        }
        Ok(Self {
            server: Config {
                node_name: machine::name(),
                base_url,
                listen: written.listen,
                listener: listener(written.tls, written.behind_proxy)?,
                stale_max: Duration::from_secs(written.stale_seconds_max),
                outbound: outbound(&written.outbound).context("outbound")?,
                outbound_limits: outbound_limits(&written.outbound).context("outbound")?,
                metrics_networks: metrics_networks(&written.metrics).context("metrics")?,
                consent_answer: written.consent.answer,
                development_issuer: None,
            },
            database: written.database,
            master_key_file: written.master_key_file,
            pepper_file: written.pepper_file,
            log_filter: written.log.filter,
            log_format: written.log.format,
        })
    }

    /// A password in a database URL makes the configuration itself a secret.
    fn refuse_shared_password(&self, path: &Path) -> anyhow::Result<()> {
        let authority = self.database.split_once("://").map_or("", |(_, rest)| rest);
        let user_info = authority
            .split_once('@')
            .map_or("", |(user_info, _)| user_info);
        let mode = fs::metadata(path)?.permissions().mode();
        if user_info.contains(':') && mode & 0o077 != 0 {
            bail!(
                "{} holds the database's password and may be read by others than its owner: run \
                 `chmod 600 {0}`",
                path.display()
            );
        }
        Ok(())
    }
}

fn listener(tls: Option<Tls>, behind_proxy: Option<BehindProxy>) -> anyhow::Result<Listener> {
    match (tls, behind_proxy) {
        (Some(tls), None) => {
            crate::files::refuse_if_shared(&tls.private_key_file)
                .context("tls.private_key_file")?;
            Ok(Listener::Tls(TlsFiles {
                certificate: tls.certificate_file,
                private_key: tls.private_key_file,
            }))
        }
        (None, Some(proxy)) if proxy.trusted_addresses.is_empty() => {
            bail!("behind_proxy.trusted_addresses: name the addresses of the proxies")
        }
        (None, Some(proxy)) => Ok(Listener::BehindProxy(TrustedProxies(
            proxy.trusted_addresses,
        ))),
        (Some(_), Some(_)) => bail!("tls, behind_proxy: write one of them, not both"),
        (None, None) => bail!(
            "tls: secrets must not travel in the clear; name certificate_file and \
             private_key_file, or write [behind_proxy] if a proxy in front of this server ends TLS"
        ),
    }
}

/// Without the setting, this machine alone.
fn metrics_networks(written: &Metrics) -> anyhow::Result<Vec<Network>> {
    match &written.allowed_networks {
        Some(texts) => networks(texts),
        None => Ok(Network::LOOPBACK.to_vec()),
    }
}

fn networks(texts: &[String]) -> anyhow::Result<Vec<Network>> {
    let parse = |text: &String| {
        text.parse()
            .with_context(|| format!("allowed_networks: {text:?}"))
    };
    texts.iter().map(parse).collect()
}

fn outbound(written: &Outbound) -> anyhow::Result<OutboundPolicy> {
    let policy = OutboundPolicy::default().allow(networks(&written.allowed_networks)?);
    match &written.trusted_certificates_file {
        Some(path) => {
            let pem = fs::read(path).with_context(|| {
                format!("trusted_certificates_file: cannot read {}", path.display())
            })?;
            Ok(policy.trust(&pem).context("trusted_certificates_file")?)
        }
        None => Ok(policy),
    }
}

fn outbound_limits(written: &Outbound) -> anyhow::Result<Limits> {
    let mut limits = Limits::default();
    if let Some(seconds) = written.stale_seconds_max {
        let fresh = limits.keys.age_max.as_secs();
        if seconds < fresh {
            bail!(
                "stale_seconds_max: must be at least {fresh}: an issuer is not asked again before"
            );
        }
        limits.keys.stale_age_max = Duration::from_secs(seconds);
    }
    Ok(limits)
}

/// One setting of the reference page.
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) default: &'static str,
    pub(crate) meaning: &'static str,
}

/// Every setting, in the order in which a file is best written.
pub(crate) const REFERENCE: &[Setting] = &[
    setting(
        "public_url",
        "text",
        "required",
        "`https://HOST` or `https://HOST:PORT`, as clients reach the server. Issuers and every published address are built from it; a path is refused, since several clients drop it.",
    ),
    setting(
        "listen",
        "address",
        "required",
        "Address and port to listen on, e.g. `0.0.0.0:443`.",
    ),
    setting(
        "database",
        "text",
        "required",
        "`sqlite:///var/lib/countersign/countersign.db` for one node, or `postgres://user:password@host/database` for several. With a password in it the file must be private (mode 0600).",
    ),
    setting(
        "master_key_file",
        "path",
        "required",
        "The key that seals the signing keys in the database. Made by `countersign new-key FILE`; the file must be private. Keep a copy apart from the database's backups.",
    ),
    setting(
        "pepper_file",
        "path",
        "required",
        "The key of the hashes of client secrets. Made by `countersign new-key FILE`; the file must be private, and another than the master key's.",
    ),
    setting(
        "tls.certificate_file",
        "path",
        "none",
        "The server's certificate chain in PEM, leaf first.",
    ),
    setting(
        "tls.private_key_file",
        "path",
        "none",
        "Its private key in PEM; the file must be private. A P-256 key makes a new connection five times cheaper than an RSA key.",
    ),
    setting(
        "behind_proxy.trusted_addresses",
        "list of addresses",
        "none",
        "Instead of `tls`: plain HTTP behind proxies that end TLS. Only their `X-Forwarded-For` is believed.",
    ),
    setting(
        "stale_seconds_max",
        "seconds",
        "86400",
        "How long a node that cannot reach its database goes on issuing tokens from what it knows.",
    ),
    setting(
        "outbound.allowed_networks",
        "list of networks",
        "none",
        "Private networks (`10.0.0.0/8`) in which issuers of federated credentials may be. All other private, loopback and link-local addresses are refused.",
    ),
    setting(
        "outbound.trusted_certificates_file",
        "path",
        "none",
        "Certificate authorities (PEM) of such issuers, besides the system's.",
    ),
    setting(
        "outbound.stale_seconds_max",
        "seconds",
        "86400",
        "How old the keys of such an issuer may become while it cannot be reached; older ones no longer prove anything. At least 600: keys are fetched anew every ten minutes.",
    ),
    setting(
        "metrics.allowed_networks",
        "list of networks",
        "this machine",
        "From where `GET /metrics` is answered; for everyone else it does not exist. It names credentials by their ids, never secrets.",
    ),
    setting(
        "consent.answer",
        "text",
        "documented",
        "How applications are told that an administrator pressed *Cancel*: `documented`, as the original's documentation says (`error=permission_denied` on v1.0), or `captured`, as the original was seen to do (`error=access_denied` with an `error_uri`, and an empty fragment behind every answer).",
    ),
    setting(
        "log.filter",
        "text",
        "info",
        "A level (`error`, `warn`, `info`, `debug`), or a list such as `info,countersign_server=debug`.",
    ),
    setting(
        "log.format",
        "text",
        "text",
        "`text`, or `json` for one object a line. The log goes to standard error.",
    ),
];

const fn setting(
    name: &'static str,
    kind: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting {
        name,
        kind,
        default,
        meaning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        public_url = "https://id.example"
        listen = "127.0.0.1:8443"
        database = "sqlite:///tmp/x.db"
        master_key_file = "master.key"
        pepper_file = "pepper.key"
        [behind_proxy]
        trusted_addresses = ["127.0.0.1"]
    "#;

    fn check(text: &str) -> Result<(), String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        Settings::check(written)
            .map(drop)
            .map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn unsafe_settings_are_refused_with_what_to_do() {
        assert_eq!(check(GOOD), Ok(()));
        for (from, to, said) in [
            (
                "https://id.example",
                "http://id.example",
                "must start with https://",
            ),
            (
                "https://id.example",
                "https://id.example/x",
                "may not have a path",
            ),
            ("sqlite:///", "mysql:///", "database"),
            ("\"pepper.key\"", "\"master.key\"", "another file"),
            (
                "[behind_proxy]\n        trusted_addresses = [\"127.0.0.1\"]",
                "",
                "in the clear",
            ),
            ("[\"127.0.0.1\"]", "[]", "name the addresses"),
            (
                "[behind_proxy]",
                "[tls]\ncertificate_file=\"a\"\nprivate_key_file=\"b\"\n[behind_proxy]",
                "",
            ),
            (
                "[behind_proxy]",
                "stale_seconds_max = 0\n[behind_proxy]",
                "at least 1",
            ),
            (
                "[behind_proxy]",
                "[outbound]\nstale_seconds_max = 599\n[behind_proxy]",
                "outbound: stale_seconds_max: must be at least 600",
            ),
            (
                "[behind_proxy]",
                "[outbound]\nallowed_networks = [\"10.0.0.0/x\"]\n[behind_proxy]",
                "outbound: allowed_networks: \"10.0.0.0/x\"",
            ),
            (
                "[behind_proxy]",
                "[consent]\nanswer = \"recorded\"\n[behind_proxy]",
                "unknown variant `recorded`",
            ),
            ("listen", "listne", "unknown field"),
            ("127.0.0.1:8443", "127.0.0.1", "invalid socket address"),
        ] {
            let changed = GOOD.replacen(from, to, 1);
            assert_ne!(changed, GOOD, "{from}");
            let refused = check(&changed).expect_err(to);
            assert!(refused.contains(said), "{to}: {refused}");
        }
    }

    #[test]
    fn keys_of_issuers_serve_for_as_long_as_the_file_says() {
        for (written, seconds) in [
            ("", 86_400),
            ("[outbound]\nstale_seconds_max = 600", 600),
            ("[outbound]\nstale_seconds_max = 604800", 604_800),
        ] {
            let written = toml::from_str(&format!("{GOOD}\n{written}")).expect("good settings");
            let config = Settings::check(written).expect("good settings").server;
            let age = config.outbound_limits.keys.stale_age_max;
            assert_eq!(age, Duration::from_secs(seconds));
        }
    }

    #[test]
    fn the_reference_names_every_setting() {
        let mut all = GOOD.to_owned();
        all.push_str("[tls]\ncertificate_file = \"a\"\nprivate_key_file = \"b\"\n[log]\nfilter = \"info\"\nformat = \"text\"\n");
        all.push_str("[outbound]\nallowed_networks = []\ntrusted_certificates_file = \"c\"\nstale_seconds_max = 1\n[metrics]\nallowed_networks = []\n[consent]\nanswer = \"captured\"\n");
        let all = all.replacen("[behind_proxy]", "stale_seconds_max = 1\n[behind_proxy]", 1);
        let _: Written = toml::from_str(&all).expect("every setting is known");
        let table: toml::Table = toml::from_str(&all).expect("TOML");
        let mut names = Vec::new();
        for (name, value) in &table {
            match value {
                toml::Value::Table(inner) => {
                    names.extend(inner.keys().map(|key| format!("{name}.{key}")));
                }
                _ => names.push(name.clone()),
            }
        }
        let mut documented: Vec<_> = REFERENCE
            .iter()
            .map(|setting| setting.name.to_owned())
            .collect();
        names.sort();
        documented.sort();
        assert_eq!(names, documented);
    }
}
