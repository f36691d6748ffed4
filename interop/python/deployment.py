"""The running server as `dev.json` describes it, and the shared table of scenarios."""

import dataclasses
import json
import os
import pathlib

SCENARIOS = json.loads(
    (pathlib.Path(__file__).parent.parent / "scenarios.json").read_text(encoding="utf-8")
)
GRANTS = SCENARIOS["grants"]
REFUSALS = SCENARIOS["refusals"]
ASSERTION_GRANTS = SCENARIOS["assertionGrants"]
ASSERTION_REFUSALS = SCENARIOS["assertionRefusals"]
# One row of each token version, for runs that differ only in how the client is set up.
FIRST_TOKENS = GRANTS[:2]


def proven_by(rows, proof):
    """The rows whose client shows a `certificate` or a `federated` token."""
    return [row for row in rows if row["proof"] == proof]


def scenario_name(row):
    return row["scenario"]


@dataclasses.dataclass(frozen=True)
class Deployment:
    base_url: str
    tenant_id: str
    tenant_domain: str
    # The application that may change the directory.
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
        contoso = next(t for t in document["tenants"] if t["displayName"] == "Contoso")
        return cls(
            base_url=document["baseUrl"],
            tenant_id=contoso["id"],
            tenant_domain=contoso["domains"][0],
            administrator=document["administrator"],
            clients={c["displayName"]: c for c in document["clients"]},
            folder=pathlib.Path(path).parent,
        )

    def client(self, display_name):
        return self.clients[display_name]

    def tenant(self, row):
        """The tenant in the form that the row names it by."""
        return self.tenant_domain if row.get("tenant") == "domain" else self.tenant_id

    def credentials(self, row):
        """Tenant, client id and secret of a row, in the order every SDK takes them."""
        client = self.client(row["client"])
        secret = row.get("secret") or client["clientSecret"]
        return self.tenant(row), client["appId"], secret

    def proof(self, row):
        """The client whose certificate and federated token the row signs in with."""
        client = self.client(row.get("proofOf", row["client"]))
        if "tokenFile" not in row:
            return client
        # A token of an issuer beside the server, which lies beside `dev.json`.
        return {**client, "federated": {"tokenFile": str(self.folder / row["tokenFile"])}}

    def issuer(self, version):
        suffix = "" if version == "1.0" else "v2.0"
        return f"{self.base_url}/{self.tenant_id}/{suffix}"


def default_scope(row):
    return row["resource"] + "/.default"


def aadsts(refusal):
    """How the error description of a refusal must begin; SDKs quote it as it is."""
    return f"AADSTS{refusal['code']}: "
