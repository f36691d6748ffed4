"""`az ad app`: create, list, show, update, delete."""

import json

import pytest

from deployment import unique

ROLE = {
    "id": "7f3f0a51-6b0c-4c7e-9d55-0d5f3f0a9c01",
    "allowedMemberTypes": ["Application"],
    "description": "Read every report.",
    "displayName": "Read reports",
    "isEnabled": True,
    "value": "Reports.Read",
}


@pytest.mark.scenario("app create, show, update, delete")
def test_life_of_an_application(az):
    name = unique("az life")
    made = az.run("ad", "app", "create", "--display-name", name)
    assert made["displayName"] == name
    assert made["signInAudience"] == "AzureADMyOrg"

    uri = f"api://{made['appId']}"
    az.run("ad", "app", "update", "--id", made["id"], "--identifier-uris", uri)
    for identifier in (made["id"], made["appId"], uri):
        assert az.run("ad", "app", "show", "--id", identifier)["identifierUris"] == [uri]

    renamed = unique("az renamed")
    az.run("ad", "app", "update", "--id", uri, "--display-name", renamed)
    assert az.run("ad", "app", "show", "--id", uri)["displayName"] == renamed

    az.run("ad", "app", "delete", "--id", uri)
    said = az.refusal("ad", "app", "show", "--id", made["id"])
    assert f"Resource '{made['id']}' does not exist" in said
    assert az.run("ad", "app", "list", "--app-id", made["appId"]) == []


@pytest.mark.scenario("app create with the name of an application updates that one")
def test_a_name_is_used_again(az, application):
    create = ["ad", "app", "create", "--display-name", application["displayName"]]
    again = az.run(*create, "--sign-in-audience", "AzureADMultipleOrgs")
    assert again["id"] == application["id"]
    assert again["signInAudience"] == "AzureADMultipleOrgs"


@pytest.mark.scenario("app list, every filter")
def test_an_application_is_found(az, application):
    az.run(
        *["ad", "app", "update", "--id", application["id"]],
        *["--identifier-uris", f"api://{application['appId']}"],
    )
    name, app_id = application["displayName"], application["appId"]
    for option, value in [
        ("--display-name", name),
        ("--app-id", app_id),
        ("--identifier-uri", f"api://{app_id}"),
        ("--filter", f"displayName eq '{name}' and appId eq '{app_id}'"),
    ]:
        found = az.run("ad", "app", "list", option, value)
        assert [one["id"] for one in found] == [application["id"]], option
    every = [one["id"] for one in az.run("ad", "app", "list", "--all")]
    assert application["id"] in every
    assert len(every) == len(set(every))


@pytest.mark.scenario("app roles and the version of tokens")
def test_a_role_is_disabled_before_it_goes(az, application, tmp_path):
    update = ["ad", "app", "update", "--id", application["id"]]
    manifest = tmp_path / "roles.json"

    def set_roles(roles, run=az.run):
        manifest.write_text(json.dumps(roles))
        return run(*update, "--app-roles", f"@{manifest}")

    set_roles([ROLE])
    az.run(*update, "--requested-access-token-version", "2")
    shown = az.run("ad", "app", "show", "--id", application["id"])
    assert shown["appRoles"][0]["value"] == "Reports.Read"
    assert shown["api"]["requestedAccessTokenVersion"] == 2

    said = set_roles([], run=az.refusal)
    assert "cannot be deleted or updated unless disabled first" in said
    set_roles([{**ROLE, "isEnabled": False}])
    set_roles([])
    assert az.run("ad", "app", "show", "--id", application["id"])["appRoles"] == []


@pytest.mark.scenario("an apostrophe in a name is an error, not a crash")
def test_an_apostrophe(az):
    # The command puts the name into $filter as it is.
    for command in (["list"], ["create"]):
        said = az.refusal("ad", "app", *command, "--display-name", "o'neil")
        assert said.startswith("ERROR: "), said
        assert "filter" in said.lower(), said


@pytest.mark.scenario("an unknown application is not found")
def test_an_unknown_application(az):
    unknown = "00000000-1111-2222-3333-444444444444"
    for command in (["show"], ["delete"], ["credential", "list"]):
        said = az.refusal("ad", "app", *command, "--id", unknown)
        assert f"Resource '{unknown}' does not exist" in said, command
