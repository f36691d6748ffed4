use countersign_domain::account::{AuthenticationMethod, PasswordHash, Session};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{DirectoryRole, User, Write};
use countersign_store::{Db, StoreError};

use crate::sample::{BeginNow, NOW, Sample};
use crate::support::{Place, conflict, not_found};

on_both!(
    a_session_brings_the_person_with_the_roles_of_this_moment,
    sessions_end_one_by_one_and_all_but_one,
    a_disabled_account_has_no_sessions,
    ended_sessions_are_forgotten,
    a_session_begins_only_if_none_were_ended_since,
    no_sign_in_outlasts_the_end_of_all_sessions,
    a_session_goes_on_unless_somebody_ended_it,
);

async fn users(db: &Db, sample: &Sample) -> [User; 2] {
    let tenant = sample.tenant("Contoso");
    let names = ["admin@contoso.example", "reader@contoso.example"];
    let users = names.map(|name| sample.user(&tenant, name));
    let mut writes = vec![Write::AddTenant(tenant)];
    writes.extend(users.clone().map(Write::AddUser));
    sample.commit(db, &writes).await.expect("all are new");
    users
}

async fn begin(db: &Db, sample: &Sample, user: &User) -> Session {
    let session = sample.session(user, AuthenticationMethod::PasswordAndCode);
    db.begin_now(&session).await.expect("it is new");
    session
}

async fn is_there(db: &Db, session: &Session) -> bool {
    let found = db.session(&session.id).await;
    found.expect("it answers").is_some()
}

async fn a_session_brings_the_person_with_the_roles_of_this_moment(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let [user, _] = users(&db, &sample).await;
    for method in AuthenticationMethod::ALL {
        let mut session = sample.session(&user, method);
        session.created_at = NOW.plus_seconds(-20);
        session.authenticated_at = NOW.plus_seconds(-10);
        db.begin_now(&session).await.expect("it is new");
        let found = db.session(&session.id).await;
        let (stored, person) = found.expect("it answers").expect("it is there");
        assert_eq!(stored, session);
        assert_eq!(person.user, user);
        assert_eq!(person.roles, []);
        let taken = conflict(db.begin_now(&session).await);
        assert_eq!(taken, "this session exists already");
    }
    let session = begin(&db, &sample, &user).await;
    let give = Write::AddRoleMember {
        tenant_id: user.tenant_id,
        user_id: user.id,
        role: DirectoryRole::GlobalReader,
    };
    sample.commit(&db, &[give]).await.expect("it is new");
    let later = NOW.plus_seconds(61);
    let touched = db.touch_session(&session.id, later).await;
    touched.expect("it answers");
    let touched = db.touch_session(&session.id, NOW).await;
    touched.expect("an earlier use changes nothing");
    let before = db.statements();
    let found = db.session(&session.id).await;
    assert_eq!(db.statements() - before, 2);
    let (stored, person) = found.expect("it answers").expect("it is there");
    assert_eq!(stored.seen_at, later);
    assert_eq!(person.roles, [DirectoryRole::GlobalReader]);
    assert_eq!(db.session(&sample.hash()).await, Ok(None));
}

async fn sessions_end_one_by_one_and_all_but_one(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let [admin, reader] = users(&db, &sample).await;
    let mut own = vec![];
    for _ in 0..4 {
        own.push(begin(&db, &sample, &admin).await);
    }
    let other = begin(&db, &sample, &reader).await;
    let touched = db.touch_session(&own[2].id, NOW.plus_seconds(1)).await;
    touched.expect("it answers");
    db.end_session(&own[0].id).await.expect("it answers");
    db.end_session(&own[0].id).await.expect("twice is no error");
    assert!(!is_there(&db, &own[0]).await);
    let (tenant_id, id) = (admin.tenant_id, admin.id);
    let listed = db.sessions_of(tenant_id, id).await.expect("it answers");
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0].id, own[2].id, "the one used last is first");
    let ended = db.end_sessions_of(tenant_id, id, Some(&own[1].id)).await;
    assert_eq!(ended, Ok(2));
    assert!(is_there(&db, &own[1]).await);
    assert_eq!(db.end_sessions_of(tenant_id, id, None).await, Ok(1));
    assert!(!is_there(&db, &own[1]).await);
    assert!(is_there(&db, &other).await, "of somebody else");
}

async fn a_disabled_account_has_no_sessions(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let [mut admin, reader] = users(&db, &sample).await;
    let session = begin(&db, &sample, &admin).await;
    let other = begin(&db, &sample, &reader).await;
    admin.job_title = Some("Global Administrator".to_owned());
    let update = |user: &User| [Write::UpdateUser(user.clone())];
    let done = sample.commit(&db, &update(&admin)).await;
    done.expect("it is there");
    assert!(is_there(&db, &session).await, "another title ends nothing");
    admin.account_enabled = false;
    let done = sample.commit(&db, &update(&admin)).await;
    done.expect("it is there");
    assert!(!is_there(&db, &session).await);
    not_found(db.begin_now(&session).await);
    admin.account_enabled = true;
    let done = sample.commit(&db, &update(&admin)).await;
    done.expect("it is there");
    assert!(!is_there(&db, &session).await, "it does not come back");
    assert!(is_there(&db, &other).await);
    db.begin_now(&session).await.expect("enabled again");
    // Behind the program's back no session counts either.
    place
        .execute("UPDATE users SET account_enabled = FALSE")
        .await;
    assert!(!is_there(&db, &session).await);
}

async fn ended(db: &Db, user: &User) -> i64 {
    let account = db.account_of(user.tenant_id, user.id).await;
    account
        .expect("it answers")
        .expect("it is there")
        .sessions_ended
}

async fn a_session_begins_only_if_none_were_ended_since(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let [admin, reader] = users(&db, &sample).await;
    let passkey = sample.passkey(&admin);
    let mut disabled = admin.clone();
    disabled.account_enabled = false;
    let (tenant_id, user_id, session) = (admin.tenant_id, admin.id, sample.hash());
    let prepare = [
        sample.set_password(&admin, "$argon2id$one"),
        Write::AddPasskey(passkey.clone()),
        Write::SetAuthenticator(sample.authenticator(&admin)),
    ];
    sample
        .commit(&db, &prepare)
        .await
        .expect("the user is there");
    for write in [
        Write::EndSessions { tenant_id, user_id },
        sample.set_password(&admin, "$argon2id$two"),
        Write::RemovePasskey {
            tenant_id,
            user_id,
            id: passkey.id,
            session: session.clone(),
        },
        Write::RemoveAuthenticator {
            tenant_id,
            user_id,
            session: session.clone(),
        },
        Write::RemoveUserPassword {
            tenant_id,
            user_id,
            session,
        },
        Write::UpdateUser(disabled),
    ] {
        let (before, others) = (ended(&db, &admin).await, ended(&db, &reader).await);
        let early = sample.session(&admin, AuthenticationMethod::Passkey);
        db.begin_session(&early, before).await.expect("it is new");
        let change = std::slice::from_ref(&write);
        sample.commit(&db, change).await.expect("it is there");
        assert!(!is_there(&db, &early).await, "{write:?}");
        let late = sample.session(&admin, AuthenticationMethod::Passkey);
        not_found(db.begin_session(&late, before).await);
        assert_eq!(ended(&db, &reader).await, others, "{write:?}");
    }
    let again = [Write::UpdateUser(admin.clone())];
    sample.commit(&db, &again).await.expect("it is there");
    // The same password, hashed anew, is no other one.
    let [one, two] = ["$argon2id$one", "$argon2id$two"].map(hash);
    let set = [sample.set_password(&admin, one.as_str())];
    sample.commit(&db, &set).await.expect("the user is there");
    let before = ended(&db, &admin).await;
    let whose = (admin.tenant_id, admin.id);
    assert_eq!(db.replace_password_hash(whose, &one, &two).await, Ok(true));
    assert_eq!(db.replace_password_hash(whose, &one, &two).await, Ok(false));
    assert_eq!(ended(&db, &admin).await, before);
    // One's own "end all others" ends a stranger's sign-in too.
    let here = begin(&db, &sample, &admin).await;
    let sessions = db.end_sessions_of(tenant_id, user_id, Some(&here.id)).await;
    assert_eq!(sessions, Ok(0));
    let late = sample.session(&admin, AuthenticationMethod::Password);
    not_found(db.begin_session(&late, before).await);
    assert!(is_there(&db, &here).await);
}

async fn no_sign_in_outlasts_the_end_of_all_sessions(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let [db, _] = &nodes;
    let sample = Sample::new(1);
    let [admin, _] = users(db, &sample).await;
    let before = ended(db, &admin).await;
    let attempts: Vec<_> = (0..40)
        .map(|number| {
            let session = sample.session(&admin, AuthenticationMethod::Password);
            let db = nodes[number % 2].clone();
            tokio::spawn(async move { db.begin_session(&session, before).await })
        })
        .collect();
    let end = [Write::EndSessions {
        tenant_id: admin.tenant_id,
        user_id: admin.id,
    }];
    sample.commit(db, &end).await.expect("the user is there");
    for attempt in attempts {
        match attempt.await.expect("no panic") {
            Ok(()) | Err(StoreError::NotFound { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let left = db.sessions_of(admin.tenant_id, admin.id).await;
    assert_eq!(left, Ok(vec![]));
}

async fn a_session_goes_on_unless_somebody_ended_it(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let [admin, _] = users(&db, &sample).await;
    let (here, other) = (
        begin(&db, &sample, &admin).await,
        begin(&db, &sample, &admin).await,
    );
    let change = [Write::ChangeUserPassword {
        tenant_id: admin.tenant_id,
        user_id: admin.id,
        hash: hash("$argon2id$one"),
        session: here.id.clone(),
    }];
    sample.commit(&db, &change).await.expect("it is there");
    assert!(is_there(&db, &here).await && !is_there(&db, &other).await);
    let (after, later) = (sample.hash(), NOW.plus_seconds(1));
    let renewed = db.renew_session(&here.id, &after, later).await;
    renewed.expect("it is there");
    let found = db.session(&after).await.expect("it answers");
    let expected = Session {
        id: after.clone(),
        seen_at: later,
        ..here.clone()
    };
    assert_eq!(found.map(|(session, _)| session), Some(expected));
    assert!(!is_there(&db, &here).await);
    let ended = db.end_sessions_of(admin.tenant_id, admin.id, None).await;
    assert_eq!(ended, Ok(1));
    not_found(db.renew_session(&after, &sample.hash(), later).await);
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::stored(text.to_owned())
}

async fn ended_sessions_are_forgotten(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let [admin, _] = users(&db, &sample).await;
    let (idle, _) = Session::ended_before(NOW);
    let seen = |micros: i64| {
        let mut session = sample.session(&admin, AuthenticationMethod::Passkey);
        session.created_at = idle;
        session.seen_at = Timestamp::from_micros(idle.micros() + micros);
        session
    };
    let (ended, live) = (seen(0), seen(1));
    assert!(!ended.is_alive(NOW));
    for session in [&ended, &live] {
        db.begin_now(session).await.expect("it is new");
    }
    assert_eq!(db.forget_ended_sessions(NOW).await, Ok(1));
    assert_eq!(db.forget_ended_sessions(NOW).await, Ok(0));
    assert!(!is_there(&db, &ended).await);
    assert!(is_there(&db, &live).await);
}
