"""
Read every Case with simple-salesforce's own `query_all`: `python -m bench.query_all LINE.json FIELDS.json`.

It makes a list of dictionaries, and does no more with it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from simple_salesforce.api import Salesforce

from bench.detour import through

HOST = "https://sales.my.salesforce.com"


def main() -> None:
    """Read, and say how many."""
    line = json.loads(Path(sys.argv[1]).read_text("utf-8"))["salesforce"]
    names = json.loads(Path(sys.argv[2]).read_text("utf-8"))
    session = through(line["url"], HOST)
    client: Any = Salesforce(
        instance_url=HOST, session_id=line["access_token"], session=session, version="66.0"
    )
    found = client.query_all(f"SELECT {', '.join(names)} FROM Case")
    print(json.dumps({"read": len(found["records"])}))


if __name__ == "__main__":
    main()
