//! CON-03, CON-12, and the ways to sign in beside passkeys.

use aws_lc_rs::aead::{AES_256_GCM, Aad, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_domain::account::Authenticator;
use countersign_domain::clock::Clock;
use countersign_domain::directory::Write;

use super::{ADMIN, PASSWORD, Site, add_user, is_signed_in, sign_in};
use crate::browser::{Page, SESSION_COOKIE};

const WRONG: &str = "eight grey herons wait by the lock";

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_opens_the_portal_in_any_spelling_of_the_name() {
    let site = Site::start().await;
    for name in [ADMIN, "Admin@CONTOSO.example", "  admin@contoso.example "] {
        let mut browser = site.browser();
        let answer = sign_in(&mut browser, name, PASSWORD).await;
        assert_eq!((answer.status(), answer.location()), (303, Some("/portal")));
        assert!(is_signed_in(&browser).await);
    }
    for password in [
        WRONG,
        "",
        "seven grey herons wait by the lock ",
        "Seven grey herons wait by the lock",
    ] {
        let mut browser = site.browser();
        let answer = sign_in(&mut browser, ADMIN, password).await;
        assert_eq!(answer.status(), 400);
        assert!(!is_signed_in(&browser).await);
    }
    let log = site.people_log(7).await;
    // At one instant, so in no order.
    let mut codes: Vec<u32> = log.iter().map(|entry| entry.error_code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 0, 50_126, 50_126, 50_126, 50_126]);
    assert!(log.iter().all(|entry| entry.user_id == Some(site.admin.id)));
    site.node.stop().await;
}

/// What a stranger sees of a refusal, without what differs for each request.
fn seen(page: &Page, name: &str) -> (u16, Vec<String>, String) {
    let headers = page.answer.head.lines().skip(1);
    let headers = headers.filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.starts_with("x-ms-request-id") && !line.starts_with("date")
    });
    let body = page.html().replace(name, "NAME");
    (page.status(), headers.map(str::to_owned).collect(), body)
}

/// How long it takes is for Argon2 to say: the work is counted, as times are those of the machine.
#[tokio::test(flavor = "multi_thread")]
async fn con_12_nobody_learns_who_exists() {
    let site = Site::start().await;
    add_user(&site.node, "no-pw@contoso.example", None).await;
    let mut disabled = add_user(&site.node, "off-1@contoso.example", None).await;
    let hash = super::hashed(PASSWORD);
    let (tenant_id, user_id) = (disabled.tenant_id, disabled.id);
    let password = Write::SetUserPassword {
        tenant_id,
        user_id,
        hash,
    };
    disabled.account_enabled = false;
    site.commit(&[password, Write::UpdateUser(disabled)]).await;

    // The same browser, so that the forms are the same; names of one length.
    let mut browser = site.browser();
    let mut expected = None;
    for (name, password) in [
        (ADMIN, WRONG),
        ("nobod@contoso.example", WRONG),
        ("admin@unknown.example", PASSWORD),
        ("no-pw@contoso.example", PASSWORD),
        ("off-1@contoso.example", PASSWORD),
        ("off-1@contoso.example", WRONG),
        ("\u{0}dmin@contoso.exampl", WRONG),
        ("a' OR ''='@contoso.ex", WRONG),
    ] {
        let before = site.password_checks().await;
        let answer = sign_in(&mut browser, name, password).await;
        assert_eq!(site.password_checks().await, before + 1, "{name}");
        if name.contains(['\'', '\0']) {
            // Escaped in the page.
            assert_eq!(answer.status(), 400);
            continue;
        }
        let seen = seen(&answer, name);
        assert_eq!(seen.0, 400);
        assert_eq!(
            expected.get_or_insert_with(|| seen.clone()),
            &seen,
            "{name}"
        );
    }
    let log = site.people_log(8).await;
    // Known only to who may read the log of the tenant.
    assert_eq!(
        log.iter()
            .filter(|entry| entry.error_code == 50_057)
            .count(),
        1
    );
    assert_eq!(
        log.iter().filter(|entry| entry.user_id.is_none()).count(),
        4
    );
    assert!(!format!("{log:?}").contains("nobod@"));
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_signing_in_one_is_here_and_nowhere_else() {
    let site = Site::start().await;
    for (next, expected) in [
        (
            "/portal/applications?search=x",
            "/portal/applications?search=x",
        ),
        (
            "/common/adminconsent?client_id=1&state=%2F",
            "/common/adminconsent?client_id=1&state=%2F",
        ),
        ("https://evil.example/portal", "/portal"),
        ("//evil.example", "/portal"),
        ("/\\evil.example", "/portal"),
        ("/portal/sign-out", "/portal"),
        ("javascript:alert(1)", "/portal"),
        ("/portal\r\nSet-Cookie: a=b", "/portal"),
    ] {
        let encoded: String = next.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let address = format!("/portal/sign-in?next={encoded}");
        let mut browser = site.browser();
        let page = browser.open(&address).await;
        let entered = [("username", ADMIN), ("password", PASSWORD)];
        let answer = browser.submit(&page, "/portal/sign-in", &entered).await;
        assert_eq!(answer.location(), Some(expected));
        // Who is signed in is sent on by the page itself; who forged the field gets no further.
        assert_eq!(browser.open(&address).await.location(), Some(expected));
        let mut forger = site.browser();
        let page = forger.open("/portal/sign-in").await;
        let entered = [("username", ADMIN), ("password", PASSWORD), ("next", next)];
        let answer = forger.submit(&page, "/portal/sign-in", &entered).await;
        assert_eq!(answer.location(), Some(expected));
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn con_03_only_our_own_pages_send_our_forms() {
    let site = Site::start().await;
    let mut victim = site.signed_in().await;
    let page = victim.open("/portal").await;
    let own = page.hidden("form_token");
    let mut stranger = site.browser();
    let foreign = stranger.open("/portal/sign-in").await.hidden("form_token");
    let here = ("Origin", "https://id.example");
    for (headers, token) in [
        (vec![here], ""),
        (vec![here], foreign.as_str()),
        (vec![("Origin", "https://evil.example")], own.as_str()),
        (vec![("Origin", "null")], own.as_str()),
        (vec![("Origin", "https://id.example:8443")], own.as_str()),
        (vec![("Sec-Fetch-Site", "cross-site")], own.as_str()),
        (vec![here, ("Sec-Fetch-Site", "same-site")], own.as_str()),
    ] {
        let fields = [("form_token", token)];
        let answer = victim.post_as("/portal/sign-out", &headers, &fields).await;
        assert_eq!(answer.status(), 403, "{headers:?}");
        assert!(is_signed_in(&victim).await, "{headers:?}");
    }

    // A token from before the sign-in.
    let mut browser = site.browser();
    let before = browser.open("/portal/sign-in").await;
    sign_in(&mut browser, ADMIN, PASSWORD).await;
    let fields = [("form_token", before.hidden("form_token"))];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    assert_eq!(
        browser.post("/portal/sign-out", &fields).await.status(),
        403
    );
    assert!(is_signed_in(&browser).await);

    // Signing somebody in as somebody else is a change too.
    let mut victim = site.browser();
    victim.open("/portal/sign-in").await;
    let fields = [
        ("form_token", foreign.as_str()),
        ("username", ADMIN),
        ("password", PASSWORD),
    ];
    assert_eq!(victim.post("/portal/sign-in", &fields).await.status(), 403);
    assert!(!is_signed_in(&victim).await);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_a_page_changes_nothing() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let cookie = browser
        .cookie(SESSION_COOKIE)
        .expect("a session")
        .value
        .clone();
    for (path, status) in [
        ("/portal/sign-out", 405),
        ("/portal/sign-in?username=x&password=y", 303),
        ("/portal/sign-in/code", 303),
        ("/portal/sign-in/passkey", 303),
        ("/portal/sign-in/passkey/answer", 303),
        ("/portal/sign-in/recovery", 200),
    ] {
        assert_eq!(browser.open(path).await.status(), status, "{path}");
    }
    assert_eq!(
        browser.cookie(SESSION_COOKIE).expect("a session").value,
        cookie
    );
    assert!(is_signed_in(&browser).await);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_again_can_only_be_the_same() {
    let site = Site::start().await;
    let other = add_user(&site.node, "other@contoso.example", None).await;
    site.commit(&[Write::SetUserPassword {
        tenant_id: other.tenant_id,
        user_id: other.id,
        hash: super::hashed("four slow otters cross a frozen canal"),
    }])
    .await;
    let mut browser = site.signed_in().await;
    let page = browser
        .open("/portal/sign-in?again=1&next=/portal/account")
        .await;
    assert_eq!(page.hidden("username"), ADMIN);
    let entered = [
        ("username", "other@contoso.example"),
        ("password", "four slow otters cross a frozen canal"),
    ];
    let answer = browser.submit(&page, "/portal/sign-in", &entered).await;
    assert_eq!(answer.status(), 400);
    let before = browser.clone();
    let entered = [("password", PASSWORD)];
    let answer = browser.submit(&page, "/portal/sign-in", &entered).await;
    assert_eq!(answer.location(), Some("/portal/account"));
    assert!(is_signed_in(&browser).await);
    assert!(!is_signed_in(&before).await, "a new session, not two");
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_authenticator_app_the_password_is_half() {
    let site = Site::start().await;
    let secret = [7; 20];
    site.commit(&[Write::SetAuthenticator(Authenticator {
        tenant_id: site.admin.tenant_id,
        user_id: site.admin.id,
        sealed_secret: sealed(&format!("authenticator of {}", site.admin.id), &secret),
        last_step: 0,
        created_at: site.node.clock.now(),
    })])
    .await;
    let now = || site.node.clock.now().unix_seconds();
    let mut browser = site.browser();
    let asked = sign_in(&mut browser, ADMIN, PASSWORD).await;
    assert_eq!(asked.status(), 200);
    assert!(!is_signed_in(&browser).await);

    // Another browser cannot go on from here, with or without the right code.
    let mut stranger = site.browser();
    let own = stranger.open("/portal/sign-in").await.hidden("form_token");
    let half = asked.hidden("half");
    let code = code(&secret, now());
    let fields = [
        ("form_token", own.as_str()),
        ("half", half.as_str()),
        ("code", code.as_str()),
    ];
    let answer = stranger.post("/portal/sign-in/code", &fields).await;
    assert_eq!(answer.status(), 400);
    assert!(!is_signed_in(&stranger).await);

    for wrong in ["", "abcdef", &super::sign_in::code(&secret, now() - 3_600)] {
        let entered = [("code", wrong)];
        let answer = browser
            .submit(&asked, "/portal/sign-in/code", &entered)
            .await;
        assert_eq!(answer.status(), 400, "{wrong}");
    }
    let entered = [("code", code.as_str())];
    let late = browser.clone();
    let answer = browser
        .submit(&asked, "/portal/sign-in/code", &entered)
        .await;
    assert_eq!(answer.location(), Some("/portal"));
    assert!(is_signed_in(&browser).await);

    // Each code is good once, also where its page is still open.
    let mut other = late.clone();
    let answer = other.submit(&asked, "/portal/sign-in/code", &entered).await;
    assert_eq!(answer.status(), 400);

    // Five minutes, and as long as nobody ends the sessions or changes the password.
    site.node.clock.advance_seconds(240);
    let entered = [("code", super::sign_in::code(&secret, now()))];
    let entered = entered
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let mut changed = site.browser();
    let half_way = sign_in(&mut changed, ADMIN, PASSWORD).await;
    let end = Write::EndSessions {
        tenant_id: site.admin.tenant_id,
        user_id: site.admin.id,
    };
    site.commit(&[end]).await;
    let answer = changed
        .submit(&half_way, "/portal/sign-in/code", &entered)
        .await;
    assert!(answer.text().contains("That took too long"), "{answer:?}");
    let half_way = sign_in(&mut changed, ADMIN, PASSWORD).await;
    site.set_password("five loud geese guard the old mill")
        .await;
    let answer = changed
        .submit(&half_way, "/portal/sign-in/code", &entered)
        .await;
    assert!(answer.text().contains("That took too long"), "{answer:?}");
    site.node.clock.advance_seconds(61);
    let mut late = late;
    let answer = late.submit(&asked, "/portal/sign-in/code", &entered).await;
    assert!(answer.text().contains("That took too long"), "{answer:?}");
    assert!(!is_signed_in(&late).await && !is_signed_in(&changed).await);
    let log = site.people_log(8).await;
    let count = |code: u32| log.iter().filter(|entry| entry.error_code == code).count();
    assert_eq!((count(50_074), count(500_121), count(0)), (3, 4, 1));
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_signs_its_owner_in_once() {
    let site = Site::start().await;
    let codes = site.recovery_codes().await;
    let code = codes[3].expose().to_uppercase();
    add_user(&site.node, "other@contoso.example", None).await;
    let recover = async |name: &str, code: &str| {
        let mut browser = site.browser();
        let page = browser.open("/portal/sign-in/recovery").await;
        let entered = [("username", name), ("recovery_code", code)];
        let answer = browser
            .submit(&page, "/portal/sign-in/recovery", &entered)
            .await;
        let is_in = is_signed_in(&browser).await;
        (answer, is_in)
    };
    let mut texts = Vec::new();
    for (name, code) in [
        ("other@contoso.example", code.as_str()),
        ("nobody@contoso.example", code.as_str()),
        (ADMIN, "00000-00000-00000-00000"),
        (ADMIN, "x"),
    ] {
        let (answer, is_in) = recover(name, code).await;
        assert_eq!((answer.status(), is_in), (400, false), "{name} {code}");
        texts.push(answer.text());
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    let (answer, is_in) = recover(ADMIN, &code).await;
    assert_eq!(answer.location(), Some("/portal/account?after=recovery"));
    assert!(is_in);
    let (answer, is_in) = recover(ADMIN, &code).await;
    assert_eq!((answer.status(), is_in), (400, false));
    site.node.stop().await;
}

/// As the server seals: AES-256-GCM under the master key of these tests.
fn sealed(name: &str, secret: &[u8]) -> String {
    let key = RandomizedNonceKey::new(&AES_256_GCM, &[1; 32]).expect("a key");
    let mut sealed = secret.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut sealed)
        .expect("it seals");
    BASE64_URL_SAFE_NO_PAD.encode([nonce.as_ref().as_slice(), &sealed].concat())
}

/// RFC 6238, as an authenticator app does it.
fn code(secret: &[u8], seconds: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &(seconds / 30).to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] & 15);
    let bytes: [u8; 4] = tag[offset..offset + 4].try_into().expect("four bytes");
    let number = (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000;
    format!("{number:06}")
}
