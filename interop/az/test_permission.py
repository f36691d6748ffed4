"""`az ad app permission`, `az ad app owner`, and a grant through `az rest`."""

import json

import jwt
import pytest

GRAPH = "00000003-0000-0000-c000-000000000000"
# User.Read.All, as the real service numbers it.
USER_READ_ALL = "df021288-bdef-4463-88db-98f22de89214"


@pytest.mark.scenario("permission add, list, delete")
def test_what_an_application_asks_for(az, application):
    identity = ["--id", application["appId"]]
    role = ["--api", GRAPH, "--api-permissions", f"{USER_READ_ALL}=Role"]
    az.run("ad", "app", "permission", "add", *identity, *role)
    asked = [
        {
            "resourceAppId": GRAPH,
            "resourceAccess": [{"id": USER_READ_ALL, "type": "Role"}],
        }
    ]
    assert az.run("ad", "app", "permission", "list", *identity) == asked
    az.run("ad", "app", "permission", "delete", *identity, "--api", GRAPH)
    assert az.run("ad", "app", "permission", "list", *identity) == []


@pytest.mark.scenario("permission grant, list-grants")
def test_a_delegated_permission_is_granted(az, service_principal):
    identity = ["--id", service_principal["appId"]]
    az.run("ad", "app", "permission", "grant", *identity, "--api", GRAPH, "--scope", "User.Read")
    grants = az.run("ad", "app", "permission", "list-grants", *identity)
    assert [(one["clientId"], one["scope"]) for one in grants] == [
        (service_principal["id"], "User.Read")
    ]


@pytest.mark.scenario("rest: an app role is granted and is in the next token")
def test_a_role_is_granted(dev, az, fresh_az, service_principal):
    graph = az.run("ad", "sp", "show", "--id", GRAPH)
    assignment = {
        "principalId": service_principal["id"],
        "resourceId": graph["id"],
        "appRoleId": USER_READ_ALL,
    }
    url = dev.graph(f"servicePrincipals/{service_principal['id']}/appRoleAssignments")
    made = az.run("rest", "--method", "post", "--url", url, "--body", json.dumps(assignment))
    assert {name: made[name] for name in assignment} == assignment

    app_id = service_principal["appId"]
    password = az.run("ad", "app", "credential", "reset", "--id", app_id)["password"]
    fresh_az.log_in(dev.tenant_id, app_id, f"--password={password}")
    token = fresh_az.run("account", "get-access-token", "--resource", dev.base_url)["accessToken"]
    assert jwt.decode(token, options={"verify_signature": False})["roles"] == ["User.Read.All"]
    # The role reads users, and nothing else.
    assert isinstance(fresh_az.run("ad", "user", "list"), list)
    said = fresh_az.refusal("ad", "app", "list")
    assert "Insufficient privileges to complete the operation." in said


@pytest.mark.scenario("owner add, list, remove")
def test_an_owner(az, application, service_principal):
    identity = ["--id", application["appId"]]
    owner = ["--owner-object-id", service_principal["id"]]
    az.run("ad", "app", "owner", "add", *identity, *owner)
    owners = az.run("ad", "app", "owner", "list", *identity)
    assert service_principal["id"] in [one["id"] for one in owners]
    az.run("ad", "app", "owner", "remove", *identity, *owner)
    owners = az.run("ad", "app", "owner", "list", *identity)
    assert service_principal["id"] not in [one["id"] for one in owners]
