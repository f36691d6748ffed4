"""Fixtures of the Python suite, and the record of what passed."""

import importlib.metadata
import json
import os

import pytest

import deployment


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "client(name, package): the client that a test is about, and its distribution"
    )
    config.addinivalue_line("markers", "scenario(name): what a test without table data shows")


@pytest.fixture(scope="session")
def dev():
    return deployment.Deployment.from_environment()


@pytest.fixture
def adfs_environment(dev, monkeypatch):
    """The variables of `countersign env --adfs`: no code knows that this is not the public cloud."""
    return environment(dev, monkeypatch, tenant="adfs")


@pytest.fixture
def tenant_environment(dev, monkeypatch):
    """The variables of `countersign env`, with the real tenant id."""
    return environment(dev, monkeypatch, tenant=dev.tenant_id)


def environment(dev, monkeypatch, tenant):
    daemon = dev.client("Daemon")
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", dev.base_url)
    monkeypatch.setenv("AZURE_TENANT_ID", tenant)
    monkeypatch.setenv("AZURE_CLIENT_ID", daemon["appId"])
    monkeypatch.setenv("AZURE_CLIENT_SECRET", daemon["clientSecret"])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    # A test that passes reports it once, in its call phase; one that fails may do so in any phase.
    if report.failed or (report.when == "call" and report.passed):
        record(item, "fail" if report.failed else "pass")


def record(item, result):
    """Append one line to the file that the table of working clients is made from."""
    path = os.environ.get("COUNTERSIGN_INTEROP_RESULTS")
    client = item.get_closest_marker("client")
    if path is None or client is None:
        return
    line = {
        "client": client.kwargs["name"],
        "version": importlib.metadata.version(client.kwargs["package"]),
        "language": "Python",
        "scenario": scenario(item),
        "result": result,
    }
    with open(path, "a", encoding="utf-8") as results:
        results.write(json.dumps(line, ensure_ascii=False) + "\n")


def scenario(item):
    named = item.get_closest_marker("scenario")
    if named is not None:
        return named.args[0]
    parameters = item.callspec.params
    return next(row["scenario"] for row in parameters.values() if "scenario" in row)
