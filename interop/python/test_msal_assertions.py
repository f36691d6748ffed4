"""MSAL Python without a shared secret: every form of certificate and assertion that it documents."""

import pathlib

import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

import tokens
from deployment import (
    ASSERTION_GRANTS,
    ASSERTION_REFUSALS,
    aadsts,
    default_scope,
    proven_by,
    scenario_name,
)

pytestmark = pytest.mark.client(name="MSAL Python", package="msal")


def read(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


def public_certificate(client):
    """MSAL computes the SHA-256 thumbprint, and has the certificate for `x5c`."""
    return {
        "private_key": read(client["privateKeyFile"]),
        "public_certificate": read(client["certificateFile"]),
    }


def sha1_thumbprint(client):
    certificate = x509.load_pem_x509_certificate(read(client["certificateFile"]).encode())
    # The service looks certificates up by SHA-1 where a client still sends `x5t`.
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex()
    return {"private_key": read(client["privateKeyFile"]), "thumbprint": thumbprint}


def assertion_text(client):
    return {"client_assertion": read(client["federated"]["tokenFile"])}


def assertion_callback(client):
    return {"client_assertion": lambda: read(client["federated"]["tokenFile"])}


CREDENTIALS = {
    "certificate": [public_certificate, sha1_thumbprint],
    "federated": [assertion_text, assertion_callback],
}


def in_every_form(rows):
    return [
        pytest.param(row, form, id=f"{scenario_name(row)}-{form.__name__}")
        for proof, forms in CREDENTIALS.items()
        for row in proven_by(rows, proof)
        for form in forms
    ]


def application(dev, row, form):
    return msal.ConfidentialClientApplication(
        dev.client(row["client"])["appId"],
        client_credential=form(dev.proof(row)),
        authority=f"{dev.base_url}/{dev.tenant(row)}",
        instance_discovery=False,
    )


@pytest.mark.parametrize(("grant", "form"), in_every_form(ASSERTION_GRANTS))
def test_grant(dev, grant, form):
    app = application(dev, grant, form)
    first = app.acquire_token_for_client(scopes=[default_scope(grant)])
    assert "access_token" in first, first
    tokens.check_token(dev, grant, first["access_token"])

    second = app.acquire_token_for_client(scopes=[default_scope(grant)])
    assert second["token_source"] == "cache"
    assert second["access_token"] == first["access_token"]


@pytest.mark.parametrize(("refusal", "form"), in_every_form(ASSERTION_REFUSALS))
def test_refusal(dev, refusal, form):
    result = application(dev, refusal, form).acquire_token_for_client(
        scopes=[default_scope(refusal)]
    )
    assert "access_token" not in result
    assert result["error"] == refusal["error"]
    assert result["error_codes"] == [refusal["code"]]
    assert result["error_description"].startswith(aadsts(refusal))
