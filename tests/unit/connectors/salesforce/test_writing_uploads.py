"""The form in which a file goes to Salesforce."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

import pytest

from connectors import multipart
from connectors.salesforce.uploads import Passing, form
from hub.model import ZENDESK, Attachment, AttachmentId, RemoteId


def attachment(name: str, size: int) -> Attachment:
    return Attachment(
        AttachmentId("zendesk:1"), name, "text/plain", size, "internal", ZENDESK, RemoteId("1"), RemoteId("7")
    )


def parts(name: str, chunks: list[bytes]) -> tuple[dict[str, str], list[Message], int]:
    size = sum(map(len, chunks))
    headers, body = multipart.encode(form(attachment(name, size), Passing(iter(chunks), size)))
    content = b"".join(body) if isinstance(body, Iterator) else body
    message = message_from_bytes(b"content-type: " + headers["content-type"].encode() + b"\r\n\r\n" + content)
    return headers, [part for part in message.walk() if not part.is_multipart()], len(content)


def test_the_record_comes_first_and_is_no_file() -> None:
    _, (record, file), _ = parts('a "log".txt', [b"one", b"two"])
    assert record.get_param("name", header="content-disposition") == "entity_content"
    assert record.get_filename() is None
    assert record.get_content_type() == "application/json"
    assert '"Description":"[hub:zendesk:1]"' in str(record.get_payload())
    assert file.get_param("name", header="content-disposition") == "VersionData"
    assert file.get_payload(decode=True) == b"onetwo"


def test_its_length_is_stated() -> None:
    headers, _, length = parts("a.txt", [b"x" * 70_000] * 3)
    assert int(headers["content-length"]) == length


@pytest.mark.parametrize("name", ["", "x" * 600])
def test_a_name_fits_whatever_it_was(name: str) -> None:
    _, (record, file), _ = parts(name, [b"x"])
    assert file.get_filename()
    assert len(str(record.get_payload())) < 1200
