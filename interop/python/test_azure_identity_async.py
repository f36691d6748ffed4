"""azure-identity, asynchronous: it makes no discovery, so the environment alone is enough."""

import asyncio

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import ClientSecretCredential, EnvironmentCredential

import tokens
from deployment import FIRST_TOKENS, GRANTS, REFUSALS, aadsts, default_scope, scenario_name

pytestmark = pytest.mark.client(name="azure-identity (async)", package="azure-identity")


async def request(credential, row):
    """The tokens of two requests in a row; the second must come from the credential's cache."""
    async with credential as signed_in:
        first = await signed_in.get_token(default_scope(row))
        second = await signed_in.get_token(default_scope(row))
    return first.token, second.token


def secret_credential(dev, row):
    return ClientSecretCredential(*dev.credentials(row), authority=dev.base_url)


@pytest.mark.parametrize("grant", GRANTS, ids=scenario_name)
def test_grant(dev, grant):
    first, second = asyncio.run(request(secret_credential(dev, grant), grant))
    tokens.check_token(dev, grant, first)
    assert second == first


@pytest.mark.parametrize("refusal", REFUSALS, ids=scenario_name)
def test_refusal(dev, refusal):
    with pytest.raises(ClientAuthenticationError, match=aadsts(refusal)) as caught:
        asyncio.run(request(secret_credential(dev, refusal), refusal))
    assert caught.value.response.status_code == refusal["status"]


@pytest.mark.scenario("environment only, tenant id")
def test_environment_only(dev, tenant_environment):
    for grant in FIRST_TOKENS:
        token, _ = asyncio.run(request(EnvironmentCredential(), grant))
        tokens.check_token(dev, grant, token)


@pytest.mark.scenario("environment only, through adfs")
def test_environment_only_adfs(dev, adfs_environment):
    for grant in FIRST_TOKENS:
        token, _ = asyncio.run(request(EnvironmentCredential(), grant))
        tokens.check_token(dev, grant, token)
