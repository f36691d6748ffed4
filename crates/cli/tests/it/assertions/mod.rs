//! AST-01 to AST-39: assertions that an application signs itself.

mod accepted;
mod claims;
pub(crate) mod forge;
mod headers;
mod keys;
mod malformed;
mod policy;

use crate::answer::Expected;
use crate::request::{Request, post_v2};
use crate::sample::{self, CONTOSO, DAEMON, VISITOR};
use crate::stage::Stage;

use forge::{Draft, FIRST, Pair, SECOND, form};

/// Registered by B.
static VISITORS: std::sync::LazyLock<Pair> = std::sync::LazyLock::new(|| {
    Pair::new(countersign_token::Algorithm::Es256, "Visitor", 2020..2040)
});

/// A key id that an assertion may name.
const KEY_ID: &str = "dddddddd-0000-4000-8000-0000000000f1";

/// The sample directory, where A has two certificates and B has one.
fn directory() -> String {
    let first = format!(
        "{{key: \"{}\", displayName: first, keyId: {KEY_ID}}}",
        FIRST.base64()
    );
    let certificates = format!("[{first}, {}]", entry(&SECOND));
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

/// Checks what becomes of an assertion, and that it is found nowhere afterwards.
pub(crate) fn check(stage: &Stage, case: &str, assertion: &str, expected: Expected) {
    let signature = assertion.rsplit('.').next().unwrap_or_default();
    if signature.len() >= 40 {
        stage.watch_for(assertion);
    }
    stage.check(case, &daemon(assertion), expected);
}
