"""`az ad app credential`: passwords and certificates."""

import pytest

SECRET_LENGTH_MIN = 32


@pytest.mark.scenario("credential reset: a password that works")
def test_a_password_is_made_and_works(dev, az, fresh_az, service_principal):
    app_id = service_principal["appId"]
    made = az.run("ad", "app", "credential", "reset", "--id", app_id, "--display-name", "first")
    assert made["appId"] == app_id
    assert made["tenant"] == dev.tenant_id
    assert len(made["password"]) >= SECRET_LENGTH_MIN

    listed = az.run("ad", "app", "credential", "list", "--id", app_id)
    assert [one["displayName"] for one in listed] == ["first"]
    assert listed[0]["hint"] == made["password"][:3]
    assert listed[0]["secretText"] is None

    fresh_az.log_in(dev.tenant_id, app_id, f"--password={made['password']}")


@pytest.mark.scenario("credential reset: replaces, or appends")
def test_a_reset_replaces_unless_told_to_append(az, application):
    identity = ["--id", application["appId"]]
    reset = ["ad", "app", "credential", "reset", *identity, "--display-name"]

    def names():
        listed = az.run("ad", "app", "credential", "list", *identity)
        return sorted(one["displayName"] for one in listed)

    az.run(*reset, "first")
    az.run(*reset, "second", "--append", "--years", "2")
    assert names() == ["first", "second"]
    az.run(*reset, "third", "--end-date", "2099-12-31")
    assert names() == ["third"]

    listed = az.run("ad", "app", "credential", "list", *identity)
    assert listed[0]["endDateTime"].startswith("2099-12-31")
    key = ["--key-id", listed[0]["keyId"]]
    az.run("ad", "app", "credential", "delete", *identity, *key)
    assert names() == []


@pytest.mark.scenario("credential reset --cert")
def test_a_certificate_beside_a_password(az, application, new_certificate):
    identity = ["--id", application["appId"]]
    reset = ["ad", "app", "credential", "reset", *identity]
    az.run(*reset, "--display-name", "password")
    for name in ("one", "two"):
        public, _ = new_certificate(name)
        # What the server has already goes back without its key, and is kept.
        az.run(*reset, "--cert", f"@{public}", "--append", "--display-name", name)

    keys = az.run("ad", "app", "credential", "list", *identity, "--cert")
    assert sorted(one["displayName"] for one in keys) == ["one", "two"]
    assert all(one["type"] == "AsymmetricX509Cert" for one in keys)
    assert all(one["customKeyIdentifier"] for one in keys)
    assert len(az.run("ad", "app", "credential", "list", *identity)) == 1

    key = ["--key-id", keys[0]["keyId"]]
    az.run("ad", "app", "credential", "delete", *identity, *key, "--cert")
    left = az.run("ad", "app", "credential", "list", *identity, "--cert")
    assert [one["keyId"] for one in left] == [keys[1]["keyId"]]


@pytest.mark.scenario("credential reset --create-cert is told why not")
def test_a_certificate_that_az_makes(az, application):
    # The CLI signs it with SHA-1.
    reset = ["ad", "app", "credential", "reset", "--id", application["appId"]]
    assert "is signed with SHA-1" in az.refusal(*reset, "--create-cert")


@pytest.mark.scenario("sp credential reset")
def test_a_password_of_the_service_principal(dev, az, fresh_az, service_principal):
    identity = ["--id", service_principal["id"]]
    made = az.run("ad", "sp", "credential", "reset", *identity)
    assert len(az.run("ad", "sp", "credential", "list", *identity)) == 1
    assert az.run("ad", "app", "credential", "list", "--id", made["appId"]) == []
    fresh_az.log_in(dev.tenant_id, made["appId"], f"--password={made['password']}")
