"""The real `az`, as a process with a configuration folder of its own."""

import json
import os
import pathlib
import subprocess
import sys

PROGRAM = pathlib.Path(sys.executable).parent / "az"
CLOUD = "Countersign"
# The longest is `az login`: three requests.
SECONDS_MAX = 60


class AzureCli:
    """`az`, knowing nothing but what it was told in its own configuration folder."""

    def __init__(self, folder):
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("AZURE_")
        }
        self.environment |= {
            # `--create-cert` leaves its file there.
            "HOME": str(folder),
            "AZURE_CONFIG_DIR": str(folder),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "AZURE_CORE_NO_COLOR": "true",
            "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no",
        }

    def use_cloud(self, base_url):
        """What a person does once: three commands, of which the first asks the server."""
        self.run("cloud", "register", "--name", CLOUD, "--endpoint-resource-manager", base_url)
        self.run("cloud", "set", "--name", CLOUD)
        self.run("config", "set", "core.instance_discovery=false")

    def log_in(self, tenant, app_id, *proof):
        """Proof is an option and its value: a password, a certificate or a federated token."""
        options = ["--service-principal", "--allow-no-subscriptions"]
        identity = ["--tenant", tenant, "--username", app_id]
        return self.run("login", *options, *identity, *proof)

    def run(self, *arguments):
        """The JSON that the command prints; None if it prints nothing."""
        ended = self._process(arguments)
        assert ended.returncode == 0, f"az {' '.join(arguments)}\n{ended.stderr}"
        return json.loads(ended.stdout) if ended.stdout.strip() else None

    def refusal(self, *arguments):
        """What the command says when it fails, which must be an error and not a crash."""
        ended = self._process(arguments)
        assert ended.returncode != 0, f"az {' '.join(arguments)} succeeded\n{ended.stdout}"
        return ended.stderr

    def _process(self, arguments):
        ended = subprocess.run(
            [PROGRAM, *arguments, "--output", "json"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return ended
