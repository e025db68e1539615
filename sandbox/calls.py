"""How often a stand-in was asked, and how it answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sandbox.web import Response


@dataclass(slots=True)
class Calls:
    """How often each endpoint was asked, and with which status each request was answered."""

    endpoints: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    dropped: int = 0

    def note(self, endpoint: str, response: Response) -> None:
        """Count one request. A dropped answer counts as dropped, not by its status."""
        self.endpoints[endpoint] += 1
        if response.drop:
            self.dropped += 1
        else:
            self.statuses[response.status] += 1

    def reset(self) -> None:
        """Start counting anew."""
        self.endpoints.clear()
        self.statuses.clear()
        self.dropped = 0

    def describe(self) -> dict[str, Any]:
        """Return the counts as the control API shows them."""
        return {
            "total": self.endpoints.total(),
            "throttled": self.statuses[429],
            "dropped": self.dropped,
            "endpoints": dict(sorted(self.endpoints.items())),
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
        }
