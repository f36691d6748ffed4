"""Token checks with PyJWT, through our discovery document."""

import jwt
import requests


def check_token(dev, row, token):
    """Verify the token as a receiving service would, then compare every claim with the row."""
    issuer = dev.issuer(row["version"])
    claims = verify(issuer, row["audience"], token)

    service_principal = dev.client(row["client"])["servicePrincipalId"]
    application = "appid" if row["version"] == "1.0" else "azp"
    assert claims["ver"] == row["version"]
    assert claims["tid"] == dev.tenant_id
    assert claims["oid"] == service_principal
    assert claims["sub"] == service_principal
    assert claims[application] == dev.client(row["client"])["appId"]
    assert claims[application + "acr"] == ("2" if "proof" in row else "1")
    assert claims.get("roles", []) == row["roles"]
    assert ("roles" in claims) == bool(row["roles"])
    assert "scp" not in claims


def verify(issuer, audience, token):
    metadata = requests.get(
        issuer.rstrip("/") + "/.well-known/openid-configuration", timeout=10
    ).json()
    assert metadata["issuer"] == issuer
    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
    return jwt.decode(
        token,
        key,
        algorithms=metadata["id_token_signing_alg_values_supported"],
        audience=audience,
        issuer=metadata["issuer"],
        options={"require": ["exp", "nbf", "iat", "iss", "aud", "sub"]},
    )
