"""ADAL, the retired v1.0 library: `resource` instead of `scope`, and JSON strings for numbers."""

import time

import adal
import pytest
import requests

import tokens
from deployment import GRANTS, REFUSALS, aadsts, scenario_name

pytestmark = pytest.mark.client(name="ADAL Python", package="adal")


def context(dev, row):
    return adal.AuthenticationContext(
        f"{dev.base_url}/{dev.tenant(row)}", validate_authority=False, api_version="1.0"
    )


@pytest.mark.parametrize("grant", GRANTS, ids=scenario_name)
def test_grant(dev, grant):
    _, client_id, secret = dev.credentials(grant)
    result = context(dev, grant).acquire_token_with_client_credentials(
        grant["resource"], client_id, secret
    )
    assert result["tokenType"] == "Bearer"
    assert result["resource"] == grant["resource"]
    assert 3500 <= result["expiresIn"] <= 3600
    assert "refreshToken" not in result
    tokens.check_token(dev, grant, result["accessToken"])


@pytest.mark.parametrize("refusal", REFUSALS, ids=scenario_name)
def test_refusal(dev, refusal):
    _, client_id, secret = dev.credentials(refusal)
    with pytest.raises(adal.AdalError) as caught:
        context(dev, refusal).acquire_token_with_client_credentials(
            refusal["resource"], client_id, secret
        )
    response = caught.value.error_response
    assert response["error"] == refusal["error"]
    assert response["error_codes"] == [refusal["code"]]
    assert response["error_description"].startswith(aadsts(refusal))


@pytest.mark.scenario("v1.0 members are strings")
def test_members_are_strings(dev):
    """What ADAL hides by converting: strongly typed v1.0 clients fail on a JSON number."""
    grant = GRANTS[0]
    tenant, client_id, secret = dev.credentials(grant)
    response = requests.post(
        f"{dev.base_url}/{tenant}/oauth2/token?api-version=1.0",
        data={
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "resource": grant["resource"],
        },
        timeout=10,
    )
    assert response.status_code == 200
    body = response.json()
    assert all(isinstance(member, str) for member in body.values()), body
    assert set(body) == {
        "token_type",
        "expires_in",
        "ext_expires_in",
        "expires_on",
        "not_before",
        "resource",
        "access_token",
    }
    assert int(body["expires_on"]) - time.time() == pytest.approx(3600, abs=30)
