"""MSAL Python: `authority` plus `instance_discovery=False`."""

import msal
import pytest

import tokens
from deployment import GRANTS, REFUSALS, aadsts, default_scope, scenario_name

pytestmark = pytest.mark.client(name="MSAL Python", package="msal")


def application(dev, row):
    tenant, client_id, secret = dev.credentials(row)
    return msal.ConfidentialClientApplication(
        client_id,
        client_credential=secret,
        authority=f"{dev.base_url}/{tenant}",
        instance_discovery=False,
    )


@pytest.mark.parametrize("grant", GRANTS, ids=scenario_name)
def test_grant(dev, grant):
    app = application(dev, grant)
    first = app.acquire_token_for_client(scopes=[default_scope(grant)])
    assert "access_token" in first, first
    assert first["token_source"] == "identity_provider"
    tokens.check_token(dev, grant, first["access_token"])

    second = app.acquire_token_for_client(scopes=[default_scope(grant)])
    assert second["token_source"] == "cache"
    assert second["access_token"] == first["access_token"]


@pytest.mark.parametrize("refusal", REFUSALS, ids=scenario_name)
def test_refusal(dev, refusal):
    result = application(dev, refusal).acquire_token_for_client(scopes=[default_scope(refusal)])
    assert "access_token" not in result
    assert result["error"] == refusal["error"]
    assert result["error_codes"] == [refusal["code"]]
    assert result["error_description"].startswith(aadsts(refusal))


@pytest.mark.scenario("oidc_authority, issuer checked")
def test_oidc_authority(dev):
    grant = GRANTS[1]
    _, client_id, secret = dev.credentials(grant)
    app = msal.ConfidentialClientApplication(
        client_id, client_credential=secret, oidc_authority=dev.issuer("2.0")
    )
    result = app.acquire_token_for_client(scopes=[default_scope(grant)])
    assert "access_token" in result, result
    tokens.check_token(dev, grant, result["access_token"])


@pytest.mark.scenario("unknown tenant")
def test_unknown_tenant(dev):
    """MSAL turns any 4xx of the discovery document into this advice, in the constructor."""
    _, client_id, secret = dev.credentials(GRANTS[0])
    with pytest.raises(ValueError, match="check your tenant name"):
        msal.ConfidentialClientApplication(
            client_id,
            client_credential=secret,
            authority=f"{dev.base_url}/nobody.example",
            instance_discovery=False,
        )
