"""The keys of the JWT bearer flow: a key pair for the sandbox's own app, and assertions checked with it."""

from __future__ import annotations

import atexit
import base64
import binascii
import hashlib
import hmac
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.salesforce.errors import Unsigned


@cache
def private_key() -> rsa.RSAPrivateKey:
    """Return the key that the sandbox's app signs with; made once in a process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def key_file() -> Path:
    """Return a file that holds the private key as PEM; it goes when the process goes."""
    folder = Path(tempfile.mkdtemp(prefix="sandbox-salesforce-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "jwt.pem"
    path.touch(mode=0o600)
    path.write_bytes(
        private_key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def claims(assertion: str) -> dict[str, Any]:
    """Return what a signed assertion claims. Raises `Unsigned` for one that our app did not sign."""
    head, _, rest = assertion.partition(".")
    payload, _, signature = rest.partition(".")
    try:
        algorithm = msgspec.json.decode(_decoded(head)).get("alg")
        found = msgspec.json.decode(_decoded(payload))
        if algorithm != "RS256" or not isinstance(found, dict):
            raise Unsigned("invalid_grant", "invalid assertion")
        private_key().public_key().verify(
            _decoded(signature), f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except (msgspec.DecodeError, AttributeError, binascii.Error, ValueError, InvalidSignature) as bad:
        raise Unsigned("invalid_grant", "invalid assertion") from bad
    return found


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def signature(secret: str, identity: str, issued_at: str) -> str:
    """Return the signature of a token answer, which clients may check."""
    made = hmac.new(secret.encode(), f"{identity}{issued_at}".encode(), hashlib.sha256)
    return base64.b64encode(made.digest()).decode()
