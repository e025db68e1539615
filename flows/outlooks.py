"""
What a run foresees by, out of the store: the outlook, what other tickets say, and the rules beside them.

A snapshot that is missing, of another version of the hub or damaged never stops a run: a warning says so,
and the rule speaks alone until `hub learn` has made a new one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import msgspec

from flows.rule_files import has_rules, rule_file, shipped
from hub.appraise import Surroundings
from hub.model import Json
from hub.ports import Store
from hub.risk.outlook import COLD, Outlook, from_json, to_json
from hub.risk.rules import RiskRules, load_risk
from hub.settings import Settings

OUTLOOK, SURROUNDINGS, ROLLUPS = "outlook", "surroundings", "rollups"
_log = logging.getLogger("hub.outlook")
T = TypeVar("T")


def read_risk(settings: Settings) -> RiskRules:
    """Return the rules of risk.yaml; those that come with the hub where the folder has no such file."""
    return load_risk(*(rule_file(settings, "risk") if has_rules(settings, "risk") else shipped("risk")))


def outlook_of(store: Store, label: str = "") -> Outlook:
    """Return the outlook that was kept; the cold one where there is none that can be used for this label."""
    found = _kept(store, OUTLOOK, _outlook)
    if found is None:
        return COLD
    if label and found.label and found.label != label:
        _log.warning("risk.yaml names the label `%s` now; what was learned is of `%s`", label, found.label)
        return COLD
    return found


def surroundings_of(store: Store) -> Surroundings:
    """Return what other tickets said of some at the last rescore."""
    return _kept(store, SURROUNDINGS, lambda body: msgspec.convert(body, Surroundings)) or Surroundings()


def keep_outlook(store: Store, outlook: Outlook, now: str) -> None:
    store.save_outlook(OUTLOOK, to_json(outlook), now)


def keep_surroundings(store: Store, surroundings: Surroundings, now: str) -> None:
    store.save_outlook(SURROUNDINGS, msgspec.to_builtins(surroundings), now)


def _outlook(body: Json) -> Outlook:
    outlook = from_json(body)
    if outlook.version:
        from hub.risk.living import model_of  # noqa: PLC0415  numpy is loaded for those alone who have learned

        _ = model_of(outlook.model)
    return outlook


def _kept(store: Store, name: str, read: Callable[[Json], T]) -> T | None:
    snapshot = store.outlook(name)
    if snapshot is None:
        return None
    try:
        return read(snapshot.body)
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, IndexError) as error:
        _log.warning(
            "the kept %s of %s cannot be used (%s); the hub goes on without it until the next `hub learn`",
            name,
            snapshot.at,
            error,
        )
        return None
