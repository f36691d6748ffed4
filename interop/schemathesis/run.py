"""Random requests of every operation, made from the description that the server has of itself.

Schemathesis checks each answer: no 5xx, a documented status and content type, the documented shape.
It makes the same requests in every run, apart from ids and as far as the time suffices.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from directory import Directory

HERE = pathlib.Path(__file__).parent
DESCRIPTION = HERE.parent.parent / "docs/reference/openapi.json"
SECONDS = 60
OBJECTS = 16
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)


def main():
    path = pathlib.Path(os.environ["COUNTERSIGN_DEV_JSON"])
    directory = Directory(json.loads(path.read_text(encoding="utf-8")))
    before = directory.object_ids()
    if directory.administrator["servicePrincipalId"] not in before:
        raise RuntimeError("the administrator does not see itself: nothing would be kept from it")
    own = [directory.make(number) for number in range(OBJECTS)]
    with tempfile.TemporaryDirectory() as folder:
        objects = pathlib.Path(folder) / "objects.json"
        objects.write_text(json.dumps([sorted(before), own]), encoding="utf-8")
        is_good = schemathesis(directory, objects) == 0
    directory.token = directory.sign_in()
    gone = before - directory.object_ids()
    if gone:
        print("These were there before the run, and are not there any more:", *sorted(gone))
    is_good = is_good and not gone
    record("pass" if is_good else "fail")
    return 0 if is_good else 1


def schemathesis(directory, objects):
    environment = dict(
        os.environ,
        SCHEMATHESIS_HOOKS="guard",
        PYTHONPATH=str(HERE),
        COUNTERSIGN_RANDOM_OBJECTS=str(objects),
    )
    command = [
        str(pathlib.Path(sys.executable).parent / "st"),
        "run",
        str(DESCRIPTION),
        f"--url={directory.base_url}/v1.0",
        f"--header=Authorization: Bearer {directory.token}",
        f"--checks={','.join(CHECKS)}",
        "--phases=examples,coverage,fuzzing,stateful",
        "--generation-deterministic",
        f"--max-time={SECONDS}",
        "--max-examples=25",
        "--continue-on-failure",
        "--suppress-health-check=all",
        "--warnings=off",
        "--no-color",
        f"--tls-verify={os.environ['REQUESTS_CA_BUNDLE']}",
    ]
    return subprocess.run(command, env=environment, check=False).returncode


def record(result):
    """One line: the run is one result."""
    path = os.environ.get("COUNTERSIGN_INTEROP_RESULTS")
    if path is None:
        return
    line = {"scenario": "random requests of every operation", "result": result}
    with open(path, "a", encoding="utf-8") as results:
        results.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    sys.exit(main())
