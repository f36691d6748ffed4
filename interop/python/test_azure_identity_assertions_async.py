"""azure-identity, asynchronous, without a shared secret: `authority` is all that it needs."""

import asyncio
import pathlib

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import (
    CertificateCredential,
    ClientAssertionCredential,
    WorkloadIdentityCredential,
)

import tokens
from deployment import (
    ASSERTION_GRANTS,
    ASSERTION_REFUSALS,
    aadsts,
    default_scope,
    proven_by,
    scenario_name,
)

pytestmark = pytest.mark.client(name="azure-identity (async)", package="azure-identity")


def certificate(proof, options):
    return CertificateCredential(**options, certificate_path=proof["certificateWithKeyFile"])


def workload_identity(proof, options):
    return WorkloadIdentityCredential(**options, token_file_path=proof["federated"]["tokenFile"])


def client_assertion(proof, options):
    token_file = pathlib.Path(proof["federated"]["tokenFile"])
    return ClientAssertionCredential(**options, func=token_file.read_text)


CREDENTIALS = {
    "certificate": [certificate],
    "federated": [workload_identity, client_assertion],
}


def with_every_credential(rows):
    return [
        pytest.param(row, credential, id=f"{scenario_name(row)}-{credential.__name__}")
        for proof, credentials in CREDENTIALS.items()
        for row in proven_by(rows, proof)
        for credential in credentials
    ]


async def request(dev, row, credential):
    """The tokens of two requests in a row; the second must come from the credential's cache."""
    options = {
        "tenant_id": dev.tenant(row),
        "client_id": dev.client(row["client"])["appId"],
        "authority": dev.base_url,
    }
    async with credential(dev.proof(row), options) as signed_in:
        first = await signed_in.get_token(default_scope(row))
        second = await signed_in.get_token(default_scope(row))
    return first.token, second.token


@pytest.mark.parametrize(("grant", "credential"), with_every_credential(ASSERTION_GRANTS))
def test_grant(dev, grant, credential):
    first, second = asyncio.run(request(dev, grant, credential))
    tokens.check_token(dev, grant, first)
    assert second == first


@pytest.mark.parametrize(("refusal", "credential"), with_every_credential(ASSERTION_REFUSALS))
def test_refusal(dev, refusal, credential):
    with pytest.raises(ClientAuthenticationError, match=aadsts(refusal)) as caught:
        asyncio.run(request(dev, refusal, credential))
    assert caught.value.response.status_code == refusal["status"]
