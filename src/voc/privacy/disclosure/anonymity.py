"""k-anonymity and l-diversity of a table, and its grade after GB/T 42460.

k-anonymity: Sweeney (2002, doi:10.1142/S0218488502001648); l-diversity, distinct values: Machanavajjhala et
al. (2007, doi:10.1145/1217299.1217302). Grades after GB/T 42460-2023: 1 direct identifiers are there, 2 they
are gone, 3 the risk of re-identification is acceptable too, 4 aggregated data without rows of people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from voc.privacy.columns import as_strings, is_text
from voc.privacy.policy import Operator, Policy
from voc.types import MASKED_KEY

__all__ = ["Anonymity", "Grade", "Group", "assess", "direct_identifiers", "grade", "quasi_identifiers"]

_PARTIAL: Final = r"[0-9A-Za-z\x{4e00}-\x{9fff}]{1,6}\*{1,15}[0-9A-Za-z\x{4e00}-\x{9fff}]{0,4}"
_QUASI: Final = frozenset(["REGION", "GENDER", "AGE_BAND", "INDUSTRY", "DATE_OF_BIRTH", "CN_ADDRESS"])
"""Entities whose columns are quasi-identifiers by what they are."""


class Group(NamedTuple):
    """Rows that look alike, and are too few or too much alike in what is sensitive. No values."""

    rows: int
    diversity: int


class Grade(NamedTuple):
    """Grade after GB/T 42460."""

    level: int
    zh: str
    why: str


class Anonymity(NamedTuple):
    """How well the rows of a table hide in each other."""

    rows: int
    quasi: tuple[str, ...]
    k: int
    """Fewest rows that look alike; 0 for a table without rows."""
    l: int  # noqa: E741 - the letter of the literature
    """Fewest different sensitive values among rows that look alike; 0 when no column is sensitive."""
    small_groups: int
    small_rows: int
    uniform_groups: int
    """Groups with fewer sensitive values than asked for."""
    uniform_rows: int
    offending: tuple[bool, ...]
    """For each row, whether it is in such a group."""

    @property
    def risk(self) -> float:
        """Highest risk that a row is found, 1/k."""
        return 1 / self.k if self.k else 0.0


def quasi_identifiers(schema: pa.Schema, policy: Policy, table: pa.Table) -> tuple[str, ...]:
    """Name the columns that together may tell who somebody is.

    By their entity, and by what is in them: a phone number or a name with asterisks (138****5678, 王*) is
    no identifier by itself and very much one beside a city.
    """
    found = []
    for field in schema:
        if (
            field.name.startswith("__")
            or MASKED_KEY in (field.metadata or {})
            or pa.types.is_nested(field.type)
        ):
            continue
        entity = policy.entity_of_column(field.name)
        if entity in _QUASI or (is_text(field.type) and _is_partial(table.column(field.name))):
            found.append(field.name)
    return tuple(found)


def direct_identifiers(schema: pa.Schema, policy: Policy, table: pa.Table) -> tuple[str, ...]:
    """Name the columns that hold somebody's identifiers as they are, by their name and by their cells."""
    found = []
    for field in schema:
        entity = policy.entity_of_column(field.name)
        if entity is None or not is_text(field.type) or entity in _QUASI:
            continue
        rule = policy.rule(entity)
        if rule.column is Operator.KEEP or rule.tier.rank == 0:
            continue
        if _has_clear(table.column(field.name)):
            found.append(field.name)
    return tuple(found)


def assess(table: pa.Table, quasi: Sequence[str], sensitive: Sequence[str], *, k: int, l: int) -> Anonymity:  # noqa: E741
    """Count the groups of rows that look alike in the quasi-identifiers."""
    if not table.num_rows:
        return Anonymity(0, tuple(quasi), 0, 0, 0, 0, 0, 0, ())
    keys = _group_keys(table, quasi)
    values = _group_keys(table, sensitive) if sensitive else None
    members: dict[tuple[str | None, ...], list[int]] = {}
    for row, key in enumerate(keys):
        members.setdefault(key, []).append(row)
    offending = [False] * table.num_rows
    small = uniform = small_rows = uniform_rows = 0
    fewest_values = 0
    for rows in members.values():
        diversity = len({values[row] for row in rows}) if values is not None else 0
        fewest_values = diversity if not fewest_values else min(fewest_values, diversity)
        is_small, is_uniform = len(rows) < k, values is not None and diversity < l
        small, small_rows = small + is_small, small_rows + is_small * len(rows)
        uniform, uniform_rows = uniform + is_uniform, uniform_rows + is_uniform * len(rows)
        if is_small or is_uniform:
            for row in rows:
                offending[row] = True
    fewest = min(len(rows) for rows in members.values())
    return Anonymity(
        table.num_rows,
        tuple(quasi),
        fewest,
        fewest_values,
        small,
        small_rows,
        uniform,
        uniform_rows,
        tuple(offending),
    )


def grade(found: Anonymity, direct: Sequence[str], *, k: int) -> Grade:
    """Grade a table of rows."""
    if direct:
        return Grade(1, "能直接识别主体的数据", f"direct identifiers in {', '.join(direct)}")
    if found.rows and found.k < k:
        return Grade(2, "消除直接标识符的数据", f"k = {found.k}, below {k}")
    return Grade(3, "重标识风险可接受数据", f"k = {found.k}, highest risk {found.risk:.3f}")


def _group_keys(table: pa.Table, columns: Sequence[str]) -> list[tuple[str | None, ...]]:
    if not columns:
        return [()] * table.num_rows
    texts = [as_strings(table.column(name).combine_chunks()).to_pylist() for name in columns]
    return list(zip(*texts, strict=True))


def _is_partial(column: pa.ChunkedArray) -> bool:
    texts = as_strings(column.combine_chunks())
    found = pc.match_substring_regex(texts, f"^{_PARTIAL}(?:@.*)?$")
    return bool(pc.any(found, min_count=0).as_py())


def _has_clear(column: pa.ChunkedArray) -> bool:
    """Whether a cell holds something that no operator left there."""
    texts = pc.utf8_trim_whitespace(as_strings(column.combine_chunks()))
    filled = pc.greater(pc.utf8_length(texts), 0)
    masked = pc.or_(pc.match_substring(texts, "<"), pc.match_substring(texts, "*"))
    return bool(pc.any(pc.and_(filled, pc.invert(masked)), min_count=0).as_py())
