use countersign_domain::account::{
    AuthenticationMethod, PasskeyChallenge, PasswordHash, Person, SetupLink,
};
use countersign_domain::directory::{DirectoryRole, Tenant, User, Write};
use countersign_store::{Db, SignInMeans, StoreError};

use crate::sample::{BeginNow, NOW, Sample, domain};
use crate::support::{Place, not_found};

on_both!(
    roles_are_given_and_taken,
    an_account_is_found_by_its_name_in_any_case,
    what_hangs_on_a_user_goes_with_the_user,
    nothing_is_written_through_another_tenant,
    who_can_sign_in_is_counted,
    damaged_rows_of_people_are_errors,
);

async fn administrator(db: &Db, sample: &Sample, name: &str) -> (Tenant, User) {
    let mut tenant = sample.tenant(name);
    tenant.domains = vec![domain(&format!("{name}.example"))];
    let user = sample.user(&tenant, &format!("Admin@{name}.example"));
    let writes = [
        Write::AddTenant(tenant.clone()),
        Write::AddUser(user.clone()),
    ];
    sample.commit(db, &writes).await.expect("both are new");
    (tenant, user)
}

fn give(user: &User, role: DirectoryRole) -> Write {
    Write::AddRoleMember {
        tenant_id: user.tenant_id,
        user_id: user.id,
        role,
    }
}

fn take(user: &User, role: DirectoryRole) -> Write {
    Write::RemoveRoleMember {
        tenant_id: user.tenant_id,
        user_id: user.id,
        role,
    }
}

async fn roles_are_given_and_taken(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let (tenant, admin) = administrator(&db, &sample, "contoso").await;
    let (_, elsewhere) = administrator(&db, &sample, "fabrikam").await;
    let mut reader = sample.user(&tenant, "reader@contoso.example");
    reader.display_name = "A reader".to_owned();
    let nobody = sample.user(&tenant, "nobody@contoso.example");
    let global = DirectoryRole::GlobalAdministrator;
    let changes_before = db.changes_since(0).await.expect("it answers").1;
    let writes = [
        Write::AddUser(reader.clone()),
        Write::AddUser(nobody.clone()),
        give(&reader, DirectoryRole::GlobalReader),
        give(&admin, DirectoryRole::TenantCreator),
        give(&admin, global),
        give(&admin, global),
        give(&elsewhere, global),
    ];
    sample.commit(&db, &writes).await.expect("all are there");
    let person = |user: &User, roles: &[DirectoryRole]| Person {
        user: user.clone(),
        roles: roles.to_vec(),
    };
    let found = db.person(tenant.id, admin.id).await;
    let expected = person(&admin, &[global, DirectoryRole::TenantCreator]);
    assert_eq!(found, Ok(Some(expected.clone())));
    let found = db.person(tenant.id, elsewhere.id).await;
    assert_eq!(found, Ok(None), "of another tenant");
    let mut view = db.view().await.expect("it answers");
    assert_eq!(
        view.role_members(tenant.id).await,
        Ok(vec![
            person(&reader, &[DirectoryRole::GlobalReader]),
            expected
        ])
    );
    drop(view);

    let records = db.audit_records(Some(tenant.id), 1).await;
    assert_eq!(records.expect("it answers").len(), 1);
    let writes = [take(&admin, global)];
    sample.commit(&db, &writes).await.expect("it is there");
    let found = db.person(tenant.id, admin.id).await;
    let expected = person(&admin, &[DirectoryRole::TenantCreator]);
    assert_eq!(found, Ok(Some(expected)));
    let missing = not_found(sample.commit(&db, &writes).await);
    assert_eq!(
        missing,
        format!(
            "the role Global Administrator of the user {} does not exist",
            admin.id
        )
    );
    // Nodes need not forget anything: roles are read at every request.
    let changes = db.changes_since(0).await.expect("it answers").1;
    assert_eq!(changes, changes_before);
}

async fn an_account_is_found_by_its_name_in_any_case(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let (tenant, admin) = administrator(&db, &sample, "contoso").await;
    let (other, _) = administrator(&db, &sample, "fabrikam").await;
    // The same name elsewhere, in a tenant that does not have the domain.
    let stranger = sample.user(&other, "admin@contoso.example");
    let writes = [
        Write::AddUser(stranger.clone()),
        sample.set_password(&admin, "$argon2id$one"),
        sample.set_password(&stranger, "$argon2id$two"),
        Write::SetAuthenticator(sample.authenticator(&admin)),
        give(&admin, DirectoryRole::GlobalAdministrator),
    ];
    sample.commit(&db, &writes).await.expect("all are there");
    let before = db.statements();
    let found = db.account_named("aDMIN@CONTOSO.example").await;
    assert_eq!(db.statements() - before, 2);
    let account = found.expect("it answers").expect("it is there");
    assert_eq!(account.person.user, admin);
    assert_eq!(account.person.roles, [DirectoryRole::GlobalAdministrator]);
    let hash = account.password.as_ref().map(PasswordHash::as_str);
    assert_eq!(hash, Some("$argon2id$one"));
    let authenticator = sample.authenticator(&admin);
    assert_eq!(account.authenticator, Some(authenticator));
    assert_eq!(db.account_of(tenant.id, admin.id).await, Ok(Some(account)));
    assert_eq!(db.account_of(other.id, admin.id).await, Ok(None));
    for name in [
        "",
        "admin",
        "@contoso.example",
        "admin@",
        "admin@fabrikam",
        "nobody@contoso.example",
        "admin@unknown.example",
        "admin\0@contoso.example",
        "admin@contoso.example\0",
        "admin@contoso.example ",
    ] {
        assert_eq!(db.account_named(name).await, Ok(None), "{name:?}");
    }
    let found = db.account_of(other.id, stranger.id).await;
    let account = found.expect("it answers").expect("it is there");
    assert_eq!(account.authenticator, None);
}

/// What hangs on users, each with one row for each of two users.
const TABLES: [&str; 9] = [
    "UPDATE directory_role_members SET user_id = user_id",
    "UPDATE user_passwords SET user_id = user_id",
    "UPDATE user_passkeys SET user_id = user_id",
    "UPDATE user_authenticators SET user_id = user_id",
    "UPDATE user_recovery_codes SET user_id = user_id",
    "UPDATE setup_links SET user_id = user_id",
    "UPDATE sessions SET user_id = user_id",
    "UPDATE known_devices SET user_id = user_id",
    "UPDATE passkey_challenges SET user_id = user_id",
];

async fn what_hangs_on_a_user_goes_with_the_user(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let (_, leaver) = administrator(&db, &sample, "contoso").await;
    let (_, stayer) = administrator(&db, &sample, "fabrikam").await;
    for user in [&leaver, &stayer] {
        let writes = [
            give(user, DirectoryRole::GlobalAdministrator),
            sample.set_password(user, "$argon2id$"),
            Write::AddPasskey(sample.passkey(user)),
            Write::SetAuthenticator(sample.authenticator(user)),
            Write::SetRecoveryCodes {
                tenant_id: user.tenant_id,
                user_id: user.id,
                hashes: vec![sample.hash()],
            },
            Write::SetSetupLink(SetupLink {
                tenant_id: user.tenant_id,
                user_id: user.id,
                hash: sample.hash(),
                expires_at: NOW.plus_seconds(60),
            }),
        ];
        sample.commit(&db, &writes).await.expect("all are new");
        let session = sample.session(user, AuthenticationMethod::Password);
        db.begin_now(&session).await.expect("it is new");
        let device = db.remember_device(user.id, &sample.hash(), NOW).await;
        device.expect("the user is there");
        let challenge = PasskeyChallenge {
            challenge: sample.hash().as_str().to_owned(),
            browser: sample.hash(),
            user_id: Some(user.id),
            expires_at: NOW.plus_seconds(60),
        };
        let kept = db.remember_challenge(&challenge).await;
        kept.expect("it is new");
    }
    for table in TABLES {
        assert_eq!(place.script(table).await, 2, "{table}");
    }
    let remove = Write::RemoveUser {
        tenant_id: leaver.tenant_id,
        id: leaver.id,
    };
    sample.commit(&db, &[remove]).await.expect("it is there");
    for table in TABLES {
        assert_eq!(place.script(table).await, 1, "{table}");
    }
    let found = db.account_of(stayer.tenant_id, stayer.id).await;
    assert!(found.expect("it answers").is_some());
}

async fn nothing_is_written_through_another_tenant(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let (_, admin) = administrator(&db, &sample, "contoso").await;
    let (other, _) = administrator(&db, &sample, "fabrikam").await;
    let passkey = sample.passkey(&admin);
    let link = SetupLink {
        tenant_id: admin.tenant_id,
        user_id: admin.id,
        hash: sample.hash(),
        expires_at: NOW.plus_seconds(60),
    };
    let code = sample.hash();
    let writes = |user: &User| {
        [
            give(user, DirectoryRole::GlobalAdministrator),
            sample.set_password(user, "$argon2id$"),
            Write::AddPasskey(sample.passkey(user)),
            Write::SetAuthenticator(sample.authenticator(user)),
            Write::SetRecoveryCodes {
                tenant_id: user.tenant_id,
                user_id: user.id,
                hashes: vec![code.clone()],
            },
            Write::SetSetupLink(SetupLink {
                tenant_id: user.tenant_id,
                ..link.clone()
            }),
        ]
    };
    // The user's id with a tenant that is not the user's.
    let mut stranger = admin.clone();
    stranger.tenant_id = other.id;
    for write in writes(&stranger) {
        let missing = not_found(sample.commit(&db, std::slice::from_ref(&write)).await);
        let expected = format!("the user {} in the tenant {}", admin.id, other.id);
        assert!(missing.starts_with(&expected), "{write:?}: {missing}");
    }
    let mut all = writes(&admin);
    all[2] = Write::AddPasskey(passkey.clone());
    sample.commit(&db, &all).await.expect("all are new");
    let (tenant_id, user_id) = (other.id, admin.id);
    for write in [
        take(&stranger, DirectoryRole::GlobalAdministrator),
        Write::RemoveUserPassword {
            tenant_id,
            user_id,
            session: sample.hash(),
        },
        Write::RemovePasskey {
            tenant_id,
            user_id,
            id: passkey.id.clone(),
            session: sample.hash(),
        },
        Write::RemoveAuthenticator {
            tenant_id,
            user_id,
            session: sample.hash(),
        },
        Write::UseSetupLink {
            tenant_id,
            user_id,
            hash: link.hash.clone(),
        },
    ] {
        let refused = sample.commit(&db, std::slice::from_ref(&write)).await;
        not_found(refused);
    }
    let used = db.use_recovery_code(tenant_id, user_id, &code).await;
    assert_eq!(used, Ok(false));
    let step = i64::MAX;
    assert_eq!(db.use_code_step(tenant_id, user_id, step).await, Ok(false));
    assert_eq!(db.recovery_codes_left(tenant_id, user_id).await, Ok(0));
    assert_eq!(db.passkeys_of(tenant_id, user_id).await, Ok(vec![]));
    let mut foreign = passkey.clone();
    foreign.tenant_id = tenant_id;
    let used = db.used_passkey(&foreign, 9, true, NOW).await;
    assert_eq!(used, Ok(false));
    let session = sample.session(&stranger, AuthenticationMethod::Password);
    not_found(db.begin_now(&session).await);
    let session = sample.session(&admin, AuthenticationMethod::Password);
    db.begin_now(&session).await.expect("it is new");
    assert_eq!(db.sessions_of(tenant_id, user_id).await, Ok(vec![]));
    assert_eq!(db.end_sessions_of(tenant_id, user_id, None).await, Ok(0));
    let mut view = db.view().await.expect("it answers");
    assert_eq!(view.role_members(tenant_id).await, Ok(vec![]));
    drop(view);

    // All is as it was.
    let own = admin.tenant_id;
    assert_eq!(db.passkeys_of(own, user_id).await, Ok(vec![passkey]));
    assert_eq!(db.sessions_of(own, user_id).await, Ok(vec![session]));
    assert_eq!(db.recovery_codes_left(own, user_id).await, Ok(1));
    let found = db.setup_link(&link.hash, NOW).await.expect("it answers");
    assert_eq!(found.map(|person| person.user), Some(admin));
}

async fn who_can_sign_in_is_counted(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let (tenant, first) = administrator(&db, &sample, "contoso").await;
    let (other, elsewhere) = administrator(&db, &sample, "fabrikam").await;
    let second = sample.user(&tenant, "second@contoso.example");
    let mut third = sample.user(&tenant, "third@contoso.example");
    let global = DirectoryRole::GlobalAdministrator;
    let writes = [
        Write::AddUser(second.clone()),
        Write::AddUser(third.clone()),
        give(&first, global),
        give(&second, global),
        give(&third, global),
        give(&third, DirectoryRole::GlobalReader),
        give(&elsewhere, global),
        sample.set_password(&elsewhere, "$argon2id$"),
    ];
    sample.commit(&db, &writes).await.expect("all are new");
    let count = async |tenant: &Tenant, role| {
        let mut view = db.view().await.expect("it answers");
        let count = view.people_with_role(tenant.id, role).await;
        count.expect("it answers")
    };
    assert_eq!(count(&tenant, global).await, 0, "nobody can sign in");
    let passkeys = [sample.passkey(&second), sample.passkey(&second)];
    let mut writes = vec![sample.set_password(&first, "$argon2id$")];
    writes.extend(passkeys.map(Write::AddPasskey));
    writes.push(sample.set_password(&second, "$argon2id$"));
    writes.push(sample.set_password(&third, "$argon2id$"));
    sample.commit(&db, &writes).await.expect("all are new");
    assert_eq!(count(&tenant, global).await, 3);
    assert_eq!(count(&tenant, DirectoryRole::GlobalReader).await, 1);
    assert_eq!(count(&tenant, DirectoryRole::TenantCreator).await, 0);
    assert_eq!(count(&other, global).await, 1);
    let mut view = db.view().await.expect("it answers");
    let means = view.sign_in_means(tenant.id).await.expect("it answers");
    let of_first = view.sign_in_means_of(tenant.id, first.id).await;
    assert_eq!(of_first, Ok(means[&first.id]));
    let abroad = view.sign_in_means_of(other.id, first.id).await;
    assert_eq!(abroad, Ok(SignInMeans::default()));
    drop(view);
    assert_eq!(means.len(), 3, "those of this tenant with a role");
    assert!(means[&first.id].has_password && means[&first.id].can_sign_in());
    assert_eq!(means[&second.id].passkeys, 2);
    assert_eq!(means[&third.id].link_expires_at, None);
    let size = db.tenant_sizes().await.expect("it answers")[&tenant.id];
    assert_eq!((size.applications, size.users), (0, 3));
    let session = sample.session(&first, AuthenticationMethod::Password);
    db.begin_now(&session).await.expect("it is new");
    let end = Write::EndSessions {
        tenant_id: other.id,
        user_id: first.id,
    };
    sample.commit(&db, &[end]).await.expect("nothing to end");
    assert_eq!(
        db.sessions_of(tenant.id, first.id)
            .await
            .expect("it answers")
            .len(),
        1
    );
    let end = Write::EndSessions {
        tenant_id: tenant.id,
        user_id: first.id,
    };
    sample.commit(&db, &[end]).await.expect("it ends");
    assert_eq!(db.sessions_of(tenant.id, first.id).await, Ok(Vec::new()));
    third.account_enabled = false;
    let writes = [Write::UpdateUser(third)];
    sample.commit(&db, &writes).await.expect("it is there");
    assert_eq!(count(&tenant, global).await, 2);
}

async fn damaged_rows_of_people_are_errors(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let (tenant, admin) = administrator(&db, &sample, "contoso").await;
    let passkey = sample.passkey(&admin);
    let writes = [
        give(&admin, DirectoryRole::GlobalAdministrator),
        Write::AddPasskey(passkey.clone()),
    ];
    sample.commit(&db, &writes).await.expect("all are new");
    let session = sample.session(&admin, AuthenticationMethod::Password);
    db.begin_now(&session).await.expect("it is new");
    let failed = db.add_failure("key", NOW, NOW).await;
    failed.expect("it answers");

    place
        .execute("UPDATE sessions SET method = 'telepathy'")
        .await;
    damaged("sessions", db.session(&session.id).await);
    damaged("sessions", db.sessions_of(tenant.id, admin.id).await);
    place
        .execute("UPDATE user_passkeys SET sign_count = -1")
        .await;
    damaged("user_passkeys", db.passkey(&passkey.id).await);
    place
        .execute("UPDATE sign_in_failures SET failures = -7")
        .await;
    damaged("sign_in_failures", db.failures("key").await);
    // A role that a later version knows is no damage, and no role.
    place
        .execute(
            "UPDATE directory_role_members SET role_id = '11111111-0000-0000-0000-000000000001'",
        )
        .await;
    let found = db.person(tenant.id, admin.id).await;
    let person = found.expect("it answers").expect("it is there");
    assert_eq!(person.roles, []);
    let mut view = db.view().await.expect("it answers");
    assert_eq!(view.role_members(tenant.id).await, Ok(vec![]));
    drop(view);
    place
        .execute("UPDATE directory_role_members SET role_id = 'Global'")
        .await;
    let found = db.person(tenant.id, admin.id).await;
    damaged("directory_role_members", found);
}

fn damaged<T: std::fmt::Debug>(expected: &str, result: Result<T, StoreError>) {
    match result {
        Err(StoreError::Damaged { table, .. }) => assert_eq!(table, expected),
        other => panic!("not noticed: {other:?}"),
    }
}
