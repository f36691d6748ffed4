//! One record and one count for each attempt of a person to sign in. What was typed is in neither: a
//! password in the field of the user name must not end in a log.

use countersign_domain::account::{AuthenticationMethod, throttle};
use countersign_domain::directory::{ClientCredentialType, SignIn, User};
use countersign_domain::ids::AppId;
use uuid::Uuid;

use super::Browser;

/// The portal's client id, as the original's portal has it.
const PORTAL: AppId = AppId::new(Uuid::from_u128(0xc44b_4083_3bb0_49c1_b47d_974e_53cb_df3c));

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A session began.
    SignedIn,
    /// What was shown proves nothing.
    Refused,
    /// The password was right, and the code is still to come.
    CodeWanted,
    /// The password was right and the code was not.
    CodeRefused,
    /// Nobody looked, after too many failures.
    Throttled,
    /// The account is disabled.
    Disabled,
}

impl Outcome {
    /// The AADSTS number, and why, for the administrators of the tenant.
    const fn record(self) -> (u32, Option<&'static str>) {
        match self {
            Self::SignedIn => (0, None),
            Self::Refused => (50_126, Some("What was shown to sign in is not valid.")),
            Self::CodeWanted => (
                50_074,
                Some("The password is right; the code of the authenticator app was asked for."),
            ),
            Self::CodeRefused => (
                500_121,
                Some("The password is right; the code of the authenticator app is not."),
            ),
            Self::Throttled => (
                50_053,
                Some("Not looked at: there were too many failed sign-ins before."),
            ),
            Self::Disabled => (50_057, Some("The account is disabled.")),
        }
    }
}

/// Records an attempt; of those that nobody looked at one a minute, with how many more there were. The
/// user is known by what was found, never by what was claimed.
pub(super) fn record(
    browser: &Browser,
    method: AuthenticationMethod,
    user: Option<&User>,
    outcome: Outcome,
) {
    let (error_code, reason) = outcome.record();
    let (state, context) = (&browser.state, &browser.context);
    state.metrics.person_sign_in(method, error_code);
    let mut reason = reason.map(str::to_owned);
    if outcome == Outcome::Throttled {
        let whose = match user {
            Some(user) => user.id.to_string(),
            None => throttle::address_key(context.source),
        };
        match state.sign_ins.admit_throttled(&whose, context.now) {
            None => return,
            Some(0) => {}
            Some(more) => reason = reason.map(|reason| format!("{reason} And {more} more before.")),
        }
    }
    state.sign_ins.record(SignIn {
        id: context.trace_id,
        at: context.now,
        tenant_id: user.map(|user| user.tenant_id),
        correlation_id: context.correlation_id(),
        app_id: Some(PORTAL),
        service_principal_id: None,
        resource_app_id: None,
        credential_type: ClientCredentialType::None,
        credential_key_id: None,
        error_code,
        reason,
        ip_address: context.source.to_string(),
        is_assertion_reused: false,
        user_id: user.map(|user| user.id),
    });
}
