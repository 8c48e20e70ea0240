"""What one entry of the log says. Names, counts and ids only: no field can hold a person's value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from voc.errors import UsageError

__all__ = ["Entry", "checked_name"]

_NAME: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_ENTITY: Final = re.compile(r"[A-Z][A-Z0-9_]{1,40}")


def checked_name(text: str, *, what: str) -> str:
    """Return a name that may stand in the log. Raises UsageError for one that may not.

    Digits in a row are bounded, so that nobody's phone or identity number becomes the name of something.
    """
    if not _NAME.fullmatch(text) or re.search(r"[0-9]{7,}", text):
        raise UsageError(
            f"this {what} has {len(text)} characters and cannot stand in the audit log",
            hint="up to 64 letters, digits, _ . and -, with fewer than 7 digits in a row",
        )
    return text


@dataclass(frozen=True)
class Entry:
    """One act."""

    actor: str
    """Who: a name from the registry of actors, or the account of the system."""
    action: str
    """What: `vault.rotate`, `access.reveal`, and so on."""
    outcome: str = "done"
    """`done`, `denied`, `expired`, `failed`."""
    role: str = ""
    purpose: str = ""
    request: str = ""
    """Id of the request under which it was done."""
    policy: str = ""
    """Fingerprint of the policy."""
    reason: str = ""
    """Why it was denied: one of voc's own words."""
    rows: int = 0
    declared: int = 0
    """Columns that left because somebody said that they identify nobody."""
    entities: Mapping[str, int] = field(default_factory=dict)
    """Values by entity."""

    def __post_init__(self) -> None:
        for what in ("actor", "action", "outcome", "role", "purpose", "request", "policy", "reason"):
            value = getattr(self, what)
            if value and what not in ("request", "policy"):
                checked_name(value, what=what)
            elif value and not re.fullmatch(r"[0-9a-z\-]{1,64}", value):
                raise UsageError(f"this {what} cannot stand in the audit log")
        if not all(_ENTITY.fullmatch(name) for name in self.entities):
            raise UsageError("an entity of the audit log is written like CN_MOBILE")

    def facts(self) -> dict[str, Any]:
        """What is said, without what is empty."""
        facts = {
            "actor": self.actor,
            "role": self.role,
            "action": self.action,
            "outcome": self.outcome,
            "purpose": self.purpose,
            "request": self.request,
            "policy": self.policy,
            "reason": self.reason,
            "rows": self.rows,
            "declared": self.declared,
            "entities": dict(sorted(self.entities.items())),
        }
        return {name: value for name, value in facts.items() if value}
