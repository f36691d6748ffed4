//! Who the client is: the state of its application, and the check of its secret.

use super::error::{self, OauthError};
use crate::clock::Timestamp;
use crate::directory::{ApplicationInTenant, PasswordCredential, ServicePrincipal, Tenant};
use crate::ids::AppId;
use crate::secret::SecretHash;

/// The client's service principal, if the client may ask for tokens in this tenant at all.
///
/// `client` is what the directory knows of `app_id`; a single-tenant application of another tenant
/// is answered like an unknown one, so tenants do not learn of each other's applications.
pub fn usable_client<'d>(
    tenant: &Tenant,
    app_id: AppId,
    client: Option<&'d ApplicationInTenant>,
) -> Result<(&'d ApplicationInTenant, &'d ServicePrincipal), OauthError> {
    let app_id_text = app_id.to_string();
    let client = client.filter(|client| client.is_visible()).ok_or_else(|| {
        error::APPLICATION_NOT_FOUND
            .with(&[("app_id", &app_id_text), ("tenant", &tenant.display_name)])
    })?;
    let service_principal = client.service_principal.as_ref().ok_or_else(|| {
        error::SERVICE_PRINCIPAL_MISSING.with(&[
            ("app_id", &app_id_text),
            ("tenant_id", &tenant.id.to_string()),
        ])
    })?;
    if client.application.is_disabled || !service_principal.account_enabled {
        let name = &client.application.display_name;
        return Err(error::APPLICATION_DISABLED.with(&[("app_id", &app_id_text), ("name", name)]));
    }
    if client.application.is_fallback_public_client {
        return Err(error::CLIENT_IS_PUBLIC.plain());
    }
    Ok((client, service_principal))
}

/// The stored secret that was offered, if it is current.
///
/// Every stored hash is compared, so the time tells nothing about which one matched. An expired
/// secret is told apart from a wrong one only to a caller who knows the secret.
pub fn check_secret<'d>(
    client: &'d ApplicationInTenant,
    offered: &SecretHash,
    now: Timestamp,
) -> Result<&'d PasswordCredential, OauthError> {
    let mut current = None;
    let mut ended = None;
    for password in &client.passwords {
        if password.hash.matches(offered) {
            let slot = if password.is_valid_at(now) {
                &mut current
            } else {
                &mut ended
            };
            *slot = Some(password);
        }
    }
    current.ok_or_else(|| {
        let app_id = client.application.app_id.to_string();
        match ended {
            Some(password) => {
                let state = if password.end_at <= now {
                    "expired"
                } else {
                    "not yet valid"
                };
                error::SECRET_NOT_CURRENT.with(&[("app_id", &app_id), ("state", state)])
            }
            None => error::SECRET_WRONG.with(&[("app_id", &app_id)]),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::grant::tests::{application, instance, tenant};
    use crate::secret::{Pepper, Secret};

    fn number<T>(result: Result<T, OauthError>) -> Result<(), u32> {
        result.map(drop).map_err(|error| error.kind.number)
    }

    #[test]
    fn the_applications_state_is_told() {
        let tenant = tenant(1);
        let client = instance(&tenant, application(1, 2));
        let app_id = client.application.app_id;
        assert_eq!(
            number(usable_client(&tenant, app_id, Some(&client))),
            Ok(())
        );
        assert_eq!(number(usable_client(&tenant, app_id, None)), Err(700_016));

        let mut without = client.clone();
        without.service_principal = None;
        assert_eq!(
            number(usable_client(&tenant, app_id, Some(&without))),
            Err(7_000_229)
        );

        let mut disabled = client.clone();
        disabled.application.is_disabled = true;
        assert_eq!(
            number(usable_client(&tenant, app_id, Some(&disabled))),
            Err(7_000_112)
        );

        let mut disabled = client.clone();
        disabled
            .service_principal
            .as_mut()
            .expect("made above")
            .account_enabled = false;
        assert_eq!(
            number(usable_client(&tenant, app_id, Some(&disabled))),
            Err(7_000_112)
        );

        let mut public = client.clone();
        public.application.is_fallback_public_client = true;
        assert_eq!(
            number(usable_client(&tenant, app_id, Some(&public))),
            Err(700_025)
        );
    }

    #[test]
    fn another_tenants_application_looks_unknown_unless_it_is_multi_tenant() {
        let here = tenant(1);
        let mut foreign = instance(&here, application(9, 2));
        foreign.service_principal = None;
        let app_id = foreign.application.app_id;
        assert_eq!(
            number(usable_client(&here, app_id, Some(&foreign))),
            Err(700_016)
        );
        foreign.application.sign_in_audience =
            crate::directory::SignInAudience::AzureADMultipleOrgs;
        assert_eq!(
            number(usable_client(&here, app_id, Some(&foreign))),
            Err(7_000_229)
        );
    }

    #[test]
    fn secrets_are_current_ended_early_or_wrong() {
        let pepper = Pepper::new(&[1; 32]);
        let tenant = tenant(1);
        let mut client = instance(&tenant, application(1, 2));
        let app_id = client.application.app_id;
        let at = Timestamp::from_unix_seconds;
        for (index, (secret, start, end)) in
            [("one", 0, 100), ("two", 0, 1_000), ("later", 500, 1_000)]
                .into_iter()
                .enumerate()
        {
            client.passwords.push(PasswordCredential {
                key_id: crate::ids::KeyId::new(uuid::Uuid::from_u128(index as u128)),
                application_id: client.application.id,
                service_principal_id: None,
                display_name: None,
                hint: String::new(),
                hash: pepper.hash(app_id, &Secret::new(secret.into())),
                start_at: at(start),
                end_at: at(end),
            });
        }
        let check = |secret: &[u8], now| {
            number(check_secret(
                &client,
                &pepper.hash_bytes(app_id, secret),
                at(now),
            ))
        };
        assert_eq!(check(b"one", 99), Ok(()));
        assert_eq!(check(b"one", 100), Err(7_000_222));
        assert_eq!(check(b"two", 100), Ok(()));
        assert_eq!(check(b"later", 499), Err(7_000_222));
        assert_eq!(check(b"later", 500), Ok(()));
        assert_eq!(check(b"three", 50), Err(7_000_215));
        assert_eq!(check(b"", 50), Err(7_000_215));
    }
}
