"""The catalogue: which objects the org has, and with which fields."""

from __future__ import annotations

from sandbox.salesforce.objects import content, sales, service, setup
from sandbox.salesforce.objects.defs import ObjectDef, currency_code

_WITH_CURRENCY = ("Account", "Contact", "Case", "Opportunity", "Contract")


def catalogue(*, multi_currency: bool) -> dict[str, ObjectDef]:
    """Return fresh definitions by API name."""
    made = [*service.objects(), *sales.objects(), *content.objects(), *setup.objects()]
    found = {it.name: it for it in made}
    if multi_currency:
        for name in _WITH_CURRENCY:
            found[name].add(currency_code())
    return found
