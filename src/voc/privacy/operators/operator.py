"""The operators by name, and the seam at which another one is added.

An operator is a function from a `Value` to what stands in its place. Those that need nothing but the value
are always there. One that needs a resource of its own, a vault for instance, is built where the resource is
opened and handed to `Operators` under its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Final, NamedTuple

from voc.errors import UsageError
from voc.privacy.operators.generalise import generalise
from voc.privacy.operators.partial import partial as partly_masked
from voc.privacy.operators.placeholder import REDACTED
from voc.privacy.operators.surrogate import surrogate
from voc.privacy.policy import Operator, Policy, Rule

__all__ = ["OperatorFunction", "Operators", "Place", "Value"]


class Place(NamedTuple):
    """Where a value stands in its table."""

    column: str
    row: int
    """0-based number of the data row in the input."""


class Value(NamedTuple):
    """A value that an operator replaces."""

    entity: str
    text: str
    """As it stands in the original text or cell."""
    rule: Rule
    """What the policy says about the entity; gives the label."""
    token: str | None = None
    """Keyed pseudonym of the normalised value; None where no key is in use."""
    place: Place | None = None
    """None outside tables and for whole columns, of which equal cells are changed once."""


OperatorFunction = Callable[[Value], str]
"""Returns what stands in the place of a value. What it leaves must match `placeholder_pattern`, else masking
masked text would change it again; `<label:token>` always does. An exception masks the whole cell."""


class Operators:
    """The operators of one engine.

    Parameters
    ----------
    extra
        Operators that need a resource of their own, by name, or others in the place of the built-in ones.
    as_of
        Day at which ages are counted, `Policy.as_of`.
    """

    def __init__(
        self, extra: Mapping[Operator, OperatorFunction] | None = None, *, as_of: date | None = None
    ) -> None:
        self._functions: dict[Operator, OperatorFunction] = {**_BUILT_IN, **(extra or {})}
        self._functions.setdefault(Operator.GENERALISE, partial(_generalise, as_of=as_of))

    def require(self, policy: Policy) -> None:
        """Raise UsageError when the policy names an operator that is not there."""
        named = {operator for rule in policy.rules.values() for operator in (rule.text, rule.column)}
        missing = sorted(named - self._functions.keys())
        if missing:
            raise UsageError(
                f"policy {policy.name!r} uses {', '.join(missing)}, which is not set up",
                hint="name another operator, or set up what this one needs",
            )

    def apply(self, operator: Operator, value: Value) -> str:
        """Return what stands in the place of a value."""
        return self._functions[operator](value)


def _keep(value: Value) -> str:
    return value.text


def _label(value: Value) -> str:
    return f"<{value.rule.label}>"


def _pseudonym(value: Value) -> str:
    """Write the token behind the label; without a key the label alone."""
    return _label(value) if value.token is None else f"<{value.rule.label}:{value.token}>"


def _redact(value: Value) -> str:  # noqa: ARG001 - an operator's signature
    return REDACTED


def _partial(value: Value) -> str:
    return partly_masked(value.entity, value.text)


def _surrogate(value: Value) -> str:
    """A stand-in; the label where there is no key, and for entities without a shape."""
    made = None if value.token is None else surrogate(value.entity, value.text, value.token)
    return _label(value) if made is None else made


def _generalise(value: Value, as_of: date | None) -> str:
    return generalise(value.entity, value.text, value.rule.label, as_of)


_BUILT_IN: Final[Mapping[Operator, OperatorFunction]] = {
    Operator.KEEP: _keep,
    Operator.LABEL: _label,
    Operator.PSEUDONYM: _pseudonym,
    Operator.REDACT: _redact,
    Operator.PARTIAL: _partial,
    Operator.SURROGATE: _surrogate,
}
