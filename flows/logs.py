"""
What is written to standard error while the hub works: `[log]` says how much of it, and as what.

As JSON, each event is one line with what it is about: run, flow, side, ticket. Whatever the format, secrets
never reach a line: neither those of `hub.toml`, nor what looks like one, in a message, its arguments or a
traceback, whichever library wrote it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

from pydantic import BaseModel, SecretStr

from hub.settings import Settings

HIDDEN = "[hidden]"
_SHORTEST = 4
"""A secret shorter than this would hide words that are none."""
_LINE = 24
"""Lines of a key that are as long as this are hidden one by one, too: somebody may log them so."""
_CHATTY = ("markdown_it", "sqlalchemy")
"""Libraries whose own workings nobody asks for, and which may quote what people wrote."""
_SIDES = ("zendesk", "jira", "salesforce", "email")
_TICKET = re.compile(r"\b(?:zendesk|jira|salesforce|email):[A-Za-z0-9-]{1,40}")
_LOOKS_SECRET = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        HIDDEN,
    ),
    (re.compile(r"\beyJ[\w-]{8,2000}\.[\w-]{8,}\.[\w-]*"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic|digest)(\s+)(?!realm)[\w.~+/!=-]{8,}"), rf"\1\2{HIDDEN}"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{HIDDEN}@"),
    (
        re.compile(
            # Not with what may stand before these words: on long texts that would take minutes.
            r"(?i)((?:token|secret|password|passwd|api[_-]?key|\b(?:assertion|signature|sid|authorization|"
            r"cookie|set-cookie|x-hub-signature))\b\\*[\"']?\s*[=:]\s*\\*[\"']?)"
            r"(?!(?:bearer|basic|digest)\s)[^\s\"'&,;)}\]]{4,}"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(/webhooks/[a-z]+/)[^\s\"'?]+"), rf"\1{HIDDEN}"),
    (re.compile(r"\bxox[a-z]-[\w-]{8,}|\b00D\w{12,15}![\w.]{8,}"), HIDDEN),
)


_RUN: ContextVar[tuple[str, str]] = ContextVar("run", default=("", ""))
"""The run under way in this thread, and its flow. `hub watch` has two at a time on PostgreSQL."""


def in_run(run: str, flow: str) -> None:
    """Lines of this thread (and of what it has done `hub.spans.within`) are of this run from now on."""
    _ = _RUN.set((run, flow))


class Redactor:
    """Takes secrets out of texts."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for secret in secrets for form in _forms(secret)}
        # the longest first: one secret may be the beginning of another
        words = "|".join(re.escape(one) for one in sorted(known, key=len, reverse=True))
        self._known = re.compile(words) if words else None

    def clean(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern, instead in _LOOKS_SECRET:
            text = pattern.sub(instead, text)
        return text


def _forms(secret: str) -> Iterator[str]:
    """Yield how a secret may stand in a text: as it is, in a URL, escaped, line by line."""
    if len(secret) < _SHORTEST:
        return
    yield secret
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
    yield from (line for line in secret.splitlines() if len(line) >= _LINE)


def secrets_of(part: object) -> Iterator[str]:
    """Yield every secret of some settings."""
    if isinstance(part, SecretStr):
        yield part.get_secret_value()
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from secrets_of(getattr(part, name))
    elif isinstance(part, dict):
        for value in cast("dict[object, object]", part).values():
            yield from secrets_of(value)
    elif isinstance(part, list | tuple):
        for one in cast("tuple[object, ...]", part):
            yield from secrets_of(one)


class Lines(logging.Formatter):
    """One event as a line for people, or as JSON; without secrets."""

    def __init__(self, redactor: Redactor, *, as_json: bool) -> None:
        super().__init__()
        self._redactor = redactor
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        try:
            message = record.getMessage()
        except (TypeError, ValueError) as error:  # a bad format string must not take the event with it
            message = f"{record.msg!s} ({error})"
        trace = self.formatException(record.exc_info) if record.exc_info else record.exc_text or ""
        if record.stack_info:
            trace = f"{trace}\n{record.stack_info}".strip()
        at = datetime.fromtimestamp(record.created, UTC)
        found = {
            "at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redactor.clean(message),
            **{name: self._redactor.clean(value) for name, value in _about(record, message).items()},
        }
        if trace:
            found["trace"] = self._redactor.clean(trace)
        return json.dumps(found, ensure_ascii=False) if self._as_json else _as_text(found)


def _about(record: logging.LogRecord, message: str) -> dict[str, str]:
    """Return what an event is about, as far as it tells: who logs need not know of it."""
    run, flow = _RUN.get()
    run, flow = getattr(record, "run", run), getattr(record, "flow", flow)
    side = getattr(record, "side", "") or _side(record)
    ticket = getattr(record, "ticket", "") or (found[0] if (found := _TICKET.search(message)) else "")
    about = {"run": run, "flow": flow, "side": side, "ticket": ticket}
    return {name: str(value) for name, value in about.items() if value}


def _side(record: logging.LogRecord) -> str:
    parts = record.name.split(".")
    if len(parts) > 1 and parts[0] == "connectors" and parts[1] in _SIDES:
        return parts[1]
    if isinstance(record.args, tuple) and record.args and record.args[0] in _SIDES:
        return str(record.args[0])
    return ""


def _as_text(found: dict[str, str]) -> str:
    about = " ".join(f"{name}={found[name]}" for name in ("run", "side", "ticket") if name in found)
    line = f"{found['at']} {found['level']:7} {found['logger']}: {_shown(found['message'])}"
    line = f"{line} ({about})" if about else line
    trace = (f"  {_shown(one)}" for one in found.get("trace", "").split("\n") if one)
    return "\n".join((line, *trace))


def _shown(text: str) -> str:
    """Return a text on one line, with nothing that a terminal obeys: it may quote what anybody wrote."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class _Handler(logging.Handler):
    """Writes to whatever standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            _ = sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except (OSError, ValueError):  # nobody reads any more: nothing that a line could tell
            return


def set_up(settings: Settings) -> None:
    """Let every logger of this process write as `[log]` says. Called again, it takes the new settings."""
    root, own = logging.getLogger(), settings.log
    handler = next((h for h in root.handlers if isinstance(h, _Handler)), None)
    if handler is None:
        handler = _Handler()
        root.addHandler(handler)
    handler.setFormatter(Lines(Redactor(secrets_of(settings)), as_json=own.format == "json"))
    level = logging.getLevelNamesMapping()[own.level.upper()]
    handler.setLevel(level)
    if root.level == logging.NOTSET or root.level > level:
        root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
