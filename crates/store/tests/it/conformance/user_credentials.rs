use countersign_domain::account::{AuthenticationMethod, SetupLink};
use countersign_domain::directory::{DirectoryRole, User, Write};
use countersign_store::Db;

use crate::sample::{BeginNow, NOW, Sample};
use crate::support::{Place, conflict, not_found, winners};

on_both!(
    a_password_is_set_replaced_and_removed,
    passkeys_are_added_used_and_removed,
    of_a_copied_passkey_one_signs_in,
    a_code_of_an_authenticator_is_good_once,
    a_recovery_code_is_good_once,
    a_setup_link_is_good_once_and_for_a_time,
    a_setup_link_is_a_fresh_start,
    a_new_role_ends_the_setup_link_of_before,
);

async fn user(db: &Db, sample: &Sample) -> User {
    let tenant = sample.tenant("Contoso");
    let user = sample.user(&tenant, "admin@contoso.example");
    let writes = [Write::AddTenant(tenant), Write::AddUser(user.clone())];
    sample.commit(db, &writes).await.expect("both are new");
    user
}

async fn password_of(db: &Db, user: &User) -> Option<String> {
    let account = db.account_of(user.tenant_id, user.id).await;
    let account = account.expect("it answers").expect("it is there");
    account.password.map(|hash| hash.as_str().to_owned())
}

async fn a_password_is_set_replaced_and_removed(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let user = user(&db, &sample).await;
    for hash in ["$argon2id$one", "$argon2id$two"] {
        let session = sample.session(&user, AuthenticationMethod::Passkey);
        db.begin_now(&session).await.expect("it is new");
        let set = [sample.set_password(&user, hash)];
        sample.commit(&db, &set).await.expect("the user is there");
        assert_eq!(password_of(&db, &user).await.as_deref(), Some(hash));
        let left = db.session(&session.id).await;
        assert_eq!(left, Ok(None), "whoever knew the old one is out");
    }
    let remove = [Write::RemoveUserPassword {
        tenant_id: user.tenant_id,
        user_id: user.id,
        session: sample.hash(),
    }];
    sample.commit(&db, &remove).await.expect("it is there");
    assert_eq!(password_of(&db, &user).await, None);
    not_found(sample.commit(&db, &remove).await);
}

async fn passkeys_are_added_used_and_removed(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let user = user(&db, &sample).await;
    let (first, mut second) = (sample.passkey(&user), sample.passkey(&user));
    second.created_at = NOW.plus_seconds(-1);
    second.last_used_at = Some(NOW);
    second.sign_count = u32::MAX - 1;
    let writes = [first.clone(), second.clone()].map(Write::AddPasskey);
    sample.commit(&db, &writes).await.expect("both are new");
    let all = db.passkeys_of(user.tenant_id, user.id).await;
    assert_eq!(all, Ok(vec![second.clone(), first.clone()]));
    let taken = conflict(sample.commit(&db, &writes[..1]).await);
    assert_eq!(taken, "this passkey exists already");

    let later = NOW.plus_seconds(5);
    let used = db.used_passkey(&second, u32::MAX, true, later).await;
    assert_eq!(used, Ok(true));
    let (found, account) = db
        .passkey(&second.id)
        .await
        .expect("it answers")
        .expect("it is there");
    assert_eq!(account.person.user, user);
    second.sign_count = u32::MAX;
    second.is_backed_up = true;
    second.last_used_at = Some(later);
    assert_eq!(found, second);
    assert_eq!(db.passkey("unknown").await, Ok(None));

    let [here, other] = [(); 2].map(|()| sample.session(&user, AuthenticationMethod::Passkey));
    for session in [&here, &other] {
        db.begin_now(session).await.expect("it is new");
    }
    let remove = [Write::RemovePasskey {
        tenant_id: user.tenant_id,
        user_id: user.id,
        id: second.id.clone(),
        session: here.id.clone(),
    }];
    sample.commit(&db, &remove).await.expect("it is there");
    let left = db.sessions_of(user.tenant_id, user.id).await;
    assert_eq!(left, Ok(vec![here]), "the one in which it was done");
    let all = db.passkeys_of(user.tenant_id, user.id).await;
    assert_eq!(all, Ok(vec![first]));
    assert_eq!(db.passkey(&second.id).await, Ok(None));
    not_found(sample.commit(&db, &remove).await);
}

async fn of_a_copied_passkey_one_signs_in(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let sample = Sample::new(1);
    let user = user(&nodes[0], &sample).await;
    let passkey = sample.passkey(&user);
    let writes = [Write::AddPasskey(passkey.clone())];
    let added = sample.commit(&nodes[0], &writes).await;
    added.expect("it is new");
    let next = passkey.sign_count + 1;
    let signed = winners(&nodes, |db| {
        let before = passkey.clone();
        async move { db.used_passkey(&before, next, false, NOW).await }
    });
    assert_eq!(signed.await, 1);
}

async fn a_code_of_an_authenticator_is_good_once(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let [db, _] = &nodes;
    let sample = Sample::new(1);
    let user = user(db, &sample).await;
    let (tenant_id, user_id) = (user.tenant_id, user.id);
    let step = 59_841_720;
    assert_eq!(db.use_code_step(tenant_id, user_id, step).await, Ok(false));
    let mut authenticator = sample.authenticator(&user);
    authenticator.last_step = step - 1;
    let set = [Write::SetAuthenticator(authenticator.clone())];
    sample.commit(db, &set).await.expect("the user is there");
    let used = winners(&nodes, |db| async move {
        db.use_code_step(tenant_id, user_id, step).await
    });
    assert_eq!(used.await, 1);
    for (step, expected) in [(step - 1, false), (step, false), (step + 2, true)] {
        let used = db.use_code_step(tenant_id, user_id, step).await;
        assert_eq!(used, Ok(expected));
    }
    let stored = async || {
        let account = db.account_of(tenant_id, user_id).await;
        account.expect("it answers").expect("it is there")
    };
    authenticator.last_step = step + 2;
    assert_eq!(stored().await.authenticator, Some(authenticator.clone()));

    // Another app in its place has steps of its own.
    authenticator.sealed_secret = "another".to_owned();
    authenticator.last_step = 0;
    authenticator.created_at = NOW.plus_seconds(9);
    let set = [Write::SetAuthenticator(authenticator.clone())];
    sample.commit(db, &set).await.expect("the user is there");
    assert_eq!(stored().await.authenticator, Some(authenticator));
    let remove = [Write::RemoveAuthenticator {
        tenant_id,
        user_id,
        session: sample.hash(),
    }];
    sample.commit(db, &remove).await.expect("it is there");
    assert_eq!(stored().await.authenticator, None);
    not_found(sample.commit(db, &remove).await);
}

async fn a_recovery_code_is_good_once(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let [db, _] = &nodes;
    let sample = Sample::new(1);
    let user = user(db, &sample).await;
    let (tenant_id, user_id) = (user.tenant_id, user.id);
    let codes: Vec<_> = (0..10).map(|_| sample.hash()).collect();
    let set = |hashes: &[_]| Write::SetRecoveryCodes {
        tenant_id,
        user_id,
        hashes: hashes.to_vec(),
    };
    let done = sample.commit(db, &[set(&codes)]).await;
    done.expect("the user is there");
    assert_eq!(db.recovery_codes_left(tenant_id, user_id).await, Ok(10));
    let used = winners(&nodes, |db| {
        let code = codes[3].clone();
        async move { db.use_recovery_code(tenant_id, user_id, &code).await }
    });
    assert_eq!(used.await, 1);
    assert_eq!(db.recovery_codes_left(tenant_id, user_id).await, Ok(9));
    let unknown = sample.hash();
    let used = db.use_recovery_code(tenant_id, user_id, &unknown).await;
    assert_eq!(used, Ok(false));

    // New codes end the old ones.
    let fresh = [sample.hash()];
    let done = sample.commit(db, &[set(&fresh)]).await;
    done.expect("the user is there");
    let used = db.use_recovery_code(tenant_id, user_id, &codes[0]).await;
    assert_eq!(used, Ok(false));
    let used = db.use_recovery_code(tenant_id, user_id, &fresh[0]).await;
    assert_eq!(used, Ok(true));
    let done = sample.commit(db, &[set(&codes), set(&[])]).await;
    done.expect("the user is there");
    assert_eq!(db.recovery_codes_left(tenant_id, user_id).await, Ok(0));
}

async fn a_setup_link_is_good_once_and_for_a_time(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let [db, _] = &nodes;
    let sample = Sample::new(1);
    let mut user = user(db, &sample).await;
    let link = |expires_at| SetupLink {
        tenant_id: user.tenant_id,
        user_id: user.id,
        hash: sample.hash(),
        expires_at,
    };
    let use_up = |link: &SetupLink| Write::UseSetupLink {
        tenant_id: link.tenant_id,
        user_id: link.user_id,
        hash: link.hash.clone(),
    };
    let end = NOW.plus_seconds(60);
    let (first, second) = (link(end), link(end));
    for link in [&first, &second] {
        let set = [Write::SetSetupLink(link.clone())];
        sample.commit(db, &set).await.expect("the user is there");
    }
    assert_eq!(db.setup_link(&first.hash, NOW).await, Ok(None));
    not_found(sample.commit(db, &[use_up(&first)]).await);
    let found = db.setup_link(&second.hash, NOW).await;
    let person = found.expect("it answers").expect("it is there");
    assert_eq!(person.user, user);
    assert_eq!(db.setup_link(&second.hash, end).await, Ok(None));

    let used = winners(&nodes, |db| {
        let (write, record) = (use_up(&second), sample.record("Use setup link"));
        async move {
            match db.commit(&[write], &record).await {
                Ok(()) => Ok(true),
                refused => {
                    not_found(refused);
                    Ok(false)
                }
            }
        }
    });
    assert_eq!(used.await, 1);
    assert_eq!(db.setup_link(&second.hash, NOW).await, Ok(None));

    // The time of the record, which is now, counts.
    let ended = link(NOW);
    let live = link(end);
    let set = [Write::SetSetupLink(ended.clone())];
    sample.commit(db, &set).await.expect("the user is there");
    not_found(sample.commit(db, &[use_up(&ended)]).await);
    user.account_enabled = false;
    let writes = [
        Write::SetSetupLink(live.clone()),
        Write::UpdateUser(user.clone()),
    ];
    sample.commit(db, &writes).await.expect("the user is there");
    assert_eq!(db.setup_link(&live.hash, NOW).await, Ok(None));
}

/// Whoever was in an account for a minute may have left a passkey of their own there.
async fn a_setup_link_is_a_fresh_start(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let user = user(&db, &sample).await;
    let link = SetupLink {
        tenant_id: user.tenant_id,
        user_id: user.id,
        hash: sample.hash(),
        expires_at: NOW.plus_seconds(60),
    };
    let writes = [
        Write::AddPasskey(sample.passkey(&user)),
        Write::SetAuthenticator(sample.authenticator(&user)),
        Write::SetSetupLink(link.clone()),
    ];
    sample
        .commit(&db, &writes)
        .await
        .expect("the user is there");
    let use_up = Write::UseSetupLink {
        tenant_id: user.tenant_id,
        user_id: user.id,
        hash: link.hash,
    };
    sample.commit(&db, &[use_up]).await.expect("it is good");
    let left = db.passkeys_of(user.tenant_id, user.id).await;
    assert_eq!(left, Ok(Vec::new()));
    let account = db.account_of(user.tenant_id, user.id).await;
    let account = account.expect("it answers").expect("it is there");
    assert_eq!(account.authenticator, None);
}

/// Who may make a link for somebody below them must not get somebody above them by it.
async fn a_new_role_ends_the_setup_link_of_before(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let user = user(&db, &sample).await;
    let (tenant_id, user_id) = (user.tenant_id, user.id);
    let link = || SetupLink {
        tenant_id,
        user_id,
        hash: sample.hash(),
        expires_at: NOW.plus_seconds(60),
    };
    let add = |role| Write::AddRoleMember {
        tenant_id,
        user_id,
        role,
    };
    let (before, with) = (link(), link());
    let set = Write::SetSetupLink(before.clone());
    sample.commit(&db, &[set]).await.expect("the user is there");
    let promote = add(DirectoryRole::GlobalAdministrator);
    sample.commit(&db, &[promote]).await.expect("it is new");
    assert_eq!(db.setup_link(&before.hash, NOW).await, Ok(None));
    // An invitation gives both at once.
    let invite = [
        add(DirectoryRole::GlobalReader),
        Write::SetSetupLink(with.clone()),
    ];
    sample.commit(&db, &invite).await.expect("both are new");
    let found = db.setup_link(&with.hash, NOW).await;
    assert!(found.expect("it answers").is_some());
}
