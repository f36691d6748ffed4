use countersign_domain::directory::{
    Application, Owned, Owner, Ownership, PermissionGrant, ResourceName, ServicePrincipal,
    SignInAudience, Tenant, User, Write,
};
use countersign_domain::graph::selection::{
    ApplicationField, AssignmentField, PermissionGrantField, ServicePrincipalField, UserField,
    Value,
};
use countersign_domain::graph::wire::{assignment_id, permission_grant_id};
use countersign_domain::ids::{AppRoleId, PermissionGrantId, UserId};
use countersign_store::{AssignmentsOf, Db};
use uuid::Uuid;

use super::model::{Has, Key, Kind, check, texts};
use crate::sample::{NOW, Sample};
use crate::support::Place;

on_both!(
    applications_are_found_as_the_model_says,
    service_principals_are_found_as_the_model_says,
    users_are_found_as_the_model_says,
    grants_are_found_as_the_model_says,
);

const NAMES: [&str; 14] = [
    "Orders",
    "orders API",
    "Ärger im Büro",
    "ÄRGER 2 x",
    "100%",
    "a_b",
    "quote'x \"y\"",
    "back\\slash",
    "ordersX",
    "Zed",
    "STRASSE ß",
    "İstanbul",
    "名前",
    "orders",
];

/// A tenant's objects.
struct World {
    tenant: Tenant,
    applications: Vec<Application>,
    deleted: Vec<Application>,
    principals: Vec<(ServicePrincipal, Application)>,
    users: Vec<User>,
    owners: Vec<Ownership>,
}

fn id(id: Uuid) -> Key {
    Key::Text(id.to_string())
}

/// Two tenants with objects of the same names; the first one is asked.
async fn world(db: &Db, sample: &Sample) -> World {
    let other = fill(db, sample, "Fabrikam").await;
    let mut world = fill(db, sample, "Contoso").await;
    // An application of the other tenant with an instance here.
    let mut guest = sample.principal(&world.tenant, &other.applications[0]);
    guest.details.tags = vec!["Guest".to_owned()];
    let add = [Write::AddServicePrincipal(guest.clone())];
    sample.commit(db, &add).await.expect("it is new");
    world
        .principals
        .push((guest, other.applications[0].clone()));
    world
}

async fn fill(db: &Db, sample: &Sample, name: &str) -> World {
    let tenant = sample.tenant(name);
    let mut writes = vec![Write::AddTenant(tenant.clone())];
    let mut world = World {
        applications: applications(sample, &tenant),
        deleted: vec![],
        principals: vec![],
        users: vec![],
        owners: vec![],
        tenant,
    };
    writes.extend(
        world
            .applications
            .iter()
            .cloned()
            .map(Write::AddApplication),
    );
    for (number, application) in world.applications.iter().enumerate().take(10) {
        let mut principal = sample.principal(&world.tenant, application);
        principal.account_enabled = number % 3 > 0;
        principal.created_at = NOW.plus_seconds(i64::try_from(number % 4).expect("small"));
        if number % 2 == 0 {
            principal.details.tags = vec![format!("Tag{}", number % 3), "100%".to_owned()];
        }
        writes.push(Write::AddServicePrincipal(principal.clone()));
        world.principals.push((principal, application.clone()));
    }
    for (number, name) in NAMES.iter().enumerate() {
        let mut user = sample.user(&world.tenant, &format!("User{number}.é@contoso.example"));
        user.display_name = (*name).to_owned();
        user.surname = (number % 2 == 0).then(|| name.to_uppercase());
        user.mail = (number % 3 == 0).then(|| format!("M{number}@x.example"));
        user.given_name = (number % 4 > 0).then(|| "Ada".to_owned());
        user.account_enabled = number % 5 > 0;
        user.created_at = NOW.plus_seconds(i64::try_from(number % 3).expect("small"));
        writes.push(Write::AddUser(user.clone()));
        world.users.push(user);
    }
    for number in 0..8 {
        let owner = match number % 2 {
            0 => Owner::User(world.users[number].id),
            _ => Owner::ServicePrincipal(world.principals[number].0.id),
        };
        for object in [
            Owned::Application(world.applications[number / 2 + 8].id),
            Owned::ServicePrincipal(world.principals[number / 2].0.id),
        ] {
            world.owners.push(Ownership {
                tenant_id: world.tenant.id,
                object,
                owner,
            });
        }
    }
    writes.extend(world.owners.iter().copied().map(Write::AddOwner));
    for mut application in world.applications.split_off(10) {
        writes.push(Write::DeleteApplication {
            tenant_id: world.tenant.id,
            id: application.id,
            at: NOW.plus_seconds(9),
        });
        application.deleted_at = Some(NOW.plus_seconds(9));
        world.deleted.push(application);
    }
    sample.commit(db, &writes).await.expect("all are new");
    world
}

fn applications(sample: &Sample, tenant: &Tenant) -> Vec<Application> {
    let audiences = [
        SignInAudience::AzureADMyOrg,
        SignInAudience::AzureADMultipleOrgs,
        SignInAudience::PersonalMicrosoftAccount,
    ];
    let make = |(number, name): (usize, &&str)| {
        let mut application = sample.application(tenant, name);
        application.sign_in_audience = audiences[number % 3];
        application.is_disabled = number % 4 == 0;
        application.created_at = NOW.plus_seconds(i64::try_from(number % 5).expect("small"));
        application.manifest.unique_name = (number % 2 == 0).then(|| format!("Unique{number}"));
        application.identifier_uris = (0..number % 3)
            .map(|uri| format!("api://Name{number}/{uri}_%"))
            .collect();
        application.manifest.tags = (0..number % 4).map(|tag| format!("Tag{tag}'é")).collect();
        application
    };
    NAMES.iter().enumerate().map(make).collect()
}

fn owners_of(owners: &[Ownership], object: Owned) -> Has {
    let owners = owners.iter().filter(|ownership| ownership.object == object);
    Has::Many(owners.map(|o| Value::Guid(o.owner.uuid())).collect())
}

fn names(application: &Application) -> Vec<String> {
    let names = application.identifier_uris.iter();
    names
        .map(|uri| ResourceName::fold(uri).as_str().to_owned())
        .collect()
}

type OwnedApplication = (Application, Vec<Ownership>);

fn application_has((application, owners): &OwnedApplication, field: ApplicationField) -> Has {
    match field {
        ApplicationField::Id => application.id.uuid().into(),
        ApplicationField::AppId => application.app_id.uuid().into(),
        ApplicationField::DisplayName => application.display_name.as_str().into(),
        ApplicationField::UniqueName => application.manifest.unique_name.as_deref().into(),
        ApplicationField::SignInAudience => application.sign_in_audience.as_str().into(),
        ApplicationField::IsDisabled => application.is_disabled.into(),
        ApplicationField::CreatedDateTime => application.created_at.into(),
        ApplicationField::DeletedDateTime => {
            Has::One(application.deleted_at.map_or(Value::Null, Value::Instant))
        }
        // Deleted applications have given theirs up.
        ApplicationField::IdentifierUris if application.deleted_at.is_some() => Has::Many(vec![]),
        ApplicationField::IdentifierUris => texts(&names(application)),
        ApplicationField::Tags => texts(&application.manifest.tags),
        ApplicationField::Owners => owners_of(owners, Owned::Application(application.id)),
    }
}

async fn applications_are_found_as_the_model_says(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let tenant_id = world.tenant.id;
    for is_deleted in [false, true] {
        let objects = if is_deleted {
            &world.deleted
        } else {
            &world.applications
        };
        let kind = Kind {
            objects: objects
                .iter()
                .map(|a| (a.clone(), world.owners.clone()))
                .collect(),
            id: |(application, _): &OwnedApplication| id(application.id.uuid()),
            has: application_has,
            newest_by: None,
        };
        check(&kind, async |selection| {
            let mut view = db.view().await.expect("it answers");
            let page = match is_deleted {
                false => view.applications(tenant_id, selection, false).await,
                true => view.deleted_applications(tenant_id, selection, false).await,
            };
            map(page.expect("it can be asked"), |record| {
                id(record.application.id.uuid())
            })
        })
        .await;
    }
}

pub(super) fn map<T>(
    page: countersign_domain::graph::selection::Page<T>,
    key: impl FnMut(T) -> Key,
) -> countersign_domain::graph::selection::Page<Key> {
    countersign_domain::graph::selection::Page {
        items: page.items.into_iter().map(key).collect(),
        next: page.next,
        count: page.count,
    }
}

type OwnedPrincipal = (ServicePrincipal, Application, Vec<Ownership>);

fn principal_has(
    (principal, application, owners): &OwnedPrincipal,
    field: ServicePrincipalField,
) -> Has {
    match field {
        ServicePrincipalField::Id => principal.id.uuid().into(),
        ServicePrincipalField::AppId => principal.app_id.uuid().into(),
        ServicePrincipalField::DisplayName | ServicePrincipalField::AppDisplayName => {
            application.display_name.as_str().into()
        }
        ServicePrincipalField::AccountEnabled => principal.account_enabled.into(),
        ServicePrincipalField::AppOwnerOrganizationId => application.tenant_id.uuid().into(),
        ServicePrincipalField::ServicePrincipalType => "Application".into(),
        ServicePrincipalField::CreatedDateTime => principal.created_at.into(),
        ServicePrincipalField::ServicePrincipalNames => texts(
            names(application)
                .iter()
                .chain([&principal.app_id.to_string()]),
        ),
        ServicePrincipalField::Tags => texts(&principal.details.tags),
        ServicePrincipalField::Owners => owners_of(owners, Owned::ServicePrincipal(principal.id)),
    }
}

async fn service_principals_are_found_as_the_model_says(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let mut world = world(&db, &sample).await;
    let tenant_id = world.tenant.id;
    // A name that changes changes the instances' too.
    let renamed = &mut world.principals[3].1;
    renamed.display_name = "Renamed orders".to_owned();
    let update = [Write::UpdateApplication(renamed.clone())];
    sample.commit(&db, &update).await.expect("it is there");
    let objects = |owners: &[Ownership]| -> Vec<OwnedPrincipal> {
        let principals = world.principals.iter();
        principals
            .map(|(principal, application)| {
                (principal.clone(), application.clone(), owners.to_vec())
            })
            .collect()
    };
    let kind = |objects| Kind {
        objects,
        id: |(principal, ..): &OwnedPrincipal| id(principal.id.uuid()),
        has: principal_has,
        newest_by: None,
    };
    check(&kind(objects(&world.owners)), async |selection| {
        let mut view = db.view().await.expect("it answers");
        let page = view.service_principals(tenant_id, selection, false).await;
        map(page.expect("it can be asked"), |record| {
            id(record.principal.id.uuid())
        })
    })
    .await;

    let remove: Vec<Write> = world
        .principals
        .iter()
        .map(|(principal, _)| Write::RemoveServicePrincipal {
            tenant_id,
            id: principal.id,
        })
        .collect();
    sample.commit(&db, &remove).await.expect("all are there");
    check(&kind(objects(&[])), async |selection| {
        let mut view = db.view().await.expect("it answers");
        let page = view.deleted_service_principals(tenant_id, selection).await;
        map(page.expect("it can be asked"), |deleted| {
            id(deleted.principal.id.uuid())
        })
    })
    .await;
}

fn user_has(user: &User, field: UserField) -> Has {
    match field {
        UserField::Id => user.id.uuid().into(),
        UserField::UserPrincipalName => user.user_principal_name.as_str().into(),
        UserField::DisplayName => user.display_name.as_str().into(),
        UserField::GivenName => user.given_name.as_deref().into(),
        UserField::Surname => user.surname.as_deref().into(),
        UserField::Mail => user.mail.as_deref().into(),
        UserField::JobTitle => user.job_title.as_deref().into(),
        UserField::AccountEnabled => user.account_enabled.into(),
        UserField::CreatedDateTime => user.created_at.into(),
    }
}

async fn users_are_found_as_the_model_says(place: Place) {
    let db = place.open().await;
    let world = world(&db, &Sample::new(1)).await;
    let kind = Kind {
        objects: world.users,
        id: |user: &User| id(user.id.uuid()),
        has: user_has,
        newest_by: None,
    };
    check(&kind, async |selection| {
        let mut view = db.view().await.expect("it answers");
        let page = view.users(world.tenant.id, selection).await;
        map(page.expect("it can be asked"), |user| id(user.id.uuid()))
    })
    .await;
}

async fn grants_are_found_as_the_model_says(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let tenant_id = world.tenant.id;
    let principals: Vec<_> = world.principals.iter().map(|(p, _)| p).collect();
    let roles = [AppRoleId::DEFAULT_ACCESS, AppRoleId::random(&sample.random)];
    let mut assignments = Vec::new();
    let mut grants = Vec::new();
    for (number, principal) in principals.iter().enumerate() {
        for resource in [principals[0], principals[1]] {
            assignments.push(sample.assignment(principal, resource, roles[number % 2]));
        }
        grants.push(PermissionGrant {
            id: PermissionGrantId::random(&sample.random),
            tenant_id,
            client_id: principal.id,
            principal_id: (number % 2 == 0).then(|| world.users[number].id),
            resource_id: principals[number % 3].id,
            scope: "Orders.Read".to_owned(),
        });
    }
    let mut writes: Vec<Write> = assignments
        .iter()
        .cloned()
        .map(Write::AddAssignment)
        .collect();
    writes.extend(grants.iter().cloned().map(Write::AddPermissionGrant));
    sample.commit(&db, &writes).await.expect("all are new");

    let resource = principals[1].id;
    assignments.retain(|assignment| assignment.resource_id == resource);
    let kind = Kind {
        objects: assignments,
        id: |assignment| id(assignment.id.uuid()),
        has: |assignment, field| match field {
            AssignmentField::Id => assignment_id(assignment).as_str().into(),
            AssignmentField::AppRoleId => assignment.app_role_id.uuid().into(),
            AssignmentField::PrincipalId => assignment.principal_id.uuid().into(),
            AssignmentField::ResourceId => assignment.resource_id.uuid().into(),
        },
        newest_by: None,
    };
    check(&kind, async |selection| {
        let mut view = db.view().await.expect("it answers");
        let of = AssignmentsOf::Resource(resource);
        let page = view.assignments(tenant_id, of, selection).await;
        map(page.expect("it can be asked"), |record| {
            id(record.assignment.id.uuid())
        })
    })
    .await;

    let kind = Kind {
        objects: grants,
        id: |grant| id(grant.id.uuid()),
        has: |grant, field| match field {
            PermissionGrantField::Id => permission_grant_id(grant).as_str().into(),
            PermissionGrantField::ClientId => grant.client_id.uuid().into(),
            PermissionGrantField::ConsentType => match grant.principal_id {
                None => "AllPrincipals".into(),
                Some(_) => "Principal".into(),
            },
            PermissionGrantField::PrincipalId => grant.principal_id.map(UserId::uuid).into(),
            PermissionGrantField::ResourceId => grant.resource_id.uuid().into(),
        },
        newest_by: None,
    };
    check(&kind, async |selection| {
        let mut view = db.view().await.expect("it answers");
        let page = view.permission_grants(tenant_id, selection).await;
        map(page.expect("it can be asked"), |grant| id(grant.id.uuid()))
    })
    .await;
}
