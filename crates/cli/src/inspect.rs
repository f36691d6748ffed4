//! `countersign inspect`: what a token says, and whether it is good.
//!
//! What is read here was written by nobody knows whom: nothing of it reaches the terminal unescaped.

use std::fs;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::Args;
use countersign_domain::clock::{Clock, Timestamp};
use countersign_domain::oauth::meaning;
use countersign_server::SystemClock;
use countersign_token::encrypted::{DecryptionKey, is_encrypted, open};
use countersign_token::{TOKEN_LENGTH_MAX, base64url};
use countersign_validate::Validator;
use serde_json::{Map, Value, json};

use crate::dev::DataDirectory;
use crate::output;

/// The exit code of a token whose signature was not checked.
const NOT_CHECKED: u8 = 3;

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The token; standard input if not given or `-`, where other users cannot see it.
    token: Option<String>,
    /// The data directory of a development server, whose keys are believed.
    #[arg(
        long,
        value_name = "DIR",
        default_value = ".countersign",
        conflicts_with = "server"
    )]
    data: PathBuf,
    /// Another server whose keys are believed: its base URL.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The certificates to trust instead of the system's when asking the server, PEM.
    #[arg(long, value_name = "FILE", requires = "server")]
    ca_file: Option<PathBuf>,
    /// The API that the token must be for; any if not given.
    #[arg(long, value_name = "URI")]
    audience: Option<String>,
    /// A file with the private key that opens encrypted tokens, PEM.
    #[arg(long, value_name = "FILE")]
    decryption_key: Option<PathBuf>,
    /// Print a JSON object with `header`, `claims`, `accepted` and `reason`.
    #[arg(long)]
    json: bool,
}

/// A token taken apart; nothing of it is believed.
struct Decoded {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

/// What became of the check.
enum Verdict {
    Good,
    Refused(String),
    NotChecked(String),
}

/// Whose keys are believed.
struct Authority {
    base_url: String,
    roots: Option<Vec<u8>>,
}

pub(crate) async fn run(arguments: &InspectArguments) -> anyhow::Result<ExitCode> {
    let token = signed(&token(arguments)?, arguments.decryption_key.as_deref())?;
    let decoded = Decoded::read(&token)?;
    let verdict = check(&token, &decoded, arguments).await?;
    let text = match arguments.json {
        true => format!("{:#}\n", to_json(&decoded, &verdict)),
        false => explained(&decoded, &verdict, SystemClock.now()),
    };
    output::print(&text)?;
    Ok(verdict.exit_code())
}

/// The token that was given, without what people copy along with it.
fn token(arguments: &InspectArguments) -> anyhow::Result<String> {
    let text = match arguments.token.as_deref() {
        Some(token) if token != "-" => token.to_owned(),
        _ => from_standard_input()?,
    };
    let text = text.trim();
    let text = text.strip_prefix("Authorization:").unwrap_or(text).trim();
    let text = text.strip_prefix("Bearer ").unwrap_or(text).trim();
    ensure!(
        !text.is_empty(),
        "there is no token: give one, or pipe one in"
    );
    Ok(text.to_owned())
}

fn from_standard_input() -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        output::error("Paste the token, then press Enter and Ctrl-D.");
    }
    let mut text = String::new();
    let length_max = u64::try_from(2 * TOKEN_LENGTH_MAX).unwrap_or(u64::MAX);
    stdin
        .lock()
        .take(length_max)
        .read_to_string(&mut text)
        .context("standard input is no text")?;
    Ok(text)
}

/// The signed token, which may be inside an encrypted one.
fn signed(token: &str, key: Option<&Path>) -> anyhow::Result<String> {
    if !is_encrypted(token) {
        return Ok(token.to_owned());
    }
    let Some(file) = key else {
        bail!(
            "the token is encrypted: only the API that it is for can read it, with its private key; \
             give that as --decryption-key FILE"
        );
    };
    let pem = zeroize::Zeroizing::new(read(file)?);
    let key = DecryptionKey::from_pem(&pem)
        .with_context(|| format!("{} is no private key in PEM", file.display()))?;
    Ok(open(token, &[key])?.token().to_owned())
}

impl Decoded {
    fn read(token: &str) -> anyhow::Result<Self> {
        let parts: Vec<_> = token.split('.').collect();
        let &[header, claims, _] = parts.as_slice() else {
            let count = parts.len();
            bail!("this is no token: one has three parts with dots between, and this has {count}");
        };
        Ok(Self {
            header: object(header).context("its header cannot be read")?,
            claims: object(claims).context("its claims cannot be read")?,
        })
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }
}

fn object(part: &str) -> anyhow::Result<Map<String, Value>> {
    let json = base64url::decode(part).map_err(|_| anyhow::anyhow!("it is not base64url"))?;
    serde_json::from_slice(&json).context("it is no JSON object")
}

async fn check(
    token: &str,
    decoded: &Decoded,
    arguments: &InspectArguments,
) -> anyhow::Result<Verdict> {
    let Some(authority) = authority(arguments)? else {
        let advice = "give --server, or --data for a development server";
        return Ok(Verdict::NotChecked(advice.to_owned()));
    };
    let (Some(tenant), Some(audience)) = (decoded.text("tid"), decoded.text("aud")) else {
        let reason = "it has no tid or no aud, as access tokens have";
        return Ok(Verdict::Refused(reason.to_owned()));
    };
    let builder = Validator::builder()
        .authority(&authority.base_url)
        .tenant(tenant)
        .audience(arguments.audience.as_deref().unwrap_or(audience));
    let builder = match &authority.roots {
        Some(roots) => builder.root_certificates_pem(roots.as_slice()),
        None => builder,
    };
    let validator = match builder.build() {
        Ok(validator) => validator,
        Err(countersign_validate::BuildError::Tenant(_)) => {
            return Ok(Verdict::Refused("its tid is no GUID".to_owned()));
        }
        Err(countersign_validate::BuildError::NoAudience) => {
            return Ok(Verdict::Refused("its aud is empty".to_owned()));
        }
        Err(error) => return Err(error.into()),
    };
    match validator.validate(token).await {
        Ok(_) => Ok(Verdict::Good),
        Err(countersign_validate::Rejection::KeysUnavailable) => {
            let at = &authority.base_url;
            let reason = format!("the keys of this tenant cannot be fetched from {at}");
            Ok(Verdict::NotChecked(reason))
        }
        Err(rejection) => Ok(Verdict::Refused(rejection.to_string())),
    }
}

fn authority(arguments: &InspectArguments) -> anyhow::Result<Option<Authority>> {
    if let Some(server) = &arguments.server {
        let roots = arguments.ca_file.as_deref().map(read).transpose()?;
        return Ok(Some(Authority {
            base_url: server.clone(),
            roots,
        }));
    }
    let Ok(document) = DataDirectory::new(&arguments.data).read_document() else {
        return Ok(None);
    };
    Ok(Some(Authority {
        roots: Some(read(Path::new(&document.ca_file))?),
        base_url: document.base_url,
    }))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

impl Verdict {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Good => ExitCode::SUCCESS,
            Self::Refused(_) => ExitCode::FAILURE,
            Self::NotChecked(_) => ExitCode::from(NOT_CHECKED),
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Good => None,
            Self::Refused(reason) | Self::NotChecked(reason) => Some(reason),
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Good => "good: its signature holds, and now is between its times".to_owned(),
            Self::Refused(reason) => format!("refused: {reason}"),
            Self::NotChecked(reason) => format!("not checked: {reason}"),
        }
    }
}

fn to_json(decoded: &Decoded, verdict: &Verdict) -> Value {
    let accepted = match verdict {
        Verdict::Good => Some(true),
        Verdict::Refused(_) => Some(false),
        Verdict::NotChecked(_) => None,
    };
    json!({
        "accepted": accepted,
        "reason": verdict.reason(),
        "header": decoded.header,
        "claims": decoded.claims,
    })
}

fn explained(decoded: &Decoded, verdict: &Verdict, now: Timestamp) -> String {
    let header = members(&decoded.header, now, meaning::of_header);
    let claims = members(&decoded.claims, now, meaning::of_claim);
    let verdict = escaped(&verdict.sentence());
    format!("{verdict}\n\nHeader\n{header}\nClaims\n{claims}")
}

/// Two lines for each member: what stands there, and what that means.
fn members(
    members: &Map<String, Value>,
    now: Timestamp,
    meaning: fn(&str) -> &'static str,
) -> String {
    let lines = members.iter().map(|(name, value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let readable = readable(name, value, now);
        let (name_shown, text) = (escaped(name), escaped(&text));
        let meaning = meaning(name);
        format!("  {name_shown}: {text}{readable}\n      {meaning}\n")
    });
    lines.collect()
}

/// A date, or what a code stands for.
fn readable(name: &str, value: &Value, now: Timestamp) -> String {
    let text = match (name, value.as_i64()) {
        ("exp" | "nbf" | "iat", Some(seconds)) if (0..253_402_300_800).contains(&seconds) => {
            let minutes = (seconds - now.unix_seconds()) / 60;
            let instant = Timestamp::from_unix_seconds(seconds);
            match minutes {
                0.. => format!("{instant}, in {minutes} minutes"),
                _ => format!("{instant}, {} minutes ago", -minutes),
            }
        }
        _ => meaning::of_value(name, value).to_owned(),
    };
    match text.as_str() {
        "" => text,
        text => format!("  ({text})"),
    }
}

/// Without what a terminal would take for a command.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        format!("{}.{}.AAAA", part(header), part(claims))
    }

    #[test]
    fn members_are_explained_and_cannot_command_the_terminal() {
        let token = token(
            &json!({"alg": "none"}),
            &json!({"exp": 1_800_000_000, "aud": "\u{1b}[2Japi", "roles": ["A"], "appidacr": "1"}),
        );
        let decoded = Decoded::read(&token).expect("a token");
        let verdict = Verdict::Refused("\u{7}".to_owned());
        let now = Timestamp::from_unix_seconds(1_800_000_000 - 3_600);
        let text = explained(&decoded, &verdict, now);
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text}");
        for told in [
            "refused: ",
            "alg: none  (no signature)",
            "exp: 1800000000  (2027-01-15T08:00:00Z, in 60 minutes)",
            "appidacr: 1  (a client secret)",
            "roles: [\"A\"]",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }

    #[test]
    fn what_is_no_token_is_told() {
        for (text, told) in [
            ("a.b", "this has 2"),
            ("a.b.c.d", "this has 4"),
            ("?.e30.AAAA", "its header cannot be read"),
            ("e30.W10.AAAA", "its claims cannot be read"),
        ] {
            let error = Decoded::read(text).err().expect("no token");
            assert!(format!("{error:#}").contains(told), "{text}: {error:#}");
        }
        let encrypted = signed("a.b.c.d.e", None).expect_err("no key");
        assert!(encrypted.to_string().contains("--decryption-key"));
    }
}
