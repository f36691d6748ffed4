//! Things to store, each with ids of its own.

use std::sync::{Arc, LazyLock};

use countersign_domain::account::{
    AuthenticationMethod, Authenticator, Passkey, PasswordHash, Session, SessionToken, TokenHash,
};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{
    AppRole, AppRoleAssignment, Application, AssertionPolicy, AuditRecord, ClientCredentialType,
    Domain, FederatedIdentityCredential, KeyCredential, KeyTrust, Manifest, MemberType,
    PasswordCredential, RegisteredCertificate, ServicePrincipal, ServicePrincipalDetails, SignIn,
    SignInAudience, SigningAlgorithm, SubjectMatcher, Tenant, TenantState, User, Write,
};
use countersign_domain::ids::{
    AppId, AppRoleId, ApplicationId, AssignmentId, CorrelationId, FederatedCredentialId, KeyId,
    ServicePrincipalId, TenantId, TraceId, UserId,
};
use countersign_domain::secret::{Pepper, Secret};
use countersign_store::{Db, StoreError};
use countersign_testkit::random::SeededRandom;

/// 2026-11-21T09:00:00Z and a fraction, so that lost microseconds show.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_251_600_123_456);

/// When each credential of an application was used last.
pub(crate) async fn last_used(
    db: &Db,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<Vec<(KeyId, Option<Timestamp>)>, StoreError> {
    let mut view = db.view().await?;
    view.credentials_last_used(tenant_id, id).await
}

/// Signing in without anything in between.
pub(crate) trait BeginNow {
    /// Begins a session, of a user as it is now.
    async fn begin_now(&self, session: &Session) -> Result<(), StoreError>;
}

impl BeginNow for Db {
    async fn begin_now(&self, session: &Session) -> Result<(), StoreError> {
        let account = self.account_of(session.tenant_id, session.user_id).await?;
        let ended = account.map_or(0, |account| account.sessions_ended);
        self.begin_session(session, ended).await
    }
}

/// Makes things whose ids follow from a seed.
pub(crate) struct Sample {
    pub(crate) random: SeededRandom,
}

impl Sample {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: SeededRandom::new(seed),
        }
    }

    pub(crate) fn tenant(&self, name: &str) -> Tenant {
        Tenant {
            id: TenantId::random(&self.random),
            display_name: name.to_owned(),
            domains: vec![],
            is_default: false,
            assertion_policy: AssertionPolicy::default(),
            created_at: NOW,
        }
    }

    pub(crate) fn application(&self, tenant: &Tenant, name: &str) -> Application {
        Application {
            id: ApplicationId::random(&self.random),
            tenant_id: tenant.id,
            app_id: AppId::random(&self.random),
            display_name: name.to_owned(),
            sign_in_audience: SignInAudience::AzureADMyOrg,
            identifier_uris: vec![],
            app_roles: vec![],
            requested_access_token_version: None,
            is_fallback_public_client: false,
            is_disabled: false,
            access_token_lifetime: None,
            access_token_signing_algorithm: SigningAlgorithm::Rs256,
            assertion_policy: AssertionPolicy::default(),
            manifest: Manifest::default(),
            created_at: NOW,
            deleted_at: None,
        }
    }

    pub(crate) fn app_role(&self, value: &str) -> AppRole {
        AppRole {
            id: AppRoleId::random(&self.random),
            value: Some(value.to_owned()),
            display_name: Some(format!("{value} – “quoted”")),
            description: None,
            allowed_member_types: vec![MemberType::Application, MemberType::User],
            is_enabled: true,
        }
    }

    pub(crate) fn principal(&self, tenant: &Tenant, application: &Application) -> ServicePrincipal {
        ServicePrincipal {
            id: ServicePrincipalId::random(&self.random),
            tenant_id: tenant.id,
            app_id: application.app_id,
            account_enabled: true,
            app_role_assignment_required: false,
            details: ServicePrincipalDetails::default(),
            created_at: NOW,
        }
    }

    pub(crate) fn password(&self, application: &Application, text: &str) -> PasswordCredential {
        let secret = Secret::new(text.to_owned());
        PasswordCredential {
            key_id: KeyId::random(&self.random),
            application_id: application.id,
            service_principal_id: None,
            display_name: Some("build server".to_owned()),
            hint: secret.hint(),
            hash: Pepper::new(&[7; Pepper::LENGTH]).hash(application.app_id, &secret),
            start_at: NOW,
            end_at: NOW.plus_seconds(86_400),
        }
    }

    pub(crate) fn key(&self, application: &Application) -> KeyCredential {
        KeyCredential {
            key_id: KeyId::random(&self.random),
            application_id: application.id,
            service_principal_id: None,
            display_name: Some("build server".to_owned()),
            certificate: certificate(0),
            trust: KeyTrust::Certificate,
            start_at: NOW,
            end_at: NOW.plus_seconds(86_400),
        }
    }

    pub(crate) fn federated(
        &self,
        application: &Application,
        name: &str,
    ) -> FederatedIdentityCredential {
        FederatedIdentityCredential {
            id: FederatedCredentialId::random(&self.random),
            application_id: application.id,
            name: name.to_owned(),
            issuer: "https://issuer.example/".to_owned(),
            subject: SubjectMatcher::Subject(format!("subject of {name}")),
            audiences: vec!["api://AzureADTokenExchange".to_owned()],
            description: None,
            keys: None,
        }
    }

    pub(crate) fn assignment(
        &self,
        principal: &ServicePrincipal,
        resource: &ServicePrincipal,
        app_role_id: AppRoleId,
    ) -> AppRoleAssignment {
        AppRoleAssignment {
            id: AssignmentId::random(&self.random),
            tenant_id: principal.tenant_id,
            principal_id: principal.id,
            resource_id: resource.id,
            app_role_id,
            created_at: NOW,
        }
    }

    pub(crate) fn user(&self, tenant: &Tenant, name: &str) -> User {
        User {
            id: UserId::random(&self.random),
            tenant_id: tenant.id,
            user_principal_name: name.to_owned(),
            display_name: format!("Person {name}"),
            given_name: Some("Person".to_owned()),
            surname: None,
            mail: None,
            job_title: Some("Auditor".to_owned()),
            account_enabled: true,
            created_at: NOW,
        }
    }

    pub(crate) fn hash(&self) -> TokenHash {
        SessionToken::generate(&self.random).hash()
    }

    pub(crate) fn session(&self, user: &User, method: AuthenticationMethod) -> Session {
        Session {
            id: self.hash(),
            tenant_id: user.tenant_id,
            user_id: user.id,
            method,
            created_at: NOW,
            authenticated_at: NOW,
            seen_at: NOW,
        }
    }

    pub(crate) fn set_password(&self, user: &User, hash: &str) -> Write {
        Write::SetUserPassword {
            tenant_id: user.tenant_id,
            user_id: user.id,
            hash: PasswordHash::stored(hash.to_owned()),
        }
    }

    pub(crate) fn passkey(&self, user: &User) -> Passkey {
        Passkey {
            id: self.hash().as_str().to_owned(),
            tenant_id: user.tenant_id,
            user_id: user.id,
            display_name: "Security key “blue”".to_owned(),
            algorithm: -257,
            public_key: (0..=255).collect(),
            sign_count: 7,
            is_backed_up: false,
            created_at: NOW,
            last_used_at: None,
        }
    }

    pub(crate) fn authenticator(&self, user: &User) -> Authenticator {
        Authenticator {
            tenant_id: user.tenant_id,
            user_id: user.id,
            sealed_secret: "sealed".to_owned(),
            last_step: 0,
            created_at: NOW,
        }
    }

    pub(crate) fn sign_in(&self, tenant_id: Option<TenantId>, at: Timestamp) -> SignIn {
        SignIn {
            id: TraceId::at(at, &self.random),
            at,
            tenant_id,
            correlation_id: CorrelationId::random(&self.random),
            app_id: None,
            service_principal_id: None,
            resource_app_id: None,
            credential_type: ClientCredentialType::ClientSecret,
            credential_key_id: None,
            error_code: 0,
            reason: None,
            ip_address: "192.0.2.7".to_owned(),
            is_assertion_reused: true,
            user_id: None,
        }
    }

    pub(crate) fn record(&self, activity: &str) -> AuditRecord {
        AuditRecord::of_command(NOW, activity, CorrelationId::random(&self.random), vec![])
    }

    /// Commits under a record of its own.
    pub(crate) async fn commit(&self, db: &Db, writes: &[Write]) -> Result<(), StoreError> {
        db.commit(writes, &self.record("Test")).await
    }

    /// Adds a tenant, and an application with a service principal in it.
    pub(crate) async fn instance(&self, db: &Db, name: &str) -> Instance {
        let tenant = self.tenant(name);
        let application = self.application(&tenant, name);
        let principal = self.principal(&tenant, &application);
        let writes = [
            Write::AddTenant(tenant.clone()),
            Write::AddApplication(application.clone()),
            Write::AddServicePrincipal(principal.clone()),
        ];
        let done = self.commit(db, &writes).await;
        done.expect("a tenant with an application is added");
        Instance {
            tenant,
            application,
            principal,
        }
    }
}

/// An application in its home tenant.
pub(crate) struct Instance {
    pub(crate) tenant: Tenant,
    pub(crate) application: Application,
    pub(crate) principal: ServicePrincipal,
}

/// One of two certificates, the same in every test of a run.
pub(crate) fn certificate(number: usize) -> Arc<RegisteredCertificate> {
    static CERTIFICATES: LazyLock<[Arc<RegisteredCertificate>; 2]> = LazyLock::new(|| {
        ["one.example", "two.example"].map(|name| {
            let made = rcgen::generate_simple_self_signed([name.to_owned()]);
            let made = made.expect("a certificate can be made");
            let read = RegisteredCertificate::from_der(made.cert.der());
            Arc::new(read.expect("it is a certificate"))
        })
    });
    CERTIFICATES[number].clone()
}

pub(crate) fn domain(text: &str) -> Domain {
    Domain::parse(text).expect("a domain name")
}

/// All of a tenant as text. Hashes are never printed, so they are added in their stored form.
pub(crate) fn text(state: &TenantState) -> String {
    let hashes: Vec<String> = state
        .passwords
        .iter()
        .map(|password| password.hash.to_stored())
        .collect();
    format!("{state:#?}\n{hashes:#?}")
}

/// The tenant as it is stored.
pub(crate) async fn state(db: &Db, tenant: &Tenant) -> TenantState {
    let state = db.tenant_state(tenant.id).await;
    state
        .expect("the tenant can be read")
        .expect("the tenant is there")
}
