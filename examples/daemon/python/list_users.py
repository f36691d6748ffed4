"""A daemon that shows the users of a tenant, with its own identity.

It needs the app role User.Read.All of Microsoft Graph, and these variables:

    AZURE_AUTHORITY_HOST   the server, as in https://localhost:8443
    AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET
    SSL_CERT_FILE          the certificate authority of the server, if it is a private one
"""

import asyncio
import os
from urllib.parse import urlsplit

from azure.identity.aio import EnvironmentCredential
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph_core.tasks.page_iterator import PageIterator


async def main():
    server = os.environ["AZURE_AUTHORITY_HOST"].rstrip("/")
    async with EnvironmentCredential() as credential:
        graph = graph_at(server, credential)
        pages = PageIterator(await graph.users.get(), graph.request_adapter)
        await pages.iterate(show)


def graph_at(server, credential):
    """The SDK sends a token to no other host than the ones it is told."""
    authentication = AzureIdentityAuthenticationProvider(
        credential,
        scopes=[f"{server}/.default"],
        allowed_hosts=[urlsplit(server).hostname],
    )
    adapter = GraphRequestAdapter(authentication)
    adapter.base_url = f"{server}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def show(user):
    print(f"{user.display_name} <{user.user_principal_name}>")
    return True


if __name__ == "__main__":
    asyncio.run(main())
