"""Leads random requests to the objects that this suite made, and away from those that were there
before: the administrator, and other suites' clients."""

import itertools
import json
import os
import pathlib

import schemathesis

from directory import good_body

NOBODY = "99999999-9999-4999-8999-999999999999"
KNOWN, OWN = json.loads(
    pathlib.Path(os.environ["COUNTERSIGN_RANDOM_OBJECTS"]).read_text(encoding="utf-8")
)
CALLS = itertools.count()
WHOLE = ("DeleteApplication", "DeleteServicePrincipal", "DeleteUser", "PurgeDeletedItem")


@schemathesis.hook
def before_call(context, case, **kwargs):
    call = next(CALLS)
    own = OWN[call % len(OWN)]
    operation = case.operation.definition.raw["operationId"]
    # What is deleted is missed by the calls that follow.
    if call % (40 if operation in WHOLE else 2) == 0:
        lead(operation, case.path_parameters or {}, own)
    # Random names are properties of nothing.
    if call % 4 == 0:
        case.query = {}
    if call % 3 == 0 and isinstance(case.body, dict):
        case.body = improve(case.body, good_body(operation, own), call)
    if case.method.upper() != "GET":
        keep_away(case)


def lead(operation, parameters, own):
    """Puts objects of this suite in the place of those that never were."""
    for name in parameters:
        parameters[name] = own.get(f"{operation} {name}") or own.get(name) or parameters[name]


def improve(body, good, call):
    """A good body with one random property."""
    names = sorted(name for name in body if name not in good)
    chosen = names[call % len(names)] if names and call % 4 else None
    return good | ({chosen: body[chosen]} if chosen else {})


def keep_away(case):
    """A change is asked for of nothing that was there before."""
    for name, value in (case.path_parameters or {}).items():
        if any(known in str(value) for known in KNOWN):
            case.path_parameters[name] = NOBODY
    batched = case.body.get("requests") if isinstance(case.body, dict) else None
    for part in batched if isinstance(batched, list) else []:
        if isinstance(part, dict) and any(known in str(part.get("url")) for known in KNOWN):
            part["url"] = "/domains"
