//! AST-01 to AST-39: assertions that an application signs itself.

mod accepted;
mod authority;
mod claims;
pub(crate) mod forge;
mod headers;
mod keys;
mod malformed;
mod policy;
pub(crate) mod vectors;

use crate::answer::Expected;
use crate::request::{Request, post_v1, post_v2};
use crate::sample::{self, CONTOSO, DAEMON, FABRIKAM, FOREIGNER, FOREIGNER_SECRET, VISITOR};
use crate::stage::Stage;

use forge::{Draft, FIRST, Pair, SECOND, THIRD, form};

/// Registered by B.
static VISITORS: std::sync::LazyLock<Pair> = std::sync::LazyLock::new(|| {
    Pair::new(countersign_token::Algorithm::Es256, "Visitor", 2020..2040)
});

/// A key id that an assertion may name.
const KEY_ID: &str = "dddddddd-0000-4000-8000-0000000000f1";

/// The sample directory, where A has three certificates and B has one.
fn directory() -> String {
    let first = format!(
        "{{key: \"{}\", displayName: first, keyId: {KEY_ID}}}",
        FIRST.base64()
    );
    let certificates = format!("[{first}, {}, {}]", entry(&SECOND), entry(&THIRD));
    let directory = with(
        &sample::directory(),
        DAEMON,
        "keyCredentials",
        &certificates,
    );
    with(
        &directory,
        VISITOR,
        "keyCredentials",
        &format!("[{}]", entry(&VISITORS)),
    )
}

/// A certificate as the directory file takes it.
fn entry(pair: &Pair) -> String {
    format!("{{key: \"{}\"}}", pair.base64())
}

/// The directory with one more key for an application.
pub(crate) fn with(directory: &str, app_id: &str, key: &str, value: &str) -> String {
    let line = format!("    appId: {app_id}\n");
    assert_eq!(directory.matches(&line).count(), 1, "{app_id}");
    directory.replace(&line, &format!("{line}    {key}: {value}\n"))
}

fn stage() -> Stage {
    Stage::with_directory(&directory())
}

/// The v2.0 token endpoint of T.
pub(crate) fn endpoint(stage: &Stage) -> String {
    format!("{}/{CONTOSO}/oauth2/v2.0/token", stage.base_url())
}

/// A good assertion of A.
fn good(stage: &Stage) -> Draft {
    Draft::new(&FIRST, &endpoint(stage))
}

/// What A sends with an assertion.
pub(crate) fn daemon(assertion: &str) -> Request {
    post_v2(CONTOSO, &form(DAEMON, assertion))
}

/// Access tokens of this platform in every form: both versions, of two tenants. Where the ledger's
/// tokens are signed with another algorithm, that too.
pub(crate) fn own_tokens(stage: &Stage) -> Vec<(String, String)> {
    let ledger = || {
        sample::v2()
            .without("scope")
            .and("resource", "https://ledger.contoso.example")
    };
    let stock = sample::v2()
        .with("client_id", FOREIGNER)
        .with("client_secret", FOREIGNER_SECRET)
        .with("scope", "api://stock/.default");
    let requests = [
        post_v2(CONTOSO, &sample::v2()),
        post_v1(CONTOSO, &ledger()),
        post_v2(FABRIKAM, &stock),
    ];
    let issued = requests.map(|request| {
        let issued = stage.issued("own token", &request);
        let (claims, header) = (&issued.claims, &issued.header);
        let case = format!("{} {} {}", claims["ver"], claims["tid"], header["alg"]);
        (
            case,
            issued.reply["access_token"]
                .as_str()
                .expect("text")
                .to_owned(),
        )
    });
    issued.into()
}

/// Checks what becomes of an assertion, and that it is found nowhere afterwards.
pub(crate) fn check(stage: &Stage, case: &str, assertion: &str, expected: Expected) {
    let signature = assertion.rsplit('.').next().unwrap_or_default();
    if signature.len() >= 40 {
        stage.watch_for(assertion);
    }
    stage.check(case, &daemon(assertion), expected);
}
