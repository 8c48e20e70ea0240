"""k-anonymity and l-diversity of a table, and its grade after GB/T 42460.

k-anonymity: Sweeney (2002, doi:10.1142/S0218488502001648); l-diversity, distinct values: Machanavajjhala et
al. (2007, doi:10.1145/1217299.1217302). Grades after GB/T 42460-2023: 1 direct identifiers are there, 2 they
are gone, 3 the risk of re-identification is acceptable too, 4 aggregated data without rows of people.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from voc.privacy.columns import as_strings, is_text
from voc.privacy.operators.generalise import BAND
from voc.privacy.policy import Operator, Policy

__all__ = [
    "QUASI_ENTITIES",
    "Anonymity",
    "Grade",
    "Group",
    "assess",
    "direct_identifiers",
    "grade",
    "quasi_identifiers",
    "traced_columns",
]

_HAN: Final = "\u4e00-\u9fff"
_WHOLE: Final = re.compile(rf"[0-9A-Za-z{_HAN}]{{1,6}}\*{{1,15}}[0-9A-Za-z{_HAN}]{{0,4}}(?:@.*)?")
"""A cell that is nothing but a partly masked value."""
_TRACE: Final = re.compile(
    rf"[{_HAN}][A-Z]\*{{3}}[0-9A-Z{_HAN}]{{2}}"  # a plate
    r"|[0-9A-Za-z]{1,4}\*{2,15}[0-9A-Za-z]{0,4}(?:@[0-9A-Za-z.-]+)?"  # numbers, 138****5678; a***@qq.com
    rf"|[^\W省市区县旗州盟]{{1,4}}[省市区县旗州盟]\*{{4}}"  # an address down to its district
    rf"|[{_HAN}]\*{{1,3}}[{_HAN}]?"  # a name, 王*明
    r"|[0-9]{1,3}\.[0-9]{1,3}\.(?:[0-9]{1,3}|\*)\.\*"  # a network
    rf"|{BAND}"
)
"""What the operators `partial` and `generalise` leave of a value inside a text."""
QUASI_ENTITIES: Final = frozenset(["REGION", "GENDER", "AGE_BAND", "INDUSTRY", "DATE_OF_BIRTH", "CN_ADDRESS"])
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
    k: int | None
    """Fewest people, or rows, that look alike; None where no column or no row is compared."""
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
    def risk(self) -> float | None:
        """Highest risk that a row is found, 1/k; None where nothing is compared and nobody can tell."""
        return None if self.k is None else 1 / self.k


def quasi_identifiers(schema: pa.Schema, policy: Policy, table: pa.Table) -> tuple[str, ...]:
    """Name the columns that together may tell who somebody is.

    By their entity, and by what is in them: a phone number or a name with asterisks (138****5678, 王*) is
    no identifier by itself and very much one beside a city, in a column of its own or inside a text.
    """
    traced = traced_columns(schema, policy, table)
    return tuple(
        field.name
        for field in schema
        if field.name in traced
        or (_is_plain(field) and policy.entity_of_column(field.name) in QUASI_ENTITIES)
    )


def traced_columns(schema: pa.Schema, policy: Policy, table: pa.Table) -> tuple[str, ...]:
    """Name the columns with partly masked values in them, of which these alone are compared, not the text."""
    return tuple(
        field.name
        for field in schema
        if _is_plain(field)
        and is_text(field.type)
        and policy.entity_of_column(field.name) not in QUASI_ENTITIES
        and _has_trace(table.column(field.name))
    )


def _is_plain(field: pa.Field) -> bool:
    return not field.name.startswith("__") and not pa.types.is_nested(field.type)


def direct_identifiers(schema: pa.Schema, policy: Policy, table: pa.Table) -> tuple[str, ...]:
    """Name the columns that hold somebody's identifiers as they are, by their name and by their cells."""
    found = []
    for field in schema:
        entity = policy.entity_of_column(field.name)
        if entity is None or not is_text(field.type) or entity in QUASI_ENTITIES:
            continue
        rule = policy.rule(entity)
        if rule.column is Operator.KEEP or rule.tier.rank == 0:
            continue
        if _has_clear(table.column(field.name)):
            found.append(field.name)
    return tuple(found)


def assess(
    table: pa.Table,
    quasi: Sequence[str],
    sensitive: Sequence[str],
    *,
    k: int,
    l: int,  # noqa: E741
    traced: Collection[str] = (),
    person: str | None = None,
) -> Anonymity:
    """Count the groups of rows that look alike in the quasi-identifiers.

    Parameters
    ----------
    traced
        Quasi-identifiers of which only the partly masked values in them are compared (`traced_columns`).
    person
        Column that tells whose a row is. Ten rows of one person hide nobody, so people are counted then.
    """
    if not table.num_rows:
        return Anonymity(0, tuple(quasi), None, 0, 0, 0, 0, 0, ())
    keys = _group_keys(table, quasi, traced)
    values = _group_keys(table, sensitive) if sensitive else None
    who = _people(table, person)
    members: dict[tuple[str | None, ...], list[int]] = {}
    for row, key in enumerate(keys):
        members.setdefault(key, []).append(row)
    offending = [False] * table.num_rows
    small = uniform = small_rows = uniform_rows = 0
    fewest_values = fewest = 0
    for rows in members.values():
        people = len({who[row] for row in rows})
        fewest = min(fewest or people, people)
        diversity = len({values[row] for row in rows}) if values is not None else 0
        fewest_values = diversity if not fewest_values else min(fewest_values, diversity)
        is_small, is_uniform = people < k, values is not None and diversity < l
        small, small_rows = small + is_small, small_rows + is_small * len(rows)
        uniform, uniform_rows = uniform + is_uniform, uniform_rows + is_uniform * len(rows)
        if is_small or is_uniform:
            for row in rows:
                offending[row] = True
    return Anonymity(
        table.num_rows,
        tuple(quasi),
        fewest if quasi else None,
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
    if not found.rows:
        return Grade(3, "重标识风险可接受数据", "the table has no rows")
    if found.k is None:
        return Grade(2, "消除直接标识符的数据", "no quasi-identifier is known, so no k was computed")
    if found.k < k:
        return Grade(2, "消除直接标识符的数据", f"k = {found.k}, below {k}")
    return Grade(3, "重标识风险可接受数据", f"k = {found.k:,}, highest risk {found.risk or 0.0:.3f}")


def _group_keys(
    table: pa.Table, columns: Sequence[str], traced: Collection[str] = ()
) -> list[tuple[str | None, ...]]:
    if not columns:
        return [()] * table.num_rows
    texts = []
    for name in columns:
        cells = as_strings(table.column(name).combine_chunks())
        texts.append((_traces(cells) if name in traced else cells).to_pylist())
    return list(zip(*texts, strict=True))


def _people(table: pa.Table, person: str | None) -> Sequence[object]:
    """Whose each row is; a row of nobody known is a person of its own."""
    if person is None:
        return range(table.num_rows)
    names = as_strings(table.column(person).combine_chunks()).to_pylist()
    return [name or row for row, name in enumerate(names)]


def _has_trace(column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.greater(pc.utf8_length(_traces(as_strings(column.combine_chunks()))), 0)).as_py())


def _traces(cells: pa.Array) -> pa.Array:
    """What is left of values in each cell: the whole cell where it is nothing else, and empty for none."""
    encoded = cells.dictionary_encode()
    found = [None if text is None else _traces_in(text) for text in encoded.dictionary.to_pylist()]
    return pc.fill_null(pa.array(found, pa.string()).take(encoded.indices), "")


def _traces_in(text: str) -> str:
    if "*" not in text and "<" not in text:
        return ""
    plain = text.strip()
    return plain if _WHOLE.fullmatch(plain) else " ".join(sorted(set(_TRACE.findall(plain))))


def _has_clear(column: pa.ChunkedArray) -> bool:
    """Whether a cell holds something that no operator left there."""
    texts = pc.utf8_trim_whitespace(as_strings(column.combine_chunks()))
    filled = pc.greater(pc.utf8_length(texts), 0)
    masked = pc.or_(pc.match_substring(texts, "<"), pc.match_substring(texts, "*"))
    return bool(pc.any(pc.and_(filled, pc.invert(masked)), min_count=0).as_py())
