"""azure-identity, synchronous: `authority` plus `disable_instance_discovery`, or environment only."""

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, DefaultAzureCredential, EnvironmentCredential

import tokens
from deployment import FIRST_TOKENS, GRANTS, REFUSALS, aadsts, default_scope, scenario_name

pytestmark = pytest.mark.client(name="azure-identity (sync)", package="azure-identity")


def credential(dev, row):
    return ClientSecretCredential(
        *dev.credentials(row), authority=dev.base_url, disable_instance_discovery=True
    )


@pytest.mark.parametrize("grant", GRANTS, ids=scenario_name)
def test_grant(dev, grant):
    with credential(dev, grant) as signed_in:
        first = signed_in.get_token(default_scope(grant))
        tokens.check_token(dev, grant, first.token)
        assert signed_in.get_token(default_scope(grant)).token == first.token


@pytest.mark.parametrize("refusal", REFUSALS, ids=scenario_name)
def test_refusal(dev, refusal):
    refused = credential(dev, refusal)
    with refused, pytest.raises(ClientAuthenticationError, match=aadsts(refusal)):
        refused.get_token(default_scope(refusal))


@pytest.mark.scenario("environment only, through adfs")
def test_environment_only(dev, adfs_environment):
    for grant in FIRST_TOKENS:
        with EnvironmentCredential() as signed_in:
            token = signed_in.get_token(default_scope(grant)).token
        tokens.check_token(dev, grant, token)


@pytest.mark.scenario("DefaultAzureCredential, environment only, through adfs")
def test_default_credential(dev, adfs_environment):
    for grant in FIRST_TOKENS:
        with DefaultAzureCredential() as signed_in:
            token = signed_in.get_token(default_scope(grant)).token
        tokens.check_token(dev, grant, token)


@pytest.mark.scenario("environment only, wrong secret, through adfs")
def test_environment_only_wrong_secret(dev, adfs_environment, monkeypatch):
    refusal = REFUSALS[0]
    monkeypatch.setenv("AZURE_CLIENT_SECRET", refusal["secret"])
    refused = EnvironmentCredential()
    with refused, pytest.raises(ClientAuthenticationError, match=aadsts(refusal)):
        refused.get_token(default_scope(refusal))
