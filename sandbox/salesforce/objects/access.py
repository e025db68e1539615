"""Field-level security: which fields a user does not see, and which it only reads."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Access:
    """What one user may not do, by `(object, field)`."""

    hidden: set[tuple[str, str]] = field(default_factory=set)
    read_only: set[tuple[str, str]] = field(default_factory=set)

    def grant(self, name: str, field_name: str, *, edit: bool) -> None:
        """Let the user read a field, or edit it."""
        self.hidden.discard((name, field_name))
        if edit:
            self.read_only.discard((name, field_name))
        else:
            self.read_only.add((name, field_name))

    def revoke(self, name: str, field_name: str) -> None:
        """Hide a field from the user."""
        self.hidden.add((name, field_name))
