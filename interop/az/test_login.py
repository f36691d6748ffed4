"""`az cloud register`, `az login` with each kind of proof, and tokens."""

import json

import jwt
import pytest
import requests

from azure_cli import CLOUD

ORDERS = "https://orders.contoso.example"


@pytest.mark.scenario("cloud register")
def test_a_cloud_is_registered_from_what_the_server_says(dev, fresh_az):
    cloud = fresh_az.run("cloud", "show", "--name", CLOUD)
    assert cloud["isActive"]
    endpoints = cloud["endpoints"]
    for name in ("activeDirectory", "resourceManager", "microsoftGraphResourceId"):
        assert endpoints[name].rstrip("/") == dev.base_url, name


@pytest.mark.scenario("login with a secret")
@pytest.mark.parametrize("name", ["tenant_id", "tenant_domain"])
def test_login_with_a_secret(dev, fresh_az, name):
    administrator = dev.administrator
    secret = f"--password={administrator['clientSecret']}"
    fresh_az.log_in(getattr(dev, name), administrator["appId"], secret)
    account = fresh_az.run("account", "show")
    assert account["user"] == {"name": administrator["appId"], "type": "servicePrincipal"}
    assert account["environmentName"] == CLOUD


@pytest.mark.scenario("login with a wrong secret is refused")
def test_login_with_a_wrong_secret(dev, fresh_az):
    identity = ["--tenant", dev.tenant_id, "--username", dev.administrator["appId"]]
    said = fresh_az.refusal(
        "login", "--service-principal", "--allow-no-subscriptions", *identity, "--password", "wrong"
    )
    assert "AADSTS7000215" in said


@pytest.mark.scenario("login with a certificate")
def test_login_with_a_certificate(dev, az, fresh_az, service_principal, new_certificate):
    public, both = new_certificate("az")
    app_id = service_principal["appId"]
    az.run("ad", "app", "credential", "reset", "--id", app_id, "--cert", f"@{public}")
    fresh_az.log_in(dev.tenant_id, app_id, "--certificate", str(both))
    assert claims_of(fresh_az, dev.base_url)["appid"] == app_id


@pytest.mark.scenario("login with a federated token")
@pytest.mark.parametrize("issuer", ["development", "kubernetes", "github", "spiffe"])
def test_login_with_a_federated_token(dev, az, fresh_az, service_principal, issuer):
    token = dev.federated_token(issuer)
    presented = jwt.decode(token, options={"verify_signature": False})
    credential = {
        "name": issuer,
        "issuer": presented["iss"],
        "subject": presented["sub"],
        "audiences": ["api://AzureADTokenExchange"],
    }
    app_id = service_principal["appId"]
    create = ["ad", "app", "federated-credential", "create", "--id", app_id]
    az.run(*create, "--parameters", json.dumps(credential))
    fresh_az.log_in(dev.tenant_id, app_id, "--federated-token", token)
    assert claims_of(fresh_az, dev.base_url)["appid"] == app_id


@pytest.mark.scenario("account get-access-token")
@pytest.mark.parametrize(
    ("option", "value", "audience"),
    [
        ("--resource", "{base_url}", "{base_url}"),
        # The double slash that comes of it on the wire stands for an audience with a slash.
        ("--resource", "{base_url}/", "{base_url}/"),
        ("--resource-type", "ms-graph", "{base_url}"),
        ("--scope", f"{ORDERS}/.default", ORDERS),
    ],
)
def test_a_token_is_for_the_resource_that_was_asked_for(dev, az, option, value, audience):
    value, audience = (text.format(base_url=dev.base_url) for text in (value, audience))
    answer = az.run("account", "get-access-token", option, value)
    assert answer["tokenType"] == "Bearer"
    assert answer["tenant"] == dev.tenant_id
    claims = verified(dev, answer["accessToken"], audience)
    assert claims["tid"] == dev.tenant_id
    assert claims["appid"] == dev.administrator["appId"]


@pytest.mark.scenario("account list and show")
def test_the_tenant_stands_for_a_subscription(dev, az):
    assert [account["tenantId"] for account in az.run("account", "list")] == [dev.tenant_id]


def claims_of(az, resource):
    answer = az.run("account", "get-access-token", "--resource", resource)
    return jwt.decode(answer["accessToken"], options={"verify_signature": False})


def verified(dev, token, audience):
    issuer = f"{dev.base_url}/{dev.tenant_id}/"
    metadata = requests.get(issuer + ".well-known/openid-configuration", timeout=10).json()
    key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
    return jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=issuer)
