"""Composite requests: several calls in one, later ones with values of earlier ones."""

from __future__ import annotations

import re
from typing import Any, cast

from sandbox.salesforce import errors
from sandbox.salesforce.bodies import mapping, mappings
from sandbox.salesforce.changes import Transaction
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.wire import Answer

MOST, MOST_HEAVY, MOST_NODES = 25, 5, 500
_REFERENCE = re.compile(r"@\{([^{}]+)\}")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_HEAVY = re.compile(r"/services/data/v[\d.]+/(query|queryAll|composite/sobjects)\b")
_SHOWN = ("location", "etag", "last-modified")
_WORDS = re.compile(r"[A-Za-z0-9_]+")


class NoValue(LookupError):
    """A reference to what an earlier subrequest did not answer."""


def composite(call: Call) -> Answer:
    """Answer up to 25 subrequests, in order."""
    body = call.object()
    parts = _parts(body.get("compositeRequest"), MOST)
    if sum(bool(_HEAVY.match(str(it.get("url")))) for it in parts) > MOST_HEAVY:
        message = "The Composite API can't process more than 5 queries and collections."
        raise Refusal("LIMIT_EXCEEDED", message)
    return Answer(200, {"compositeResponse": answers(call, parts, together=bool(body.get("allOrNone")))})


def graphs(call: Call) -> Answer:
    """Answer graphs of subrequests; each graph stands or falls as one."""
    body = call.object()
    told: list[Json] = []
    for graph in mappings(body.get("graphs"), "graphs"):
        parts = _parts(graph.get("compositeRequest"), MOST_NODES)
        made = answers(call, parts, together=True)
        good = all(it["httpStatusCode"] < 400 for it in made)
        told.append({
            "graphId": graph.get("graphId"), "graphResponse": {"compositeResponse": made},
            "isSuccessful": good,
        })  # fmt: skip
    return Answer(200, {"graphs": told})


def _parts(given: Any, most: int) -> list[Json]:
    parts = mappings(given, "compositeRequest")
    if not parts:
        raise errors.unreadable("A composite request needs a list of subrequests")
    if len(parts) > most:
        message = f"Limit exceeded. The maximum number of subrequests is {most}."
        raise Refusal("LIMIT_EXCEEDED", message)
    names = [str(it.get("referenceId")) for it in parts]
    if len(set(names)) < len(names) or not all(_WORDS.fullmatch(name) for name in names):
        raise errors.unreadable("Every referenceId must be given once, of letters, numbers and underscores")
    return parts


def answers(call: Call, parts: list[Json], *, together: bool) -> list[Json]:
    """Return what the subrequests were answered; `together`, one failure takes all back."""
    if not together:
        return _run(call, parts, together=False)[0]
    context, good = call.context, False
    outer, context.held = context.held, []
    try:
        told, good = _run(call, parts, together=True)
    finally:
        held, context.held = cast("list[Transaction]", context.held), outer
        for tx in held if good else reversed(held):
            _ = tx.commit() if good else tx.undo()
    return told if good else _halted(parts, told)


def _run(call: Call, parts: list[Json], *, together: bool) -> tuple[list[Json], bool]:
    """Answer the parts in order, `together` up to the first that fails; tell whether none did."""
    seen: dict[str, Any] = {}
    told: list[Json] = []
    good = True
    for part in parts:
        answer = _answer(call, part, seen)
        told.append(_told(part["referenceId"], answer))
        if answer.status < 400:
            seen[str(part["referenceId"])] = answer.body
            continue
        good = False
        if together:
            break
    return told, good


def _halted(parts: list[Json], told: list[Json]) -> list[Json]:
    """Return the answers of a composite that was taken back: the last told failed, all others are halted."""
    halted = Answer.refusal(errors.halted())
    return [
        told[-1] if at == len(told) - 1 else _told(part["referenceId"], halted)
        for at, part in enumerate(parts)
    ]


def _answer(call: Call, part: Json, seen: dict[str, Any]) -> Answer:
    try:
        url = str(_filled(part.get("url", ""), seen))
        body = _filled(part.get("body"), seen)
    except NoValue as none:
        message = f"Invalid reference specified. {none}"
        return Answer.refusal(Refusal("PROCESSING_HALTED", message))
    try:
        given = mapping(part.get("httpHeaders"), "httpHeaders")
    except Refusal as refused:
        return Answer.refusal(refused)
    headers = {name: str(value) for name, value in given.items()}
    return call.part(str(part.get("method", "GET")).upper(), url, body, headers).serve()


def _told(reference: str, answer: Answer) -> Json:
    headers = {name: value for name, value in answer.headers if name.lower() in _SHOWN}
    return {"body": answer.body, "httpHeaders": headers, "httpStatusCode": answer.status,
            "referenceId": reference}  # fmt: skip


def _filled(given: Any, seen: dict[str, Any]) -> Any:
    """Put values of earlier answers in the place of `@{reference.path}`."""
    if isinstance(given, str):
        whole = _REFERENCE.fullmatch(given)
        if whole:
            return _value(whole[1], seen)
        return _REFERENCE.sub(lambda found: str(_value(found[1], seen)), given)
    if isinstance(given, dict):
        return {name: _filled(held, seen) for name, held in given.items()}
    if isinstance(given, list):
        return [_filled(held, seen) for held in given]
    return given


def _value(path: str, seen: dict[str, Any]) -> Any:
    reference, _, rest = path.partition(".")
    start = reference.partition("[")[0]
    if start not in seen:
        raise NoValue(f"No value for {path} found in {start}.")
    found: Any = seen[start]
    for step in _STEP.finditer(reference[len(start) :] + (f".{rest}" if rest else "")):
        try:
            found = found[int(step[2])] if step[2] is not None else found[step[1]]
        except (KeyError, IndexError, TypeError):
            raise NoValue(f"No value for {path} found in {start}.") from None
    return found


def batch(call: Call) -> Answer:
    """Answer up to 25 independent calls; each counts as one."""
    body = call.object()
    given = mappings(body.get("batchRequests"), "batchRequests")
    if not 0 < len(given) <= MOST:
        raise Refusal("INVALID_BATCH_REQUEST", f"A batch has 1 to {MOST} subrequests")
    results: list[Json] = []
    failed = False
    for part in given:
        if failed and body.get("haltOnError"):
            halted = {"errorCode": "BATCH_PROCESSING_HALTED",
                      "message": "Batch processing halted per request"}  # fmt: skip
            results.append({"statusCode": 412, "result": [halted]})
            continue
        call.context.limits.take()
        url = f"/services/data/{str(part.get('url', '')).removeprefix('/services/data/').lstrip('/')}"
        answer = call.part(str(part.get("method", "GET")), url, part.get("richInput")).serve()
        failed = failed or answer.status >= 400
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(200, {"hasErrors": failed, "results": results})
