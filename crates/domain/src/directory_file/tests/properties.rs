//! What holds for every directory and every text.

use proptest::prelude::*;

use super::super::{DirectoryFile, export};
use super::states::directory;
use super::{World, lines};
use crate::directory::TenantState;

/// In the order of the store, without what a file does not say.
fn comparable(mut tenants: Vec<TenantState>) -> String {
    for state in &mut tenants {
        state.applications.sort_by_key(|application| application.id);
        state
            .service_principals
            .sort_by_key(|principal| principal.id);
        state.passwords.sort_by_key(|password| password.key_id);
        state
            .assignments
            .sort_by_key(|one| (one.principal_id, one.resource_id, one.app_role_id));
        state.users.sort_by_key(|user| user.id);
        state.keys.sort_by_key(|key| key.key_id);
        state.federated.sort_by_key(|credential| credential.id);
        for password in &mut state.passwords {
            // A new entry without a text gets a secret, and so another hint.
            password.hint = "?".into();
        }
    }
    export(&tenants)
}

proptest! {
    #[test]
    fn applying_an_export_changes_nothing(tenants in (0..4_usize).prop_flat_map(|count| directory(count, true))) {
        let text = export(&tenants);
        let plan = World::new(tenants).plan(&text);
        let plan = plan.map_err(|errors| TestCaseError::fail(format!("{errors}\n{text}")))?;
        prop_assert_eq!(lines(&plan), Vec::<String>::new(), "{}", text);
        prop_assert!(plan.is_empty());
    }

    #[test]
    fn a_directory_becomes_what_the_file_says_and_stays_so(
        (old, new) in (1..4_usize).prop_flat_map(|count| (directory(count, false), directory(count, false)))
    ) {
        let text = export(&new);
        let mut world = World::new(old);
        world.apply(&text).map_err(|errors| TestCaseError::fail(format!("{errors}\n{text}")))?;
        let again = world.plan(&text).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        prop_assert_eq!(lines(&again), Vec::<String>::new());
        prop_assert!(again.is_empty());
        prop_assert_eq!(comparable(world.tenants), comparable(new));
    }

    #[test]
    fn an_export_shows_no_secret(tenants in directory(2, true)) {
        let text = export(&tenants);
        for password in tenants.iter().flat_map(|state| &state.passwords) {
            prop_assert!(!text.contains(&password.hash.to_stored()));
        }
        prop_assert!(!text.contains("secretText"));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _ = DirectoryFile::parse("d.yaml", &text);
    }

    #[test]
    fn no_words_of_the_format_make_the_planner_panic(
        words in proptest::collection::vec(proptest::sample::select(&WORDS[..]), 0..60)
    ) {
        let _ = World::new(Vec::new()).plan(&words.concat());
    }

    #[test]
    fn no_damaged_export_makes_the_planner_panic(
        tenants in directory(2, true),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), proptest::sample::select(&WORDS[..])), 1..4)
    ) {
        let mut text = export(&tenants);
        for (place, word) in cuts {
            let mut place = place.index(text.len());
            while !text.is_char_boundary(place) {
                place -= 1;
            }
            text.insert_str(place, word);
        }
        let _ = World::new(tenants).plan(&text);
    }
}

const WORDS: [&str; 40] = [
    "tenants:",
    "\n",
    "\n- ",
    "\n  ",
    "\n  - ",
    "\n    ",
    "\n    - ",
    "displayName: A",
    "id: ",
    "11111111-1111-1111-1111-111111111111",
    "applications:",
    "appId: ",
    "appRoles:",
    "value: R",
    "passwordCredentials:",
    "secretText: a secret for the tests",
    "servicePrincipal: null",
    "keyCredentials:",
    "certificateFile: orders.pem",
    "key: MIIB",
    "trustedSubject: {commonName: A}",
    "federatedIdentityCredentials:",
    "name: build",
    "issuer: https://a.example",
    "claimsMatchingExpression: claims['sub'] eq 'a'",
    "keys: {keys: [{kty: EC}]}",
    "assertionPolicy: {singleUse: true}",
    "grants:",
    "resource: A",
    "roles: [R]",
    "users: []",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "null",
    "&a ",
    "*a",
    "\"",
];
