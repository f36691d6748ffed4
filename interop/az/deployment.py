"""The running server as `dev.json` describes it, and names that no earlier run has used."""

import dataclasses
import json
import os
import pathlib
import uuid


@dataclasses.dataclass(frozen=True)
class Deployment:
    base_url: str
    tenant_id: str
    tenant_domain: str
    administrator: dict
    clients: dict
    folder: pathlib.Path

    @classmethod
    def from_environment(cls):
        path = os.environ.get("COUNTERSIGN_DEV_JSON")
        if path is None:
            raise RuntimeError(
                "COUNTERSIGN_DEV_JSON is not set: start `countersign dev` and point it at dev.json"
            )
        document = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        administrator = document["administrator"]
        tenant = next(t for t in document["tenants"] if t["id"] == administrator["tenantId"])
        return cls(
            base_url=document["baseUrl"],
            tenant_id=tenant["id"],
            tenant_domain=tenant["domains"][0],
            administrator=administrator,
            clients={client["displayName"]: client for client in document["clients"]},
            folder=pathlib.Path(path).parent,
        )

    def graph(self, path):
        return f"{self.base_url}/v1.0/{path}"

    def federated_token(self, issuer):
        """A token of the development issuer, or of one that runs beside the server."""
        if issuer == "development":
            return pathlib.Path(self.clients["Daemon"]["federated"]["tokenFile"]).read_text()
        return (self.folder / "issuers" / f"{issuer}.token").read_text()


def unique(name):
    return f"{name} {uuid.uuid4().hex[:8]}"
