"""The section `access` of a policy: roles, purposes, approvals, and limits of what leaves the house."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from voc.types import Tier

__all__ = ["AccessRules", "ApprovalRule", "DisclosureRule", "RoleView", "Sight"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sight(StrEnum):
    """How much of a value a role sees."""

    MASKED = "masked"
    """`<手机号>`: that there is one. What is not granted is this."""
    GENERALISED = "generalised"
    """Something coarser: an age band, the district of an address, 138****5678."""
    TOKEN = "token"  # noqa: S105 - a word, no secret
    """`<手机号:k3f9…>`: the same value can be recognised, not read."""
    APPROVAL = "approval"
    """The token, and the value itself after approval."""
    CLEAR = "clear"
    """The value."""


class RoleView(_Section):
    """What one role sees. A column counts before an entity, an entity before its tier; all else is masked."""

    zh: str = ""
    tiers: dict[Tier, Sight] = Field(default_factory=dict)
    entities: dict[str, Sight] = Field(default_factory=dict)
    columns: dict[str, Sight] = Field(default_factory=dict)
    """By name; `*` stands for columns that hold no kind of personal information known to the policy."""

    def sight(self, entity: str | None, tier: Tier | None, column: str | None = None) -> Sight:
        """Return how much this role sees of an entity, in a column."""
        if column is not None and column in self.columns:
            return self.columns[column]
        if entity is None:
            return self.columns.get("*", Sight.MASKED)
        if entity in self.entities:
            return self.entities[entity]
        return self.tiers.get(tier, Sight.MASKED) if tier is not None else Sight.MASKED


class ApprovalRule(_Section):
    """Who has to agree before a value of one tier is opened."""

    approvers: Annotated[int, Field(ge=1, le=9)] = 1
    """How many people of different roles."""
    roles: tuple[str, ...] = ("compliance",)
    """Roles that may agree."""

    @model_validator(mode="after")
    def _enough(self) -> ApprovalRule:
        if self.approvers > len(set(self.roles)):
            raise ValueError("approvers are of different roles, so there must be as many roles")
        return self


class DisclosureRule(_Section):
    """Limits of what leaves the house."""

    min_cell: Annotated[int, Field(ge=2)] = 10
    """Fewest people in a cell of a table."""
    k: Annotated[int, Field(ge=1)] = 5
    """Fewest rows that look alike in an exported table."""
    l: Annotated[int, Field(ge=1)] = 2  # noqa: E741 - the letter of the literature
    """Fewest different sensitive values among rows that look alike."""
    dominance_n: Annotated[int, Field(ge=1)] = 1
    """How many people are looked at together in a sum, the largest first."""
    dominance_k: Annotated[float, Field(gt=0, le=1)] = 0.75
    """Largest part of a sum that they may make up."""
    epsilon: Annotated[float, Field(gt=0)] = 3.0
    """Privacy budget of one data set."""


class AccessRules(_Section):
    """The whole section; empty, everybody sees masked values and nothing is opened."""

    roles: dict[str, RoleView] = Field(default_factory=dict)
    purposes: tuple[str, ...] = ()
    """What values may be opened for."""
    approvals: dict[Tier, ApprovalRule] = Field(
        default_factory=lambda: {
            Tier.CORE: ApprovalRule(approvers=2, roles=("compliance", "risk")),
            Tier.GENERAL: ApprovalRule(approvers=1, roles=("compliance", "risk")),
            Tier.NONE: ApprovalRule(approvers=1, roles=("compliance", "risk")),
        }
    )
    max_rows: Annotated[int, Field(ge=1)] = 10_000
    """Most values that one request opens."""
    max_hours: Annotated[float, Field(gt=0)] = 72.0
    """Longest duration of a request."""
    max_uses: Annotated[int, Field(ge=1)] = 5
    """Most times that one request is used."""
    disclosure: DisclosureRule = DisclosureRule()

    @model_validator(mode="after")
    def _known_roles(self) -> AccessRules:
        given = self.approvals if "approvals" in self.model_fields_set else {}
        for tier, rule in given.items():
            strange = [role for role in rule.roles if self.roles and role not in self.roles]
            if strange:
                raise ValueError(f"approvals.{tier}: no role {', '.join(strange)} among roles")
        return self
