"""What the control API does, each with the words and the example that document it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sandbox.clock import iso_millis, parse_iso
from sandbox.faults import FATES
from sandbox.mails import Notifies
from sandbox.sandbox import Sandbox

Act = Callable[..., Mapping[str, Any]]


class Bad(ValueError):
    """The request cannot be followed; the text says why and what would do."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that the control API does; `act` is None for what the servers alone know."""

    method: str
    path: str
    says: str
    act: Act | None
    body: Mapping[str, Any] | None = None
    answer: Any = field(default_factory=dict)


def health(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Tell that the sandbox answers, and for whom."""
    _only(body, ())
    return {"status": "ok", "vendors": list(sandbox.parties)}


def seed(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Seed one vendor or all; further keys are the vendor's own."""
    kind = body.pop("kind", None)
    if not isinstance(kind, str):
        raise Bad('name what to seed: {"kind": "demo"} or {"kind": "empty"}')
    return sandbox.seed(kind, body.pop("vendor", None), **body)


def reset(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Forget everything."""
    _only(body, ())
    sandbox.reset()
    return {"reset": list(sandbox.parties)}


def faults(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Show scripts and rules."""
    _only(body, ())
    return {"fates": FATES, **{name: it.describe() for name, it in sandbox.faults.items()}}


def set_faults(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Clear, script and add rules, in this order."""
    _only(body, ("vendor", "clear", "seed", "script", "rules", *_SCOPE))
    chosen = sandbox.chosen(body.get("vendor"))
    scope = _typed(body, _SCOPE)
    seeded = _typed(body, {"seed": int}).get("seed", 0)
    rules = [_rule(rule) for rule in _list(body, "rules")]
    script = _list(body, "script")
    for name in chosen:
        target = sandbox.faults[name]
        if body.get("clear"):
            target.clear(seeded)
        if "script" in body:
            target.follow(script, **scope)
        for fault, details in rules:
            target.always(fault, **details)
    return {name: sandbox.faults[name].describe() for name in chosen}


def _rule(rule: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take a rule apart: its fault, and when it applies."""
    rule = json_object(rule, 'a rule is an object such as {"fate": "lost", "times": 1}')
    details: dict[str, type | tuple[type, ...]] = {**_SCOPE, "times": int}
    details["probability"] = (int, float)
    _only(rule, ("fate", "seconds", *details))
    fault = {key: rule[key] for key in ("fate", "seconds") if key in rule}
    return fault, _typed(rule, details)


def clock(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Tell the sandbox's time."""
    _only(body, ())
    now = sandbox.clock.now()
    return {"now": now, "iso": iso_millis(now), "frozen": sandbox.clock.frozen}


def set_clock(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Freeze, advance, run on or reset."""
    _only(body, ("freeze", "advance", "run", "reset"))
    if not body:
        raise Bad('say what to do: {"advance": 3600}, {"freeze": true}, {"run": true}')
    if body.get("reset"):
        sandbox.clock.reset()
    if body.get("run"):
        sandbox.clock.run()
    if body.get("freeze"):
        sandbox.clock.freeze(_moment(body["freeze"]))
    if "advance" in body:
        sandbox.clock.advance(_typed(body, {"advance": (int, float)})["advance"])
    return clock(sandbox, {})


def _moment(given: object) -> float | None:
    if given is True:
        return None
    if isinstance(given, int | float):
        return float(given)
    try:
        return parse_iso(str(given))
    except ValueError:
        raise Bad(f"freeze takes true, unix seconds or ISO 8601 text; got {given!r}") from None


def calls(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Tell how often each endpoint was asked."""
    _only(body, ())
    return {name: it.describe() for name, it in sandbox.calls.items()}


def reset_calls(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Count anew; answer with the counts so far."""
    shown = calls(sandbox, body)
    for it in sandbox.calls.values():
        it.reset()
    return shown


def mails(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Tell whom each vendor would have mailed."""
    _only(body, ())
    return {name: it.mails.describe() for name, it in sandbox.vendors.items() if isinstance(it, Notifies)}


def settings(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Show every vendor's switches."""
    _only(body, ())
    return {name: dict(party.settings) for name, party in sandbox.parties.items()}


def set_settings(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Change switches of one or more vendors; all or none."""
    if not body:
        raise Bad('say which: {"zendesk": {"…": true}}; GET /settings lists them')
    for name, changes in body.items():
        [vendor] = sandbox.chosen(name)
        known = sandbox.parties[vendor].settings
        changed = json_object(changes, f"the settings of {name} are an object")
        _only(changed, known)
        for key, value in changed.items():
            _fits(f"{name}.{key}", known[key], value)
    for name, changes in body.items():
        sandbox.parties[name].settings.update(changes)
    return settings(sandbox, {})


def _fits(name: str, held: object, value: object) -> None:
    """Refuse a value of another kind than the switch has now; None stands for any kind."""
    if held is None or value is None:
        return
    kind = (int, float) if isinstance(held, int | float) else type(held)
    if isinstance(held, bool) != isinstance(value, bool) or not isinstance(value, kind):
        raise Bad(f"{name} is {held!r} now; {value!r} is not of that kind")


def person(sandbox: Sandbox, body: dict[str, Any], vendor: str) -> dict[str, Any]:
    """Do what a person would do in the vendor's own pages."""
    [name] = sandbox.chosen(vendor)
    action = body.pop("action", None)
    if not isinstance(action, str):
        raise Bad('name what the person does: {"action": "comment", …}')
    return dict(sandbox.parties[name].person(action, **body))


_SCOPE: dict[str, type | tuple[type, ...]] = {"endpoint": str, "method": str, "writes": bool}


def _only(body: Mapping[str, Any], known: Collection[str]) -> None:
    if unknown := sorted(set(body) - set(known)):
        there = f"; there are {', '.join(known)}" if known else "; none are expected"
        raise Bad(f"unknown: {', '.join(unknown)}{there}")


def json_object(value: Any, expected: str) -> dict[str, Any]:
    """Return `value` if it is a JSON object; else tell what was expected."""
    if not isinstance(value, dict):
        raise Bad(f"{expected}, not {value!r}")
    return cast("dict[str, Any]", value)


def _list(body: Mapping[str, Any], key: str) -> list[Any]:
    value = body.get(key, [])
    if not isinstance(value, list):
        raise Bad(f"{key} must be a list, not {value!r}")
    return cast("list[Any]", value)


def _typed(body: Mapping[str, Any], kinds: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """Return the keys of `kinds` that are there and not null, each of its kind."""
    given = {key: body[key] for key in kinds if body.get(key) is not None}
    for key, value in given.items():
        kind = kinds[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Bad(f"{key} cannot be {value!r}")
    return given


ENDPOINTS = (
    Endpoint("GET", "/health", "Tells that the sandbox answers.", health,
        answer={"status": "ok", "vendors": ["zendesk", "jira"]}),
    Endpoint("GET", "/line", "The line that `--json` prints when ready: addresses, test "
        "credentials, the certificate authority's file, the proxy.", None,
        answer={"zendesk": {"url": "http://127.0.0.1:…"}, "control": "…", "ca": "…"}),
    Endpoint("POST", "/seed", "Fills in a data set: `demo` (accounts, agents, customers, a few "
        "hundred tickets and issues) or `empty` (fields, agents and workflow, no tickets). "
        "`vendor` seeds only one; further keys go to the vendor.", seed,
        body={"kind": "demo"}, answer={"zendesk": {"tickets": 300}}),
    Endpoint("POST", "/reset", "Forgets data, faults, counts and clock changes. "
        "Credentials stay good. Seed again afterwards.", reset,
        answer={"reset": ["zendesk", "jira"]}),
    Endpoint("GET", "/faults", "Shows each vendor's script and rules (`hits`: how often one struck), and "
        "every fate.", faults,
        answer={"zendesk": {"script": [], "rules": []}}),
    Endpoint("POST", "/faults", "Makes things go wrong. `script`: a list of fates, one per "
        "matching request, then all is well; it replaces the script before. `rules`: standing "
        "faults, with `times` and `probability` (seeded, so a run repeats; `seed` with `clear` "
        "sets the seed). `endpoint` is a glob over the path template, with or without the "
        "method (of mail: `SMTP MESSAGE`, the moment after the final dot, `IMAP FETCH` and so on); "
        "`writes` leaves reads alone. `clear` drops all first. Without `vendor`: all.",
        set_faults,
        body={"vendor": "zendesk", "clear": True, "writes": True,
            "script": ["ok", "lost", {"fate": "slow", "seconds": 2}],
            "rules": [{"fate": "throttle", "endpoint": "GET /api/v2/*", "probability": 0.1}]},
        answer={"zendesk": {"script": [{"fate": "ok", "seconds": 0}]}}),
    Endpoint("GET", "/clock", "Tells the sandbox's time.", clock,
        answer={"now": 1772357400.0, "iso": "2026-03-01T09:30:00.000+0000", "frozen": False}),
    Endpoint("POST", "/clock", "Moves the clock: `reset` (real time), `run` (on from where it "
        "stands), `freeze` (true, unix seconds or ISO 8601), `advance` (seconds); in this order.",
        set_clock, body={"freeze": "2026-03-01T09:30:00Z", "advance": 3600},
        answer={"now": 1772361000.0, "iso": "2026-03-01T10:30:00.000+0000", "frozen": True}),
    Endpoint("GET", "/calls", "How often each endpoint was asked since the last reset, with "
        "which statuses, and how many 429 were answered (`throttled`).", calls,
        answer={"zendesk": {"total": 1, "throttled": 0, "dropped": 0,
            "endpoints": {"GET /api/v2/tickets/{id}": 1}, "statuses": {"200": 1}}}),
    Endpoint("POST", "/calls/reset", "Counts anew, and answers with the counts so far.",
        reset_calls, answer={"zendesk": {"total": 1}}),
    Endpoint("GET", "/mails", "Whom each vendor would have notified by e-mail since its last seed: how "
        "many, and the last hundred. Nothing is ever sent.", mails,
        answer={"jira": {"sent": 1, "last": [{"to": "lena@eng.example", "about": "SUP-1",
            "why": "issue_updated"}]}}),
    Endpoint("GET", "/settings", "Every vendor's switches, with what they are now.", settings,
        answer={"jira": {"search_lag": 0.0, "rate_limits": False}}),
    Endpoint("POST", "/settings", "Changes switches; all or none of those given.", set_settings,
        body={"jira": {"search_lag": 5.0}},
        answer={"jira": {"search_lag": 5.0, "rate_limits": False}}),
    Endpoint("POST", "/person/{vendor}", "Acts as a person does in the vendor's own pages: "
        "edits, comments, attaches, deletes, merges. An unknown action is answered with the "
        "list of those that there are.", person,
        body={"action": "comment", "ticket": 1, "body": "Any news?", "public": True},
        answer={"ticket": 1, "comment": 25600000007557, "status": "open"}),
)  # fmt: skip
