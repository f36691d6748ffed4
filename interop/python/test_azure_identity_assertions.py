"""azure-identity, synchronous, without a shared secret."""

import pathlib

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
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

pytestmark = pytest.mark.client(name="azure-identity (sync)", package="azure-identity")


def certificate(proof, identity, options):
    return CertificateCredential(
        **identity, **options, certificate_path=proof["certificateWithKeyFile"]
    )


def certificate_with_chain(proof, identity, options):
    """`x5c` is for subject names and issuers; the service must not mind it elsewhere."""
    return CertificateCredential(
        **identity,
        **options,
        certificate_data=pathlib.Path(proof["certificateWithKeyFile"]).read_bytes(),
        send_certificate_chain=True,
    )


def workload_identity(proof, identity, options):
    return WorkloadIdentityCredential(
        **identity, **options, token_file_path=proof["federated"]["tokenFile"]
    )


def client_assertion(proof, identity, options):
    token_file = pathlib.Path(proof["federated"]["tokenFile"])
    return ClientAssertionCredential(**identity, **options, func=token_file.read_text)


CREDENTIALS = {
    "certificate": [certificate, certificate_with_chain],
    "federated": [workload_identity, client_assertion],
}


def with_every_credential(rows):
    return [
        pytest.param(row, credential, id=f"{scenario_name(row)}-{credential.__name__}")
        for proof, credentials in CREDENTIALS.items()
        for row in proven_by(rows, proof)
        for credential in credentials
    ]


def signed_in_as(dev, row, credential):
    identity = {"tenant_id": dev.tenant(row), "client_id": dev.client(row["client"])["appId"]}
    options = {"authority": dev.base_url, "disable_instance_discovery": True}
    return credential(dev.proof(row), identity, options)


@pytest.mark.parametrize(("grant", "credential"), with_every_credential(ASSERTION_GRANTS))
def test_grant(dev, grant, credential):
    with signed_in_as(dev, grant, credential) as signed_in:
        first = signed_in.get_token(default_scope(grant))
        tokens.check_token(dev, grant, first.token)
        assert signed_in.get_token(default_scope(grant)).token == first.token


@pytest.mark.parametrize(("refusal", "credential"), with_every_credential(ASSERTION_REFUSALS))
def test_refusal(dev, refusal, credential):
    refused = signed_in_as(dev, refusal, credential)
    with refused, pytest.raises(ClientAuthenticationError, match=aadsts(refusal)):
        refused.get_token(default_scope(refusal))
