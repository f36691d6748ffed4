"""`az ad sp`, `az ad user`, `az ad signed-in-user`, and `az rest`."""

import pytest

from deployment import unique


@pytest.mark.scenario("sp create, list, show, update, delete")
def test_life_of_a_service_principal(dev, az, application):
    app_id = application["appId"]
    made = az.run("ad", "sp", "create", "--id", app_id)
    assert made["appId"] == app_id
    assert made["displayName"] == application["displayName"]
    assert app_id in made["servicePrincipalNames"]

    for identifier in (made["id"], app_id):
        assert az.run("ad", "sp", "show", "--id", identifier)["id"] == made["id"]
    for option, value in [
        ("--display-name", application["displayName"]),
        ("--spn", app_id),
        ("--filter", f"appId eq '{app_id}'"),
    ]:
        found = az.run("ad", "sp", "list", option, value)
        assert [one["id"] for one in found] == [made["id"]], option

    az.run("ad", "sp", "update", "--id", app_id, "--set", "accountEnabled=false")
    assert az.run("ad", "sp", "show", "--id", app_id)["accountEnabled"] is False
    owners = az.run("ad", "sp", "owner", "list", "--id", app_id)
    assert [one["id"] for one in owners] == [dev.administrator["servicePrincipalId"]]

    az.run("ad", "sp", "delete", "--id", app_id)
    assert az.run("ad", "sp", "list", "--spn", app_id) == []


@pytest.mark.scenario("sp create twice is refused")
def test_one_service_principal_for_an_application(az, service_principal):
    said = az.refusal("ad", "sp", "create", "--id", service_principal["appId"])
    assert "already in use" in said


@pytest.mark.scenario("sp create-for-rbac")
def test_application_password_and_service_principal_in_one(dev, az, fresh_az):
    made = az.run("ad", "sp", "create-for-rbac", "--name", unique("az rbac"))
    try:
        fresh_az.log_in(dev.tenant_id, made["appId"], f"--password={made['password']}")
    finally:
        az.run("ad", "app", "delete", "--id", made["appId"])


@pytest.mark.scenario("signed-in-user show says that nobody is signed in")
def test_an_application_is_no_user(az):
    said = az.refusal("ad", "signed-in-user", "show")
    assert "/me request is only valid with delegated authentication flow." in said


@pytest.mark.scenario("rest: get, patch, delete, and paging by nextLink")
def test_requests_by_hand(dev, az, application):
    url = dev.graph(f"applications/{application['id']}")
    az.run("rest", "--method", "patch", "--url", url, "--body", '{"notes": "by hand"}')
    read = az.run("rest", "--url", url + "?$select=id,notes")
    assert (read["id"], read["notes"]) == (application["id"], "by hand")

    seen, next_url = [], dev.graph("users?$top=2&$select=id")
    while next_url is not None:
        page = az.run("rest", "--url", next_url)
        assert len(page["value"]) <= 2
        seen += [one["id"] for one in page["value"]]
        next_url = page.get("@odata.nextLink")
    assert len(seen) > 2
    assert sorted(seen) == sorted(one["id"] for one in az.run("ad", "user", "list"))
