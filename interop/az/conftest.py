"""Fixtures of the Azure CLI suite, and the record of what passed."""

import importlib.metadata
import json
import os
import shutil
import subprocess

import pytest

import deployment
from azure_cli import AzureCli


def pytest_configure(config):
    config.addinivalue_line("markers", "scenario(name): what a test shows")


@pytest.fixture(scope="session")
def dev():
    return deployment.Deployment.from_environment()


@pytest.fixture(scope="session")
def cloud_folder(dev, tmp_path_factory):
    """The configuration of an `az` that knows the cloud, and nobody in it."""
    folder = tmp_path_factory.mktemp("az") / "cloud"
    AzureCli(folder).use_cloud(dev.base_url)
    return folder


@pytest.fixture
def fresh_az(cloud_folder, tmp_path):
    """`az` without anybody's tokens: a kept one would hide a refusal."""
    return AzureCli(shutil.copytree(cloud_folder, tmp_path / "az"))


@pytest.fixture(scope="session")
def az(dev, cloud_folder):
    """`az`, logged in as the administrator."""
    az = AzureCli(shutil.copytree(cloud_folder, cloud_folder.parent / "administrator"))
    administrator = dev.administrator
    az.log_in(
        administrator["tenantId"],
        administrator["appId"],
        f"--password={administrator['clientSecret']}",
    )
    return az


@pytest.fixture
def application(az):
    """An application that is gone after the test."""
    made = az.run("ad", "app", "create", "--display-name", deployment.unique("az application"))
    yield made
    az.run("ad", "app", "delete", "--id", made["id"])


@pytest.fixture
def service_principal(az, application):
    return az.run("ad", "sp", "create", "--id", application["appId"])


@pytest.fixture
def new_certificate(tmp_path):
    """Makes certificates: the path of each, and of a file with its private key too."""

    def make(name):
        public, private, both = (tmp_path / f"{name}.{kind}" for kind in ("pem", "key", "both"))
        key = ["-newkey", "rsa:2048", "-nodes", "-keyout", private]
        certificate = ["-x509", "-days", "30", "-subj", f"/CN={name}", "-out", public]
        subprocess.run(["openssl", "req", *key, *certificate], check=True, capture_output=True)
        both.write_text(private.read_text() + public.read_text())
        return public, both

    return make


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    # A test that passes reports it once, in its call phase; one that fails may do so in any phase.
    if report.failed or (report.when == "call" and report.passed):
        record(item, "fail" if report.failed else "pass")


def record(item, result):
    """Append one line to the file that the table of working clients is made from."""
    path = os.environ.get("COUNTERSIGN_INTEROP_RESULTS")
    if path is None:
        return
    line = {
        "client": "Azure CLI",
        "version": importlib.metadata.version("azure-cli"),
        "language": "Shell",
        "scenario": item.get_closest_marker("scenario").args[0],
        "result": result,
    }
    with open(path, "a", encoding="utf-8") as results:
        results.write(json.dumps(line, ensure_ascii=False) + "\n")
