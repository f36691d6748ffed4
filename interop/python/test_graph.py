"""The Graph SDK: users, an application, a grant; and the sample daemon."""

import asyncio
import os
import pathlib
import re
import subprocess
import sys
import uuid
from urllib.parse import urlsplit

import httpx
import pytest
from azure.identity.aio import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.applications.item.add_password.add_password_post_request_body import (
    AddPasswordPostRequestBody,
)
from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.application import Application
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.password_credential import PasswordCredential
from msgraph.generated.models.service_principal import ServicePrincipal
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import GraphClientFactory
from msgraph_core.tasks.page_iterator import PageIterator

pytestmark = pytest.mark.client(name="msgraph-sdk", package="msgraph-sdk")

# As the real service numbers them: Microsoft Graph, and its User.Read.All.
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
USER_READ_ALL = uuid.UUID("df021288-bdef-4463-88db-98f22de89214")

# What `interop/directory.yaml` says.
# What `interop/directory.yaml` says, and the administrator of a development server.
USER_NAMES = [
    f"{name}@contoso.example" for name in ("adele", "admin", "alex", "diego", "grady", "isaiah")
]
DAEMON = pathlib.Path(__file__).parents[2] / "examples/daemon/python/list_users.py"


@pytest.mark.scenario("lists users")
def test_users(dev):
    async def names(graph):
        return [user.user_principal_name for user in (await graph.users.get()).value]

    assert sorted(with_graph(dev, names)) == USER_NAMES


@pytest.mark.scenario("follows @odata.nextLink")
def test_pages(dev):
    seen = []

    async def page_through(graph):
        first = await graph.users.get(query(top=2))
        assert len(first.value) == 2
        assert first.odata_next_link.startswith(f"{dev.base_url}/v1.0/users?")
        await PageIterator(first, graph.request_adapter).iterate(
            lambda user: seen.append(user.user_principal_name) or True
        )

    with_graph(dev, page_through)
    assert sorted(seen) == USER_NAMES


@pytest.mark.scenario("filters, counts and orders")
def test_query_options(dev):
    async def page(graph):
        options = query(
            filter="startswith(displayName,'A')", orderby=["displayName desc"], count=True
        )
        options.headers.add("ConsistencyLevel", "eventual")
        return await graph.users.get(options)

    found = with_graph(dev, page)
    assert found.odata_count == 3
    assert [user.display_name for user in found.value] == [
        "Alex Wilber",
        "Administrator",
        "Adele Vance",
    ]


@pytest.mark.scenario("creates, changes and deletes an application")
def test_life_of_an_application(dev):
    async def life(graph):
        name = f"python {uuid.uuid4()}"
        made = await graph.applications.post(Application(display_name=name))
        one = graph.applications.by_application_id(made.id)
        await one.patch(Application(notes="made by a test"))
        read = await one.get()
        assert (read.display_name, read.notes) == (name, "made by a test")
        await one.delete()
        with pytest.raises(ODataError) as refused:
            await one.get()
        assert refused.value.response_status_code == 404
        assert refused.value.error.code == "Request_ResourceNotFound"

    with_graph(dev, life)


@pytest.mark.scenario("grants an app role; the sample daemon shows the users")
def test_a_grant_and_the_daemon(dev):
    async def register(graph):
        name = f"python daemon {uuid.uuid4()}"
        application = await graph.applications.post(Application(display_name=name))
        principal = await graph.service_principals.post(ServicePrincipal(app_id=application.app_id))
        secret = await graph.applications.by_application_id(application.id).add_password.post(
            AddPasswordPostRequestBody(password_credential=PasswordCredential())
        )
        return application, principal, secret.secret_text

    async def grant(graph):
        resource = await graph.service_principals_with_app_id(GRAPH_APP_ID).get()
        own = graph.service_principals.by_service_principal_id(principal.id)
        granted = await own.app_role_assignments.post(
            AppRoleAssignment(
                principal_id=uuid.UUID(principal.id),
                resource_id=uuid.UUID(resource.id),
                app_role_id=USER_READ_ALL,
            )
        )
        assert granted.principal_display_name == application.display_name

    application, principal, secret = with_graph(dev, register)
    try:
        refused = run_daemon(dev, application.app_id, secret)
        assert refused.returncode != 0
        assert "Insufficient privileges to complete the operation." in refused.stderr
        with_graph(dev, grant)
        shown = run_daemon(dev, application.app_id, secret)
        assert shown.returncode == 0, shown.stderr
        assert sorted(re.findall("<(.+)>", shown.stdout)) == USER_NAMES
    finally:
        with_graph(dev, lambda graph: graph.applications.by_application_id(application.id).delete())


def with_graph(dev, work):
    """What `work` returns for the SDK's client, set up with the administrator's secret."""

    async def run():
        administrator = dev.administrator
        async with ClientSecretCredential(
            administrator["tenantId"],
            administrator["appId"],
            administrator["clientSecret"],
            authority=dev.base_url,
        ) as credential:
            # Without `scopes` the SDK asks for a host without the port, which works too.
            authentication = AzureIdentityAuthenticationProvider(
                credential, allowed_hosts=[urlsplit(dev.base_url).hostname]
            )
            # As the SDK makes it by itself; but then nobody could close it.
            async with httpx.AsyncHTTPTransport(http2=True) as connections:
                client = GraphClientFactory.create_with_default_middleware(
                    client=httpx.AsyncClient(transport=connections)
                )
                adapter = GraphRequestAdapter(authentication, client)
                adapter.base_url = f"{dev.base_url}/v1.0"
                return await work(GraphServiceClient(request_adapter=adapter))

    return asyncio.run(run())


def query(**parameters):
    return RequestConfiguration(
        query_parameters=UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(**parameters)
    )


def run_daemon(dev, app_id, secret):
    environment = {
        **os.environ,
        "AZURE_AUTHORITY_HOST": dev.base_url,
        "AZURE_TENANT_ID": dev.tenant_id,
        "AZURE_CLIENT_ID": app_id,
        "AZURE_CLIENT_SECRET": secret,
    }
    return subprocess.run(
        [sys.executable, DAEMON],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
