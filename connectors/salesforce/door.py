"""The way into an org: our HTTP with Salesforce's sign-in, budget and ways to refuse."""

from __future__ import annotations

from typing import Any

from connectors.budget import salesforce_budget
from connectors.http import Auth, Budget, Http
from connectors.oauth import OAuth
from connectors.salesforce import refusals

PATIENCE = 130.0
"""Seconds. Salesforce itself gives a query up after two minutes."""


def open_org(
    url: str,
    *,
    auth: Auth,
    reserve: float = 0.2,
    budget: Budget | None = None,
    timeout: float = PATIENCE,
    **options: Any,
) -> Http:
    """
    Return the HTTP of the org at `url` (My Domain); calls go to the instance that the sign-in names.

    `reserve`: the share of the org's daily calls that is left to others. `options`: those of `Http`.
    """
    return Http(
        url,
        system="salesforce",
        auth=auth,
        budget=budget or salesforce_budget(reserve=reserve),
        home=auth.home if isinstance(auth, OAuth) else None,
        refusal=refusals.judge,
        timeout=timeout,
        **options,
    )
