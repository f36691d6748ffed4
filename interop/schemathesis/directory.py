"""The directory as this suite finds it, and objects of its own."""

import itertools

import requests

COLLECTIONS = ("applications", "servicePrincipals", "users", "oauth2PermissionGrants")
ROLES = ("5f0c3f0a-7f0e-4f0b-9d3c-0a5a2b6c7d8e", "0d9d2a53-7d0f-4c38-8f0b-7be1b2d1c6aa")


class Directory:
    def __init__(self, dev):
        self.base_url = dev["baseUrl"]
        self.administrator = dev["administrator"]
        tenant = next(t for t in dev["tenants"] if t["id"] == self.administrator["tenantId"])
        self.domain = tenant["domains"][0]
        self.token = self.sign_in()

    def sign_in(self):
        answer = requests.post(
            f"{self.base_url}/{self.administrator['tenantId']}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self.administrator["appId"],
                "client_secret": self.administrator["clientSecret"],
                "scope": f"{self.base_url}/.default",
            },
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json()["access_token"]

    def ask(self, method, path, body=None):
        answer = requests.request(
            method,
            path if path.startswith("https:") else f"{self.base_url}/v1.0/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def object_ids(self):
        """The ids of all objects, and the client ids."""
        ids = set()
        for collection in COLLECTIONS:
            page = f"{collection}?$top=999"
            while page:
                answer = self.ask("GET", page)
                for row in answer["value"]:
                    ids.update(row[name] for name in ("id", "appId") if row.get(name))
                page = answer.get("@odata.nextLink")
        return ids

    def make(self, number):
        """One of everything, by the names that paths have for them."""
        roles = [
            {
                "id": role,
                "value": value,
                "displayName": value,
                "description": value,
                "isEnabled": True,
                "allowedMemberTypes": ["Application"],
            }
            for role, value in zip(ROLES, ("Read", "Write"), strict=True)
        ]
        body = {"displayName": f"Random {number}", "appRoles": roles}
        application = self.ask("POST", "applications", body)
        principal = self.ask("POST", "servicePrincipals", {"appId": application["appId"]})
        path = f"applications/{application['id']}"
        instance = f"servicePrincipals/{principal['id']}"
        secret = self.ask("POST", f"{path}/addPassword", {})
        own = {
            "application": application["id"],
            "servicePrincipal": principal["id"],
            "keyId": secret["keyId"],
            "domain": self.domain,
            "tenant": self.administrator["tenantId"],
        }
        own["user"] = self.ask("POST", "users", good_body("CreateUser", own))["id"]
        own["owner"] = own["user"]
        for owned in (path, instance):
            owner = {"@odata.id": f"{self.base_url}/v1.0/directoryObjects/{own['user']}"}
            self.ask("POST", f"{owned}/owners/$ref", owner)
        trust = good_body("CreateFederatedCredential", own)
        trust = self.ask("POST", f"{path}/federatedIdentityCredentials", trust)
        own["credential"] = trust["id"]
        role = good_body("CreateAppRoleAssignment", own) | {"appRoleId": ROLES[0]}
        own["assignment"] = self.ask("POST", f"{instance}/appRoleAssignments", role)["id"]
        for_all = {"consentType": "AllPrincipals", "principalId": None}
        grant = good_body("CreatePermissionGrant", own) | for_all
        own["grant"] = self.ask("POST", "oauth2PermissionGrants", grant)["id"]
        for name in ("appId", "object"):
            made = self.ask("POST", "applications", {"displayName": "Random"})
            own[name] = made["appId" if name == "appId" else "id"]
        self.ask("DELETE", f"applications/{own['object']}")
        for operation, log in (("GetSignIn", "signIns"), ("GetDirectoryAudit", "directoryAudits")):
            entries = self.ask("GET", f"auditLogs/{log}?$top=1")["value"]
            own[f"{operation} entry"] = entries[0]["id"]
        return own


UNIQUE = itertools.count()


def good_body(operation, own):
    """A body that an operation takes, about these objects."""
    number, principal = next(UNIQUE), own["servicePrincipal"]
    owner = {"@odata.id": f"https://localhost/v1.0/directoryObjects/{principal}"}
    role = {"principalId": principal, "resourceId": principal, "appRoleId": ROLES[1]}
    name = f"u{number}.{own['keyId']}@{own['domain']}"
    bodies = {
        "CreateApplication": {"displayName": "Random"},
        "CreateServicePrincipal": {"appId": own.get("appId")},
        "CreateUser": {"displayName": "Random", "userPrincipalName": name},
        "UpdateUser": {"jobTitle": "Random"},
        "CreateFederatedCredential": {
            "name": f"random-{number}",
            "issuer": "https://issuer.example",
            "subject": f"random {number}",
            "audiences": ["api://AzureADTokenExchange"],
        },
        "UpdateFederatedCredential": {"description": "Random"},
        "CreatePermissionGrant": {
            "clientId": principal,
            "resourceId": principal,
            "consentType": "Principal",
            "principalId": own.get("user"),
            "scope": "a",
        },
        "UpdatePermissionGrant": {"scope": "b"},
        "CreateAppRoleAssignment": role,
        "CreateAppRoleAssignedTo": role,
        "AddApplicationOwner": owner,
        "AddServicePrincipalOwner": owner,
        "RemoveApplicationPassword": {"keyId": own["keyId"]},
        "GetByIds": {"ids": [principal, own["application"]]},
        "Batch": {"requests": [{"id": "1", "method": "GET", "url": "/domains"}]},
    }
    return bodies.get(operation, {})
