//! The same random operations on both databases must give the same answers, errors included.

use countersign_domain::directory::{
    AppRoleAssignment, Application, FederatedIdentityCredential, KeyCredential, PasswordCredential,
    ResourceName, ServicePrincipal, SubjectMatcher, Tenant, User, Write,
};
use countersign_domain::ids::{AppRoleId, ApplicationId, TenantId};
use countersign_store::{Db, StoreError};

use crate::sample::{NOW, Sample, domain, text};
use crate::support::{Place, run};

const STEPS: usize = 400;

#[test]
fn both_databases_answer_a_random_script_alike() {
    run(async {
        let sqlite = play(&Place::sqlite(), 42).await;
        let postgres = play(&Place::postgres(), 42).await;
        for (step, (left, right)) in sqlite.iter().zip(&postgres).enumerate() {
            assert_eq!(left, right, "step {step}");
        }
        assert_eq!(sqlite.len(), postgres.len());
        // A script that is mostly refused, or never, would compare little.
        let refused = sqlite
            .iter()
            .filter(|step| step.contains("refused"))
            .count();
        assert!((STEPS / 10..STEPS * 2 / 3).contains(&refused), "{refused}");
    });
}

/// What the script has made so far. What it has deleted stays in the lists, so that some steps are
/// refused.
struct Script {
    sample: Sample,
    tenants: Vec<Tenant>,
    made: Made,
}

#[derive(Clone, Default)]
struct Made {
    applications: Vec<Application>,
    principals: Vec<ServicePrincipal>,
    passwords: Vec<PasswordCredential>,
    keys: Vec<KeyCredential>,
    federated: Vec<FederatedIdentityCredential>,
    assignments: Vec<AppRoleAssignment>,
    users: Vec<User>,
}

/// One line per step: what was answered.
async fn play(place: &Place, seed: u64) -> Vec<String> {
    let db = place.open().await;
    let sample = Sample::new(seed);
    let tenants = vec![sample.tenant("Contoso"), sample.tenant("Fabrikam")];
    let adds: Vec<Write> = tenants.iter().cloned().map(Write::AddTenant).collect();
    sample.commit(&db, &adds).await.expect("both are new");
    let mut script = Script {
        sample,
        tenants,
        made: Made::default(),
    };
    let mut answers = Vec::new();
    for _ in 0..STEPS {
        let before = script.made.clone();
        let count = 1 + script.below(2);
        let writes: Vec<Write> = (0..count).map(|_| script.write()).collect();
        let done = script.sample.commit(&db, &writes).await;
        if done.is_err() {
            script.made = before;
        }
        answers.push(match done {
            Ok(()) => "done".to_owned(),
            Err(error @ (StoreError::Conflict { .. } | StoreError::NotFound { .. })) => {
                format!("refused: {error}")
            }
            Err(other) => panic!("neither done nor refused: {other:?} for {writes:?}"),
        });
        answers.push(script.ask(&db).await);
    }
    for tenant in &script.tenants {
        answers.push(text(&crate::sample::state(&db, tenant).await));
    }
    answers.push(format!("{:?}", db.changes_since(0).await));
    answers.push(format!("{:?}", db.audit_records(None, 1_000).await));
    answers
}

impl Script {
    fn below(&self, end: usize) -> usize {
        self.sample.random.below(end)
    }

    fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        (!from.is_empty()).then(|| &from[self.below(from.len())])
    }

    fn tenant(&self) -> Tenant {
        self.pick(&self.tenants).expect("there are two").clone()
    }

    fn home_of(&self, id: ApplicationId) -> TenantId {
        let mut applications = self.made.applications.iter();
        applications
            .find(|application| application.id == id)
            .map_or(self.tenants[0].id, |application| application.tenant_id)
    }

    fn uris(&self) -> Vec<String> {
        (0..self.below(3))
            .map(|_| format!("api://Name{}", self.below(30)))
            .collect()
    }

    fn write(&mut self) -> Write {
        loop {
            let kind = self.below(21);
            if let Some(write) = self.adding(kind).or_else(|| self.changing(kind)) {
                return write;
            }
        }
    }

    fn adding(&mut self, kind: usize) -> Option<Write> {
        let tenant = self.tenant();
        Some(match kind {
            0..=2 => {
                let mut application = self.sample.application(&tenant, "Application");
                application.identifier_uris = self.uris();
                self.made.applications.push(application.clone());
                Write::AddApplication(application)
            }
            3 | 4 => {
                let application = self.pick(&self.made.applications)?;
                let principal = self.sample.principal(&tenant, application);
                self.made.principals.push(principal.clone());
                Write::AddServicePrincipal(principal)
            }
            5 => {
                let application = self.pick(&self.made.applications)?;
                let password = self.sample.password(application, "one two three");
                let tenant_id = application.tenant_id;
                self.made.passwords.push(password.clone());
                Write::AddPassword {
                    tenant_id,
                    password,
                }
            }
            6 | 7 => {
                let from = self.pick(&self.made.principals)?;
                // Now and then across tenants, which is refused.
                let is_wild = self.below(8) == 0;
                let mut near = self.made.principals.clone();
                near.retain(|principal| is_wild || principal.tenant_id == from.tenant_id);
                let to = self.pick(&near)?;
                let role = AppRoleId::random(&self.sample.random);
                let role = [AppRoleId::DEFAULT_ACCESS, role][self.below(2)];
                let assignment = self.sample.assignment(from, to, role);
                self.made.assignments.push(assignment.clone());
                Write::AddAssignment(assignment)
            }
            8 => {
                let name = format!("User{}@contoso.example", self.below(9));
                let user = self.sample.user(&tenant, &name);
                self.made.users.push(user.clone());
                Write::AddUser(user)
            }
            17 => {
                let application = self.pick(&self.made.applications)?;
                let key = self.sample.key(application);
                let tenant_id = application.tenant_id;
                self.made.keys.push(key.clone());
                Write::AddKey { tenant_id, key }
            }
            18 => {
                let application = self.pick(&self.made.applications)?;
                let name = format!("name{}", self.below(3));
                let credential = self.sample.federated(application, &name);
                let tenant_id = application.tenant_id;
                self.made.federated.push(credential.clone());
                Write::AddFederatedCredential {
                    tenant_id,
                    credential,
                }
            }
            _ => return None,
        })
    }

    fn changing(&self, kind: usize) -> Option<Write> {
        Some(match kind {
            9 => {
                let mut tenant = self.tenant();
                tenant.is_default = self.below(2) == 0;
                tenant.domains = vec![domain(&format!("d{}.example", self.below(3)))];
                Write::UpdateTenant(tenant)
            }
            10 | 11 => {
                let mut application = self.pick(&self.made.applications)?.clone();
                application.identifier_uris = self.uris();
                application.is_disabled = self.below(2) == 0;
                Write::UpdateApplication(application)
            }
            12 => {
                let application = self.pick(&self.made.applications)?;
                Write::DeleteApplication {
                    tenant_id: application.tenant_id,
                    id: application.id,
                    at: NOW,
                }
            }
            13 => {
                let principal = self.pick(&self.made.principals)?;
                Write::RemoveServicePrincipal {
                    tenant_id: principal.tenant_id,
                    id: principal.id,
                }
            }
            14 => {
                let password = self.pick(&self.made.passwords)?;
                Write::RemovePassword {
                    tenant_id: self.home_of(password.application_id),
                    application_id: password.application_id,
                    key_id: password.key_id,
                }
            }
            15 => {
                let assignment = self.pick(&self.made.assignments)?;
                Write::RemoveAssignment {
                    tenant_id: assignment.tenant_id,
                    id: assignment.id,
                }
            }
            16 => {
                let user = self.pick(&self.made.users)?;
                Write::RemoveUser {
                    tenant_id: user.tenant_id,
                    id: user.id,
                }
            }
            19 => {
                let key = self.pick(&self.made.keys)?;
                Write::RemoveKey {
                    tenant_id: self.home_of(key.application_id),
                    application_id: key.application_id,
                    key_id: key.key_id,
                }
            }
            20 => {
                let mut credential = self.pick(&self.made.federated)?.clone();
                let tenant_id = self.home_of(credential.application_id);
                let subject = format!("subject of name{}", self.below(3));
                credential.subject = SubjectMatcher::Subject(subject);
                Write::UpdateFederatedCredential {
                    tenant_id,
                    credential,
                }
            }
            _ => return None,
        })
    }

    /// Looks something up.
    async fn ask(&self, db: &Db) -> String {
        let tenant_id = self.tenant().id;
        let name = ResourceName::fold(&format!("API://name{}/", self.below(30)));
        let by_name = db.app_id_by_resource_name(tenant_id, &name).await;
        let Some(application) = self.pick(&self.made.applications) else {
            return format!("{by_name:?}");
        };
        let found = db
            .application_in_tenant(tenant_id, application.app_id)
            .await;
        format!("{by_name:?} {found:?}")
    }
}
