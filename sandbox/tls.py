"""A certificate authority for one run, and the certificate that every TLS port shows."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

# The wildcards are for clients whose vendor host name is hard-coded; they come by the proxy.
NAMES = (
    "localhost",
    "127.0.0.1",
    "::1",
    "*.zendesk.com",
    "*.atlassian.net",
    "api.atlassian.com",
    "auth.atlassian.com",
    "api.media.atlassian.com",
    "*.zdusercontent.com",
    "*.salesforce.com",
    "*.my.salesforce.com",
    "*.sandbox.my.salesforce.com",
)


def server_context(ca_file: Path) -> ssl.SSLContext:
    """Return a server's context, and write the authority's certificate to `ca_file` as PEM."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    certificate = authority.issue_cert(*NAMES)
    # trustme's annotation also names pyOpenSSL's context, which is not installed.
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    return context
