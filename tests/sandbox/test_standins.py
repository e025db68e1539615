"""Every stand-in keeps the framework's contract, whatever its vendor is like."""

from __future__ import annotations

import pytest

from sandbox.jira import Jira
from sandbox.salesforce import Salesforce
from sandbox.sandbox import Sandbox
from sandbox.vendor import Vendor
from sandbox.web import Request
from sandbox.zendesk import Zendesk


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(vendors=[Zendesk, Jira, Salesforce])


@pytest.fixture(params=["zendesk", "jira", "salesforce"])
def vendor(sandbox: Sandbox, request: pytest.FixtureRequest) -> Vendor:
    return sandbox.vendors[request.param]


def test_names(sandbox: Sandbox) -> None:
    """Host names lead to their vendor, and foreign ones nowhere."""
    hosts = ("acme.zendesk.com", "x.atlassian.net", "api.atlassian.com", "auth.atlassian.com")
    assert [sandbox.owner(host) for host in hosts] == ["zendesk", "jira", "jira", "jira"]
    ours = ("login.salesforce.com", "test.salesforce.com", "acme.my.salesforce.com")
    assert {sandbox.owner(host) for host in ours} == {"salesforce"}
    assert sandbox.owner("zendesk.com.example") is None


def test_throttled(vendor: Vendor) -> None:
    """A 429 tells when to come again; Salesforce has none, only a day's budget."""
    refused = vendor.throttled(Request("GET", "http", "a", "/"))
    if vendor.name == "salesforce":
        assert refused.status == 403 and b"REQUEST_LIMIT_EXCEEDED" in refused.body
        return
    assert refused.status == 429
    assert "retry-after" in {name.lower() for name, _ in refused.headers}


def test_unknown_words(vendor: Vendor) -> None:
    """An unknown seed or action is refused with those that there are."""
    with pytest.raises(ValueError, match="empty"):
        vendor.seed("nonsense")
    with pytest.raises(ValueError, match="comment"):
        vendor.person("nonsense")


@pytest.mark.parametrize("path", ["/", "//", "/%ff", "/api/v2/none", "/rest/api/3/none", "/ex/", "/services/data/v66.0/x"])
def test_any_path_is_answered(sandbox: Sandbox, vendor: Vendor, path: str) -> None:
    """No path is too odd for an answer that is no server error."""
    request = Request("GET", "http", "127.0.0.1:1", path)
    assert sandbox.handle(vendor.name, request).status < 500
    assert any("GET" in endpoint for endpoint in sandbox.calls[vendor.name].endpoints)


def test_reset_and_seed_again(vendor: Vendor) -> None:
    """A reset puts settings back, and both seeds work after it."""
    held = dict(vendor.settings)
    vendor.settings[next(iter(held))] = "changed"
    vendor.reset()
    assert vendor.settings == held
    for kind in ("empty", "demo"):
        assert vendor.seed(kind)
