"""Upload tokens: files that wait, at most an hour, for a comment to name them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.zendesk import errors
from sandbox.zendesk.records import Attachment
from sandbox.zendesk.state import Account

LIFETIME = 3600


@dataclass(slots=True)
class Upload:
    """One token and the files sent under it."""

    token: str
    expires: int
    files: list[Attachment] = field(default_factory=list)
    used: bool = False


def open_upload(account: Account, token: str) -> Upload:
    """Return the upload for a token, or a new one for an empty token."""
    if token:
        upload = account.uploads.get(token)
        if upload is None or upload.used or upload.expires <= account.now():
            raise errors.not_found()
        return upload
    upload = Upload(account.token(), account.now() + LIFETIME)
    account.uploads[upload.token] = upload
    return upload


def claim(account: Account, token: str) -> list[Attachment]:
    """Return a token's files for a comment that is being made. A token serves once."""
    upload = account.uploads.get(token)
    if upload is None or upload.used or upload.expires <= account.now():
        raise errors.invalid_field(
            "attachments", "Attachments: upload token is invalid or has expired", "InvalidValue"
        )
    upload.used = True
    return list(upload.files)


def new_file(account: Account, name: str, content_type: str, data: bytes) -> Attachment:
    """Return a fresh file of the account."""
    file = Attachment(
        id=account.new_id(),
        token=account.token(),
        name=name,
        content_type=content_type,
        data=data,
        created=account.now(),
    )
    account.attachments[file.id] = file
    account.by_file_token[file.token] = file
    return file
