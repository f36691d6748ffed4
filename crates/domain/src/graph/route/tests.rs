use proptest::prelude::*;

use super::*;
use crate::graph::error::GraphError;

const ID: &str = "11111111-1111-1111-1111-111111111111";

fn read(method: Method, path: &str) -> Result<Call, GraphError> {
    Call::read(method, Version::V1, &segments(path)?)
}

fn get(path: &str) -> Result<Call, GraphError> {
    read(Method::Get, path)
}

#[test]
fn keys_are_read_in_every_form() {
    use ApplicationKey as A;
    let id = ID.parse().expect("a GUID");
    for path in [
        "/applications/{}",
        "/applications('{}')",
        "/applications({})",
        "/Applications(id='{}')/",
    ] {
        let path = path.replace("{}", ID);
        assert_eq!(get(&path), Ok(Call::GetApplication(A::Id(id))), "{path}");
    }
    let app_id = ID.parse().expect("a GUID");
    assert_eq!(
        get(&format!("/applications(appId='{ID}')")),
        Ok(Call::GetApplication(A::AppId(app_id)))
    );
    assert_eq!(
        get("/applications(uniqueName='o''neil%2Fx+y')/owners"),
        Ok(Call::ListApplicationOwners(A::UniqueName(
            "o'neil/x+y".to_owned()
        )))
    );
    let name = || FederatedCredentialKey::Name("ci".to_owned());
    for path in [
        "/applications/{}/federatedIdentityCredentials/ci",
        "/applications/{}/federatedIdentityCredentials(name='ci')",
    ] {
        assert_eq!(
            get(&path.replace("{}", ID)),
            Ok(Call::GetFederatedCredential(A::Id(id), name())),
            "{path}"
        );
    }
    assert_eq!(
        get("/users/ada@contoso.example"),
        Ok(Call::GetUser(UserKey::UserPrincipalName(
            "ada@contoso.example".to_owned()
        )))
    );
    assert_eq!(
        get("/directory/deleteditems/microsoft.graph.application"),
        Ok(Call::ListDeletedItems(DeletedKind::Application))
    );
    assert_eq!(
        read(
            Method::Post,
            &format!("/servicePrincipals/{ID}/microsoft.graph.addPassword")
        )
        .map(|call| call.operation()),
        Ok(Operation::AddServicePrincipalPassword)
    );
}

#[test]
fn what_is_no_path_says_where_it_ends() {
    for (path, segment) in [
        ("/groups", "groups"),
        ("/applications/delta", "delta"),
        ("/applications/delta()", "delta"),
        (&format!("/applications/{ID}/zones"), "zones"),
        (&format!("/applications/{ID}/owners/$count"), "$count"),
        ("/applications/$ref", "$ref"),
        ("/applications//owners", ""),
        ("/auditLogs", "auditLogs"),
        ("/policies/nonePolicies", "nonePolicies"),
        (&format!("/applications/{ID}/owners/{ID}/$ref/x"), "x"),
    ] {
        let error = get(path).expect_err(path);
        assert_eq!(
            (error.status, error.code, error.message),
            (
                400,
                "BadRequest",
                format!("Resource not found for the segment '{segment}'.")
            ),
            "{path}"
        );
    }
}

#[test]
fn a_key_that_cannot_be_is_refused() {
    for (path, status) in [
        ("/applications/orders", 404),
        ("/applications('orders')", 404),
        (
            "/servicePrincipals/{11111111-1111-1111-1111-111111111111}",
            404,
        ),
        ("/applications(appId='orders')", 400),
        ("/applications(displayName='orders')", 400),
        ("/applications(uniqueName='')", 400),
        ("/applications(uniqueName='o'neil')", 400),
        ("/applications(uniqueName='a',appId='b')", 400),
        ("/applications(uniqueName='a)", 400),
        ("/applications(a=b=c)", 400),
        ("/applications/%00", 400),
        ("/applications/%zz", 400),
        ("/applications/%ff", 400),
        ("/servicePrincipals(uniqueName='x')", 400),
    ] {
        assert_eq!(
            get(path).map_err(|error| error.status),
            Err(status),
            "{path}"
        );
    }
}

#[test]
fn the_version_alone_is_no_resource() {
    for path in ["", "/"] {
        let error = get(path).expect_err("no resource");
        assert_eq!(error.status, 400);
        assert!(error.message.contains("/v1.0/applications"), "{error}");
    }
}

#[test]
fn another_method_is_not_allowed() {
    let path = format!("/applications/{ID}");
    let error = read(Method::Post, &path).expect_err("no such operation");
    assert_eq!(error.status, 405);
    let segments = segments(&path).expect("a path");
    let unknown = unknown_method(&segments);
    assert_eq!(unknown, error);
    assert!(
        unknown.message.ends_with("Allowed: GET, PATCH, DELETE."),
        "{unknown}"
    );
    let batch = unknown_method(&["$batch"]);
    assert!(batch.message.ends_with("Allowed: POST."), "{batch}");
    assert_eq!(unknown_method(&["zones"]).status, 400);
    assert_eq!(
        allowed_methods(&segments),
        [Method::Get, Method::Patch, Method::Delete]
    );
    assert!(allowed_methods(&["zones"]).is_empty());
    assert_eq!(
        read(Method::Delete, "/applications").map_err(|e| e.status),
        Err(405)
    );
    assert_eq!(read(Method::Get, "/$batch").map_err(|e| e.status), Err(405));
    // An action's name is no id.
    let action = "/directoryObjects/getByIds";
    assert_eq!(read(Method::Get, action).map_err(|e| e.status), Err(405));
    let parts = ["directoryObjects", "getByIds"];
    assert_eq!(allowed_methods(&parts), [Method::Post]);
    for method in [Method::Get, Method::Patch, Method::Delete] {
        let other = read(method, "/applications/other");
        assert_eq!(other.map_err(|e| e.status), Err(404));
    }
}

#[test]
fn beta_is_read_only() {
    let path = segments(&format!("/applications/{ID}")).expect("a path");
    assert!(Call::read(Method::Get, Version::Beta, &path).is_ok());
    let error = Call::read(Method::Patch, Version::Beta, &path).expect_err("a write");
    assert_eq!(error.status, 400);
    assert!(error.message.contains("/v1.0"), "{error}");
    assert!(
        Call::read(
            Method::Post,
            Version::Beta,
            &["directoryObjects", "getByIds"]
        )
        .is_ok()
    );
}

#[test]
fn every_operation_has_a_path_of_its_own() {
    for operation in Operation::ALL.iter().copied() {
        let same = |other: &&Operation| {
            other.method() == operation.method() && other.template() == operation.template()
        };
        assert_eq!(
            Operation::ALL.iter().filter(same).count(),
            1,
            "{operation:?}"
        );
        assert_eq!(call(operation, "x").operation(), operation);
    }
}

/// Some call of the operation, by filling in its template.
fn call(operation: Operation, name: &str) -> Call {
    let name = name.replace('\'', "''");
    let mut path = operation.template().to_owned();
    for (placeholder, value) in [
        ("{type}", "microsoft.graph.servicePrincipal"),
        ("{navigation}", "memberOf"),
        ("{kind}", "tokenLifetimePolicies"),
        ("{assignment}", "aB_-"),
        ("{grant}", "aB_-"),
        ("{domain}", "contoso.example"),
        ("{entry}", ID),
    ] {
        path = path.replace(placeholder, value);
    }
    for (keyed, key) in [
        (
            "applications/{application}",
            format!("applications(uniqueName='{name}')"),
        ),
        ("/{credential}", format!("(name='{name}')")),
        ("/{user}", format!("(userPrincipalName='{name}')")),
    ] {
        path = path.replace(keyed, &key);
    }
    for id in ["{servicePrincipal}", "{owner}", "{tenant}", "{object}"] {
        path = path.replace(id, ID);
    }
    let parts: Vec<_> = split(&path);
    Call::read(operation.method(), Version::V1, &parts)
        .unwrap_or_else(|error| panic!("{operation:?} at {path}: {error}"))
}

/// Splits where a slash stands outside brackets.
fn split(path: &str) -> Vec<String> {
    let mut parts = vec![];
    let mut is_inside = false;
    for character in path.chars() {
        match character {
            '/' if !is_inside => parts.push(String::new()),
            _ => parts
                .last_mut()
                .expect("a path begins with a slash")
                .push(character),
        }
        is_inside = match character {
            '(' => true,
            ')' => false,
            _ => is_inside,
        };
    }
    parts
}

proptest! {
    #[test]
    fn a_printed_path_is_the_same_call(
        operation in prop::sample::select(Operation::ALL),
        name in "[a-zA-Z0-9 ''%/+?#&=@é_-]{1,20}",
    ) {
        let call = call(operation, &name);
        let printed = call.to_string();
        prop_assert!(printed.is_ascii(), "{}", printed);
        let again = Call::read(operation.method(), Version::V1, &segments(&printed).expect("a path"));
        prop_assert_eq!(again, Ok(call));
    }

    #[test]
    fn any_path_is_a_call_or_an_error(
        path in "/(domains|users|applications|oauth2PermissionGrants)(/|\\(')[$a-z()'=.%0-9 /]{0,12}('\\))?(/owners)?",
    ) {
        let Ok(parts) = segments(&path) else {
            return Ok(());
        };
        match Call::read(Method::Get, Version::V1, &parts) {
            Ok(call) => prop_assert_eq!(get(&call.to_string()), Ok(call)),
            Err(error) => prop_assert!(matches!(error.status, 400 | 404 | 405), "{}", error),
        }
    }
}
