"""PyJWT on the receiving side: what it must refuse. What it accepts is in every other file."""

import jwt
import msal
import pytest

import tokens
from deployment import FIRST_TOKENS, GRANTS, default_scope, scenario_name

pytestmark = pytest.mark.client(name="PyJWT", package="PyJWT")


@pytest.fixture(scope="module")
def issued(dev):
    """One access token per version, by the version."""
    access_tokens = {}
    for row in FIRST_TOKENS:
        tenant, client_id, secret = dev.credentials(row)
        app = msal.ConfidentialClientApplication(
            client_id,
            client_credential=secret,
            authority=f"{dev.base_url}/{tenant}",
            instance_discovery=False,
        )
        result = app.acquire_token_for_client(scopes=[default_scope(row)])
        access_tokens[row["version"]] = result["access_token"]
    return access_tokens


@pytest.mark.parametrize(
    "row",
    [
        {"scenario": "accepts a v1.0 token", "version": "1.0"},
        {"scenario": "accepts a v2.0 token", "version": "2.0"},
    ],
    ids=scenario_name,
)
def test_accepts(dev, issued, row):
    grant = next(g for g in GRANTS if g["version"] == row["version"])
    tokens.check_token(dev, grant, issued[row["version"]])


@pytest.mark.scenario("refuses a token for another audience")
def test_other_audience(dev, issued):
    with pytest.raises(jwt.InvalidAudienceError):
        tokens.verify(dev.issuer("2.0"), FIRST_TOKENS[0]["audience"], issued["2.0"])


@pytest.mark.scenario("refuses a v1.0 token under the v2.0 issuer")
def test_other_issuer(dev, issued):
    with pytest.raises(jwt.InvalidIssuerError):
        tokens.verify(dev.issuer("2.0"), FIRST_TOKENS[0]["audience"], issued["1.0"])


@pytest.mark.scenario("refuses a changed token")
def test_changed_token(dev, issued):
    header, payload, signature = issued["2.0"].split(".")
    other_signature = issued["1.0"].rsplit(".", 1)[1]
    assert signature != other_signature
    with pytest.raises(jwt.InvalidSignatureError):
        tokens.verify(
            dev.issuer("2.0"),
            FIRST_TOKENS[1]["audience"],
            f"{header}.{payload}.{other_signature}",
        )
