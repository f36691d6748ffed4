//! A tenant in which much is going on.

use std::iter;
use std::sync::Arc;

use anyhow::{Context, Result};
use base64::prelude::{BASE64_STANDARD, Engine};
use countersign_domain::account::{AuthenticationMethod, Session, SessionToken};
use countersign_domain::clock::{Clock, Timestamp};
use countersign_domain::directory::{
    AppRole, AppRoleAssignment, Application, AuditRecord, DirectoryRole,
    FederatedIdentityCredential, KeyCredential, KeyTrust, MemberType, Owned, Owner, Ownership,
    PasswordCredential, RegisteredCertificate, RequiredResourceAccess, ResourceAccess,
    ResourceAccessType, ServicePrincipal, ServicePrincipalDetails, SubjectMatcher, User, Write,
};
use countersign_domain::ids::{
    AppId, AppRoleId, ApplicationId, AssignmentId, CorrelationId, FederatedCredentialId, KeyId,
    ServicePrincipalId, TenantId, TraceId, UserId,
};
use countersign_server::{SystemClock, SystemRandom};
use countersign_store::Db;
use countersign_testkit::issuer::IssuerKey;
use countersign_token::Algorithm;

use super::logs::{self, Client};
use crate::world::{Database, World};

/// Roles, secrets and federated credentials of the application that is looked at.
const MANY: u32 = 20;

const OWNERS: usize = 5;

/// Applications of one commit.
const BATCH: u32 = 1_000;

/// What pages are about, and who looks at them.
pub(super) struct Filled {
    pub(super) tenant_id: TenantId,
    /// The cookie of somebody who has signed in, a Global Administrator.
    pub(super) token: SessionToken,
    /// One of the administrators.
    pub(super) person: UserId,
    /// An application with as much of everything as one has.
    pub(super) application: ApplicationId,
    /// Its service principal.
    pub(super) principal: ServicePrincipalId,
    /// The service principal that all applications have a role of.
    pub(super) resource: ServicePrincipalId,
    /// An application that asks for roles and has none.
    pub(super) asking: AppId,
    /// The client with the most sign-ins.
    pub(super) busiest: AppId,
    pub(super) sign_in: TraceId,
}

impl Filled {
    /// Fills an empty world: applications with a secret, a service principal and a role each, some
    /// with certificates and federated credentials, administrators, and logs.
    pub(super) async fn make(
        world: &World,
        database: &Database,
        applications: u32,
    ) -> Result<Self> {
        let db = Db::open(&database.url(world.path())).await?;
        let maker = Maker::new(&db, world.tenant_id).await?;
        let (resource, roles) = maker.resource(&db).await?;
        let clients = maker.clients(&db, applications, &resource, &roles).await?;
        let people = maker.people(&db).await?;
        let (person, token) = (people[0], session(&db, world.tenant_id, people[0]).await?);
        let application = maker.detailed(&db, &resource, &roles, &people).await?;
        let asking = maker.asking(&db, &resource, &roles).await?;
        let sign_in = logs::sign_ins(&db, &clients, resource.app_id).await?;
        logs::audit_records(&db, world.tenant_id, person, &clients, application.id).await?;
        db.close().await;
        Ok(Self {
            tenant_id: world.tenant_id,
            token,
            person,
            application: application.id,
            principal: application.principal.id,
            resource: resource.id,
            asking,
            busiest: clients[0].principal.app_id,
            sign_in,
        })
    }
}

/// What everything is made after.
struct Maker {
    tenant_id: TenantId,
    now: Timestamp,
    application: Application,
    secret: PasswordCredential,
    certificate: Arc<RegisteredCertificate>,
}

impl Maker {
    async fn new(db: &Db, tenant_id: TenantId) -> Result<Self> {
        let state = db.tenant_state(tenant_id).await?.context("the tenant")?;
        let mut applications = state.applications.into_iter();
        let application = applications.find(|one| one.display_name == "Client");
        let application = application.context("the client to copy")?;
        let mut passwords = state.passwords.into_iter();
        let secret = passwords.find(|one| one.application_id == application.id);
        let key = IssuerKey::new("certificate", Algorithm::Rs256);
        let chain = key.jwk().x5c.as_deref().unwrap_or_default();
        let der = BASE64_STANDARD.decode(chain.first().context("a certificate")?)?;
        Ok(Self {
            tenant_id,
            now: SystemClock.now(),
            application,
            secret: secret.context("its secret")?,
            certificate: Arc::new(RegisteredCertificate::from_der(&der)?),
        })
    }

    async fn commit(&self, db: &Db, writes: &[Write]) -> Result<()> {
        let record = AuditRecord::of_command(
            self.now,
            "Make the directory that is measured",
            CorrelationId::random(&SystemRandom),
            Vec::new(),
        );
        Ok(db.commit(writes, &record).await?)
    }

    fn named(&self, display_name: String) -> Application {
        Application {
            id: ApplicationId::random(&SystemRandom),
            app_id: AppId::random(&SystemRandom),
            display_name,
            ..self.application.clone()
        }
    }

    fn principal_of(&self, application: &Application) -> ServicePrincipal {
        ServicePrincipal {
            id: ServicePrincipalId::random(&SystemRandom),
            tenant_id: self.tenant_id,
            app_id: application.app_id,
            account_enabled: true,
            app_role_assignment_required: false,
            details: ServicePrincipalDetails::default(),
            created_at: self.now,
        }
    }

    /// Ends are spread over two years from a month ago on.
    fn secret_of(&self, application: ApplicationId, number: u32) -> PasswordCredential {
        let day = 86_400;
        PasswordCredential {
            key_id: KeyId::random(&SystemRandom),
            application_id: application,
            display_name: Some(format!("Secret {number}")),
            start_at: self.now.plus_seconds(-60 * day),
            end_at: self.now.plus_seconds((i64::from(number % 730) - 30) * day),
            ..self.secret.clone()
        }
    }

    fn certificate_of(&self, application: ApplicationId, number: u32) -> Write {
        let (start_at, end_at) = self.certificate.validity();
        Write::AddKey {
            tenant_id: self.tenant_id,
            key: KeyCredential {
                key_id: KeyId::random(&SystemRandom),
                application_id: application,
                service_principal_id: None,
                display_name: Some(format!("Certificate {number}")),
                certificate: self.certificate.clone(),
                trust: KeyTrust::Certificate,
                start_at,
                end_at,
            },
        }
    }

    fn federated_of(&self, application: ApplicationId, number: u32) -> Write {
        let subject = format!("system:serviceaccount:{application}:worker-{number}");
        Write::AddFederatedCredential {
            tenant_id: self.tenant_id,
            credential: FederatedIdentityCredential {
                id: FederatedCredentialId::random(&SystemRandom),
                application_id: application,
                name: format!("cluster-{number}"),
                issuer: "https://cluster.example".to_owned(),
                subject: SubjectMatcher::Subject(subject),
                audiences: vec!["api://AzureADTokenExchange".to_owned()],
                description: Some("Workers of the cluster".to_owned()),
                keys: None,
            },
        }
    }

    fn assigned(
        &self,
        principal: ServicePrincipalId,
        resource: ServicePrincipalId,
        role: AppRoleId,
    ) -> Write {
        Write::AddAssignment(AppRoleAssignment {
            id: AssignmentId::random(&SystemRandom),
            tenant_id: self.tenant_id,
            principal_id: principal,
            resource_id: resource,
            app_role_id: role,
            created_at: self.now,
        })
    }

    /// A service with roles.
    async fn resource(&self, db: &Db) -> Result<(ServicePrincipal, Vec<AppRoleId>)> {
        let application = Application {
            app_roles: roles(),
            ..self.named("Orders".to_owned())
        };
        let principal = self.principal_of(&application);
        let roles = application.app_roles.iter().map(|role| role.id).collect();
        let writes = [
            Write::AddApplication(application),
            Write::AddServicePrincipal(principal.clone()),
        ];
        self.commit(db, &writes).await?;
        Ok((principal, roles))
    }

    async fn clients(
        &self,
        db: &Db,
        count: u32,
        resource: &ServicePrincipal,
        roles: &[AppRoleId],
    ) -> Result<Vec<Client>> {
        let mut clients = Vec::new();
        for begin in (0..count).step_by(BATCH as usize) {
            let mut writes = Vec::new();
            for number in begin..count.min(begin + BATCH) {
                let (client, more) = self.client(number);
                let role = roles[number as usize % roles.len()];
                writes.extend(more);
                writes.push(self.assigned(client.principal.id, resource.id, role));
                clients.push(client);
            }
            self.commit(db, &writes).await?;
        }
        Ok(clients)
    }

    fn client(&self, number: u32) -> (Client, Vec<Write>) {
        let application = self.named(format!("Client {number}"));
        let (id, principal) = (application.id, self.principal_of(&application));
        let password = self.secret_of(id, number);
        let client = Client {
            id,
            key_id: password.key_id,
            principal: principal.clone(),
        };
        let mut writes = vec![
            Write::AddApplication(application),
            Write::AddServicePrincipal(principal),
            Write::AddPassword {
                tenant_id: self.tenant_id,
                password,
            },
        ];
        if number.is_multiple_of(50) {
            writes.push(self.certificate_of(id, number));
        }
        if number.is_multiple_of(10) {
            writes.push(self.federated_of(id, number));
        }
        (client, writes)
    }

    /// An application with much of everything.
    async fn detailed(
        &self,
        db: &Db,
        resource: &ServicePrincipal,
        granted: &[AppRoleId],
        people: &[UserId],
    ) -> Result<Client> {
        let mut application = Application {
            app_roles: roles(),
            identifier_uris: vec!["api://billing".to_owned()],
            ..self.named("Billing".to_owned())
        };
        application.manifest.required_resource_access = vec![asked(resource.app_id, granted)];
        let (id, principal) = (application.id, self.principal_of(&application));
        let secrets = (0..MANY).map(|number| Write::AddPassword {
            tenant_id: self.tenant_id,
            password: self.secret_of(id, number),
        });
        let owners = people.iter().take(OWNERS).map(|person| {
            Write::AddOwner(Ownership {
                tenant_id: self.tenant_id,
                object: Owned::Application(id),
                owner: Owner::User(*person),
            })
        });
        let granted = granted.iter();
        let writes = [
            Write::AddApplication(application),
            Write::AddServicePrincipal(principal.clone()),
        ]
        .into_iter()
        .chain(secrets)
        .chain((0..3).map(|number| self.certificate_of(id, number)))
        .chain((0..MANY).map(|number| self.federated_of(id, number)))
        .chain(granted.map(|role| self.assigned(principal.id, resource.id, *role)))
        .chain(owners);
        self.commit(db, &writes.collect::<Vec<_>>()).await?;
        Ok(Client {
            id,
            key_id: KeyId::random(&SystemRandom),
            principal,
        })
    }

    /// An application that has not been consented to yet.
    async fn asking(
        &self,
        db: &Db,
        resource: &ServicePrincipal,
        wanted: &[AppRoleId],
    ) -> Result<AppId> {
        let mut application = self.named("Reports".to_owned());
        let manifest = &mut application.manifest;
        manifest.web.redirect_uris = vec!["https://reports.example/connected".to_owned()];
        manifest.required_resource_access = vec![asked(resource.app_id, wanted)];
        let app_id = application.app_id;
        self.commit(db, &[Write::AddApplication(application)])
            .await?;
        Ok(app_id)
    }

    /// Administrators, the first of them with every right.
    async fn people(&self, db: &Db) -> Result<Vec<UserId>> {
        let roles = iter::once(DirectoryRole::GlobalAdministrator)
            .chain(iter::repeat(DirectoryRole::ApplicationAdministrator));
        let mut people = Vec::new();
        let mut writes = Vec::new();
        for (number, role) in (0..MANY).zip(roles) {
            let user = self.user(number);
            let (tenant_id, user_id) = (self.tenant_id, user.id);
            people.push(user_id);
            writes.push(Write::AddUser(user));
            writes.push(Write::AddRoleMember {
                tenant_id,
                user_id,
                role,
            });
        }
        // The pages about tenants too are the first one's.
        writes.push(Write::AddRoleMember {
            tenant_id: self.tenant_id,
            user_id: people[0],
            role: DirectoryRole::TenantCreator,
        });
        self.commit(db, &writes).await?;
        Ok(people)
    }

    fn user(&self, number: u32) -> User {
        User {
            id: UserId::random(&SystemRandom),
            tenant_id: self.tenant_id,
            user_principal_name: format!("administrator{number}@bench.example"),
            display_name: format!("Administrator {number}"),
            given_name: None,
            surname: None,
            mail: None,
            job_title: None,
            account_enabled: true,
            created_at: self.now,
        }
    }
}

fn roles() -> Vec<AppRole> {
    let role = |number| AppRole {
        id: AppRoleId::random(&SystemRandom),
        value: Some(format!("Orders.Read.Region{number}")),
        display_name: Some(format!("Read the orders of region {number}")),
        description: Some("Allows an application to read orders, and who placed them.".to_owned()),
        allowed_member_types: vec![MemberType::Application],
        is_enabled: true,
    };
    (0..MANY).map(role).collect()
}

fn asked(resource: AppId, roles: &[AppRoleId]) -> RequiredResourceAccess {
    let access = |id: &AppRoleId| ResourceAccess {
        id: *id,
        kind: ResourceAccessType::Role,
    };
    RequiredResourceAccess {
        resource_app_id: resource,
        resource_access: roles.iter().map(access).collect(),
    }
}

/// The session of somebody who has just signed in.
async fn session(db: &Db, tenant_id: TenantId, user_id: UserId) -> Result<SessionToken> {
    let (token, now) = (SessionToken::generate(&SystemRandom), SystemClock.now());
    let session = Session {
        id: token.hash(),
        tenant_id,
        user_id,
        method: AuthenticationMethod::Passkey,
        created_at: now,
        authenticated_at: now,
        seen_at: now,
    };
    db.begin_session(&session, 0).await?;
    Ok(token)
}
