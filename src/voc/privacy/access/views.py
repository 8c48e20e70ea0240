"""Views: what a role sees of a table, when it is masked (`voc mask --view`) and afterwards (`voc view`).

Masking for a role changes the policy's operators, so that what the role may see coarser is made from the
value itself. A table that is masked already holds no values; there a view can only take away: tokens become
labels, and what would need the value is masked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from voc.errors import UsageError, nearest
from voc.privacy.access.rules import RoleView, Sight
from voc.privacy.columns import as_strings, is_text
from voc.privacy.operators import REDACTED
from voc.privacy.operators.generalise import BAND
from voc.privacy.policy import Operator, Policy, Rule
from voc.privacy.pseudonym import TOKEN_LENGTH
from voc.types import MASKED_KEY, BatchFunction

__all__ = ["ViewStage", "policy_for", "role_view"]

_OPAQUE: Final = frozenset({Operator.LABEL, Operator.REDACT})
_PARTIAL: Final = frozenset({"CN_MOBILE", "CN_LANDLINE", "EMAIL", "PERSON", "CN_PLATE", "CN_BANK_CARD"})
"""Entities of which the generalised form is the usual one with asterisks."""
_NUMBERED: Final = frozenset({"feedback_id", "record_tier", "customer_key"})
_DONE: Final = re.compile(rf"<[^<>:\s]{{1,20}}>|{BAND}|\*{{3,}}")


def role_view(policy: Policy, role: str) -> RoleView:
    """Return the view of a role. Raises UsageError with the nearest role when there is none."""
    roles = policy.access.roles
    if role in roles:
        return roles[role]
    if not roles:
        raise UsageError(
            f"policy {policy.name!r} names no roles",
            hint="give one that does: --policy protected, or add a section access.roles to yours",
        )
    near = nearest(role, roles)
    hint = f"did you mean {near!r}?" if near else f"roles: {', '.join(roles)}"
    raise UsageError(f"no role {role!r} in policy {policy.name!r}", hint=hint)


def policy_for(policy: Policy, role: str) -> Policy:
    """Return the policy by which a table is masked for a role.

    Never weaker than a grant, and never in clear what the policy redacts.
    """
    view = role_view(policy, role)
    rules = {entity: _rule_for(entity, rule, view) for entity, rule in policy.rules.items()}
    return policy.model_copy(update={"name": f"{policy.name}:{role}", "rules": rules})


def _rule_for(entity: str, rule: Rule, view: RoleView) -> Rule:
    sight = view.sight(entity, rule.tier)
    return rule.model_copy(
        update={"text": _operator(entity, rule.text, sight), "column": _operator(entity, rule.column, sight)}
    )


def _operator(entity: str, by_policy: Operator, sight: Sight) -> Operator:
    if by_policy is Operator.REDACT:
        return by_policy
    if sight is Sight.CLEAR:
        return Operator.KEEP
    if sight is Sight.GENERALISED:
        return Operator.PARTIAL if entity in _PARTIAL else Operator.GENERALISE
    if sight is Sight.MASKED:
        return Operator.LABEL
    return by_policy if by_policy is Operator.ENCRYPT else Operator.PSEUDONYM


@dataclass(frozen=True)
class ViewStage:
    """Takes from a masked table what a role may not see."""

    policy: Policy
    role: str

    @property
    def name(self) -> str:
        """Versioned name."""
        return "view.v1"

    def fingerprint(self) -> str:
        """Digest of policy and role."""
        text = json.dumps([self.name, self.policy.fingerprint(), self.role])
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Return the schema after the view: columns that are taken away become strings."""
        view = _View(self.policy, self.role)
        return pa.schema([view.field(column) for column in schema], metadata=schema.metadata)

    def build(self) -> BatchFunction:
        """Return the function."""
        view = _View(self.policy, self.role)

        def show(batch: pa.RecordBatch) -> pa.RecordBatch:
            schema = pa.schema(
                [view.field(column) for column in batch.schema], metadata=batch.schema.metadata
            )
            columns = [view.column(column, batch.column(column.name)) for column in batch.schema]
            return pa.RecordBatch.from_arrays(columns, schema=schema)

        return show


class _View:
    """What one role sees, column by column."""

    def __init__(self, policy: Policy, role: str) -> None:
        self._policy = policy
        self._view = role_view(policy, role)
        self._by_label: dict[str, list[str]] = {}
        for entity, rule in policy.rules.items():
            self._by_label.setdefault(rule.label, []).append(entity)
        names = "|".join(re.escape(label) for label in sorted(self._by_label, key=len, reverse=True))
        self._token = re.compile(rf"<({names}):[a-z2-7]{{{TOKEN_LENGTH}}}>")

    def field(self, column: pa.Field) -> pa.Field:
        """Return the field after the view."""
        if self._kind(column) == "hidden" and not _is_internal(column):
            return pa.field(column.name, pa.string(), metadata=column.metadata)
        return column

    def column(self, field: pa.Field, column: pa.Array) -> pa.Array:
        """Return the column as the role sees it."""
        kind = self._kind(field)
        if kind == "clear":
            return self._cells(as_strings(column)) if field.type == pa.string() else column
        if kind == "findings":
            return self._findings(column)
        if kind == "masked":
            return self._cells(as_strings(column)).cast(field.type)
        return self._hidden(column)

    def _kind(self, field: pa.Field) -> str:
        """`clear`, `masked` (placeholders are looked at), `findings`, or `hidden`."""
        if _is_internal(field):
            return "clear"
        if field.name == "pii" or field.name.startswith("pii_"):
            return "findings"
        if MASKED_KEY in (field.metadata or {}):
            return "masked" if self._view.sight(None, None, field.name) is Sight.CLEAR else "hidden"
        entity = self._policy.entity_of_column(field.name)
        tier = self._policy.rule(entity).tier if entity else None
        sight = self._view.sight(entity, tier, field.name)
        if sight is Sight.CLEAR:
            return "clear"
        if entity is None or sight is Sight.MASKED or not is_text(field.type):
            return "hidden"
        return "masked" if self._is_protected(entity) else "hidden"

    def _is_protected(self, entity: str) -> bool:
        return self._policy.rule(entity).column is not Operator.KEEP

    def _cells(self, column: pa.Array) -> pa.Array:
        if not pc.any(pc.match_substring(column, "<")).as_py():
            return column
        return _changed(column, lambda text: self._token.sub(self._seen, text))

    def _seen(self, match: re.Match[str]) -> str:
        label = match[1]
        sights = [
            self._view.sight(entity, self._policy.rule(entity).tier) for entity in self._by_label[label]
        ]
        keeps = all(sight in (Sight.TOKEN, Sight.APPROVAL, Sight.CLEAR) for sight in sights)
        return match[0] if keeps else f"<{label}>"

    def _hidden(self, column: pa.Array) -> pa.Array:
        """Every filled cell as asterisks; what says already that it is masked may say so."""
        if not is_text(column.type):
            marks = pa.array([REDACTED] * len(column), pa.string())
            return pc.if_else(column.is_valid(), marks, pa.scalar(None, pa.string()))
        return _changed(as_strings(column), self._hide)

    def _hide(self, text: str) -> str:
        if not text.strip():
            return text
        label = self._token.fullmatch(text.strip())
        if label:
            return f"<{label[1]}>"
        return text if _DONE.fullmatch(text.strip()) else REDACTED

    def _findings(self, column: pa.Array) -> pa.Array:
        """Take away the tokens of entities of which the role sees none."""
        flat = column.flatten()
        keeps = {
            entity: self._view.sight(entity, rule.tier) in (Sight.TOKEN, Sight.APPROVAL, Sight.CLEAR)
            for entity, rule in self._policy.rules.items()
        }
        shown = pa.array(
            [keeps.get(entity, False) for entity in flat.field("entity").to_pylist()], pa.bool_()
        )
        tokens = pc.if_else(shown, flat.field("token"), pa.scalar(None, pa.string()))
        struct = column.type.value_type
        arrays = [tokens if field.name == "token" else flat.field(field.name) for field in struct]
        values = pa.StructArray.from_arrays(arrays, fields=list(struct))
        offsets = column.offsets
        if len(offsets) and offsets[0].as_py():
            offsets = pc.subtract(offsets, offsets[0])
        return pa.ListArray.from_arrays(offsets, values, type=column.type)


def _is_internal(field: pa.Field) -> bool:
    return field.name.startswith("__") or field.name in _NUMBERED


def _changed(column: pa.Array, change: Callable[[str], str]) -> pa.Array:
    encoded = column.dictionary_encode()
    changed: Mapping[int, str | None] = dict(enumerate(encoded.dictionary.to_pylist()))
    values = [None if text is None else change(text) for text in changed.values()]
    return pa.array(values, pa.string()).take(encoded.indices)
