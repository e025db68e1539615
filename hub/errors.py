"""
What can go wrong with a whole call, file or run, named by what its reader does next.

HubError
├── Misconfigured    a file of the user's is wrong: says file, line, column and what to write
├── SignInFailed     a system does not know us, or not any more: mend the credentials
├── Unavailable      a system does not answer sensibly: its part of the run waits, the others go on
├── Forbidden        a system knows us but will not let us do something that a run needs
├── StoreInUse       another process works on this store
├── StoreBroken      the store cannot be read or written
└── Halted           going on could do harm: a person must look first

What becomes of a single operation is a value, not an exception: see `hub.operations.Outcome`.
No message may hold a secret: they are printed, logged and stored as they are.
"""

from __future__ import annotations

import traceback
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_OURS = frozenset({"hub", "connectors", "flows"})


class HubError(Exception):
    """Base of every error that the hub raises on purpose; `str()` is fit to show to a person."""


class Misconfigured(HubError):
    """A file or setting of the user's is wrong."""


class SignInFailed(HubError):
    """The system refused our credentials, or they ran out."""


class Unavailable(HubError):
    """The system did not answer, or answered something that is not its API."""


class Forbidden(HubError):
    """The system knows us, and refuses what every run needs."""


class StoreInUse(HubError):
    """Another process holds the store."""


class StoreBroken(HubError):
    """The store cannot be opened, read or written."""


class Halted(HubError):
    """Going on could do harm; nothing was written."""


def unforeseen(error: BaseException) -> str:
    """
    Say an error that nobody foresaw, so that it can be reported: what it is and where it was raised.

    Not its text, which is stored and shown, and may quote what people wrote.
    """
    at = ""
    for frame in traceback.extract_tb(error.__traceback__):
        file = Path(frame.filename)
        if file.is_relative_to(_ROOT) and file.relative_to(_ROOT).parts[0] in _OURS:
            at = f" at {file.relative_to(_ROOT).as_posix()}:{frame.lineno}"
    return f"{type(error).__name__}{at}"
