use super::*;
use crate::graph::permission::GRAPH_APP_ID;
use crate::ids::AppRoleId;

fn roles(permissions: &[Permission]) -> PermissionSet {
    permissions.iter().copied().collect()
}

/// Which operations each single permission allows, and on what.
#[test]
fn the_matrix() {
    let mut text = String::from("token alone:\n");
    let mut row = |roles: &PermissionSet| {
        for operation in Operation::ALL.iter().copied() {
            let sign = match check(operation, roles) {
                Decision::Allowed => "",
                Decision::OnlyIfOwned => " (owned)",
                Decision::OnlyIfItself => " (itself)",
                Decision::OnlyIfOwnedOrItself => " (owned or itself)",
                Decision::Denied => continue,
            };
            text.push_str(&format!("  {}{sign}\n", operation.name()));
        }
        std::mem::take(&mut text)
    };
    let mut matrix = row(&PermissionSet::default());
    for permission in Permission::ALL {
        matrix.push_str(&format!("{}:\n", permission.value()));
        matrix.push_str(&row(&roles(&[permission])));
    }
    insta::assert_snapshot!(matrix);
}

#[test]
fn a_wider_permission_allows_all_that_the_narrower_does() {
    let rank = |decision| match decision {
        Decision::Allowed => 3,
        Decision::OnlyIfOwnedOrItself => 2,
        Decision::OnlyIfOwned | Decision::OnlyIfItself => 1,
        Decision::Denied => 0,
    };
    for narrow in Permission::ALL {
        for wide in set::wider(narrow) {
            for operation in Operation::ALL.iter().copied() {
                assert!(
                    rank(check(operation, &roles(&[*wide])))
                        >= rank(check(operation, &roles(&[narrow]))),
                    "{operation:?}: {wide:?} for {narrow:?}"
                );
            }
        }
    }
}

#[test]
fn granting_takes_two_permissions_and_a_third_for_graph_itself() {
    use Permission as P;
    let one = roles(&[P::AppRoleAssignmentReadWriteAll]);
    assert!(!may_grant(&one, false));
    let two = roles(&[P::AppRoleAssignmentReadWriteAll, P::ApplicationReadAll]);
    assert!(may_grant(&two, false));
    assert!(!may_grant(&two, true));
    let three = roles(&[
        P::AppRoleAssignmentReadWriteAll,
        P::ApplicationReadAll,
        P::RoleManagementReadWriteDirectory,
    ]);
    assert!(may_grant(&three, true));
    assert!(!may_grant(
        &roles(&[P::RoleManagementReadWriteDirectory]),
        true
    ));
}

#[test]
fn withdrawing_takes_one_permission_and_another_for_graph_itself() {
    use Permission as P;
    let one = roles(&[P::AppRoleAssignmentReadWriteAll]);
    assert!(may_withdraw(&one, false));
    assert!(!may_withdraw(&one, true));
    let two = roles(&[
        P::AppRoleAssignmentReadWriteAll,
        P::RoleManagementReadWriteDirectory,
    ]);
    assert!(may_withdraw(&two, true));
    let other = roles(&[P::RoleManagementReadWriteDirectory]);
    assert!(!may_withdraw(&other, true));
}

#[test]
fn nobody_takes_over_what_can_do_more() {
    use Permission as P;
    let writer = roles(&[P::ApplicationReadWriteAll]);
    for weaker in [
        &[][..],
        &[P::ApplicationReadAll],
        &[P::ApplicationReadWriteAll, P::ApplicationReadWriteOwnedBy],
    ] {
        assert!(may_take_over(&writer, &roles(weaker)), "{weaker:?}");
    }
    for permission in Permission::ALL {
        let target = roles(&[P::ApplicationReadAll, permission]);
        let administrator = roles(&[P::RoleManagementReadWriteDirectory]);
        assert!(may_take_over(&administrator, &target));
        let is_weaker = target == roles(&[P::ApplicationReadAll])
            || permission == P::ApplicationReadWriteAll
            || permission == P::ApplicationReadWriteOwnedBy;
        assert_eq!(may_take_over(&writer, &target), is_weaker, "{permission:?}");
    }
    // A permission that this API does not know is one all the same.
    let mail: PermissionSet = [AppRoleId::new(uuid::uuid!(
        "b633e1c5-b582-4048-a93e-9f11b44c7e96"
    ))]
    .into_iter()
    .collect();
    assert!(!may_take_over(&writer, &mail));
}

#[test]
fn a_role_counts_only_while_token_and_directory_agree() {
    use Permission as P;
    let granted = [P::ApplicationReadAll, P::UserReadAll].map(P::app_role_id);
    let effective = PermissionSet::effective(
        [
            "Application.Read.All",
            "Domain.Read.All",
            "application.readwrite.all",
        ],
        granted.into_iter().chain([AppRoleId::DEFAULT_ACCESS]),
    );
    assert_eq!(effective, roles(&[P::ApplicationReadAll]));
    assert!(PermissionSet::effective([], granted).is_empty());
    assert!(PermissionSet::effective(["User.Read.All"], []).is_empty());
}

#[test]
fn every_write_needs_a_permission_except_with_proof() {
    for operation in Operation::ALL.iter().copied() {
        let decision = check(operation, &PermissionSet::default());
        let is_free = matches!(
            operation,
            Operation::Me | Operation::MeOwnedObjects | Operation::Batch
        );
        let is_proved = operation.template().ends_with("Key");
        match (is_free, is_proved) {
            (true, _) => assert_eq!(decision, Decision::Allowed, "{operation:?}"),
            (_, true) => assert_eq!(decision, Decision::OnlyIfItself, "{operation:?}"),
            _ => assert_eq!(decision, Decision::Denied, "{operation:?}"),
        }
    }
}

#[test]
fn the_reference_names_every_route_and_permission() {
    let text = reference();
    for operation in Operation::ALL.iter().copied() {
        let route = format!("| `{} {}` |", operation.method().as_str(), operation.path());
        assert_eq!(text.matches(&route).count(), 1, "{route}");
        assert!(!operation.summary().is_empty());
    }
    for permission in Permission::ALL {
        assert!(text.contains(&permission.app_role_id().to_string()));
    }
    assert!(text.contains(&GRAPH_APP_ID.to_string()));
}

#[test]
fn administrators_are_changed_only_with_the_right_to_manage_roles() {
    use Permission as P;
    let every_right = |but: P| {
        let mut others = Permission::ALL.to_vec();
        others.retain(|one| *one != but);
        roles(&others)
    };
    let most = every_right(P::RoleManagementReadWriteDirectory);
    assert!(may_change_administrator(&most, &[]));
    for role in DirectoryRole::ALL {
        assert!(!may_change_administrator(&most, &[role]), "{role:?}");
    }
    let privileged = roles(&[P::RoleManagementReadWriteDirectory]);
    assert!(may_change_administrator(
        &privileged,
        &[DirectoryRole::GlobalAdministrator]
    ));
    assert!(!may_change_administrator(
        &privileged,
        &[DirectoryRole::TenantCreator]
    ));
}
