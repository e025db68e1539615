"""
Read every Case as the hub's connector does, and keep nothing: `python -m bench.read_cases hub.toml`.

Prints one JSON line: how many, and the fields that were asked for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import cast

from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.columns import Columns
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.payload import CASE_PARENTS
from flows.wiring import assemble
from hub.model import SALESFORCE
from hub.settings import load


def main() -> None:
    """Read, and say what was read."""
    with assemble(load(Path(sys.argv[1]))) as assembly:
        connector = cast("SalesforceConnector", assembly.connectors[SALESFORCE])
        read = sum(len(page.observations) for page in connector.changes(None))
        names = Columns(SalesforceClient(connector.http), "Case", more=CASE_PARENTS).names()
    print(json.dumps({"read": read, "fields": names}))


if __name__ == "__main__":
    main()
