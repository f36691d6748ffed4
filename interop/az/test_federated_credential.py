"""`az ad app federated-credential`: by name and by id."""

import json

import pytest

CREDENTIAL = {
    "name": "deployment",
    "issuer": "https://token.actions.githubusercontent.com",
    "subject": "repo:contoso/orders:environment:Production",
    "description": "The deployment workflow.",
    "audiences": ["api://AzureADTokenExchange"],
}


@pytest.mark.scenario("federated-credential create, list, show, update, delete")
def test_life_of_a_federated_credential(az, application):
    def command(verb, *arguments):
        credential = ["ad", "app", "federated-credential", verb]
        return az.run(*credential, "--id", application["appId"], *arguments)

    made = command("create", "--parameters", json.dumps(CREDENTIAL))
    assert {name: made[name] for name in CREDENTIAL} == CREDENTIAL

    listed = command("list")
    assert [one["id"] for one in listed] == [made["id"]]
    for identifier in (made["id"], made["name"]):
        shown = command("show", "--federated-credential-id", identifier)
        assert shown["id"] == made["id"]

    named = ["--federated-credential-id", made["name"]]
    changed = {**CREDENTIAL, "subject": "repo:contoso/orders:ref:refs/heads/main"}
    del changed["name"]
    command("update", *named, "--parameters", json.dumps(changed))
    assert command("show", *named)["subject"] == changed["subject"]

    command("delete", *named)
    assert command("list") == []


@pytest.mark.scenario("federated-credential: the same name twice is refused")
def test_a_name_is_unique_in_an_application(az, application):
    create = ["ad", "app", "federated-credential", "create", "--id", application["appId"]]
    az.run(*create, "--parameters", json.dumps(CREDENTIAL))
    other = {**CREDENTIAL, "subject": "repo:contoso/orders:ref:refs/heads/main"}
    said = az.refusal(*create, "--parameters", json.dumps(other))
    assert "already exists" in said
