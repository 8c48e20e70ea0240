"""The masking stage: record batches in, masked record batches out.

Text columns are searched and masked span by span; whole columns that the policy knows by their name, or
that the caller names, are replaced cell by cell; `customer_id` becomes the keyed `customer_key`. Rows in
which nothing is found keep their Arrow values, so ordinary reviews cost one pass over their bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from voc.errors import ColumnError
from voc.privacy.columns import (
    FieldMasking,
    Whole,
    as_strings,
    cell_finders,
    customer_keys,
    is_opaque,
    is_text,
    masked_text_column,
    nested_column,
    opaque_column,
    searched_column,
    whole_column,
)
from voc.privacy.content_id import FEEDBACK_ID, content_ids, id_field
from voc.privacy.operators import Operators
from voc.privacy.policy import UNCHECKED, Operator, Policy, Rule
from voc.privacy.pseudonym import Pseudonyms, load_pseudonyms
from voc.privacy.record_tier import RecordTiers
from voc.privacy.unmasked import TRUSTED
from voc.types import MASKED_KEY, ROW_COLUMN, BatchFunction

if TYPE_CHECKING:
    from voc.privacy.vault.sealing import Sealer, VaultSpec

__all__ = ["CUSTOMER_KEY", "PII_TYPE", "RECORD_TIER", "MaskStage", "TrustStage", "pii_column", "trust_masked"]

CUSTOMER_KEY: Final = "customer_key"
RECORD_TIER: Final = "record_tier"
"""Column of the tier of each record, after the policy's aggregation rules."""

PII_TYPE: Final = pa.list_(
    pa.struct(
        [
            pa.field("entity", pa.string()),
            pa.field("tier", pa.string()),
            pa.field("start", pa.int32()),
            pa.field("end", pa.int32()),
            pa.field("score", pa.float32()),
            pa.field("recognizer", pa.string()),
            pa.field("token", pa.string()),
        ]
    )
)
"""Type of the column that tells what was found: offsets in code points of the original text."""


def pii_column(text_column: str, text_columns: Sequence[str]) -> str:
    """Name of the column of findings: `pii` for the first text column, `pii_<name>` else."""
    return "pii" if text_columns and text_column == text_columns[0] else f"pii_{text_column}"


@dataclass(frozen=True)
class MaskStage:
    """Masks personal information.

    Null text stays null with an empty list in `pii`; text columns that hold numbers are made strings first.
    Other columns of text are searched for identifiers, so that nothing passes because nobody named its
    column; columns that cannot be read as text are masked whole.

    Output: every text column with the policy's fingerprint in its field's metadata, and for each a list
    column of what was found; `record_tier`, the tier of each record; the other columns in their order.
    """

    text_columns: tuple[str, ...]
    """Columns of free text."""
    policy: Policy
    customer_column: str | None = "customer_id"
    """Becomes `customer_key` where it is there."""
    key_file: Path | None = None
    """The pseudonym key; the usual file when not given."""
    whole_columns: Mapping[str, str] | None = None
    """Column name to entity; found by the policy's column names when None."""
    key_columns: Mapping[str, str] = field(default_factory=dict)
    """Column name to entity, of those by which rows are told apart: they still are after masking."""
    free_columns: tuple[str, ...] = ()
    """Further columns of free text, masked span by span without a list of what was found."""
    make_ids: bool = False
    """Add a `feedback_id` made from the content where there is none."""
    vault: VaultSpec | None = None
    """Takes the values that the policy encrypts; needed where it encrypts any."""
    _cache: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False, hash=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_cache": {}}

    @property
    def name(self) -> str:
        """Versioned name."""
        return "mask.v1"

    def fingerprint(self) -> str:
        """Digest of the columns, the policy with recognisers, lexicons and weights, and the id of the key."""
        whole = None if self.whole_columns is None else sorted(self.whole_columns.items())
        settings = [self.text_columns, self.customer_column, whole, self.free_columns, self.make_ids]
        settings += [sorted(self.key_columns.items())] if self.key_columns else []
        vault = self.vault.fingerprint() if self.vault and self.policy.encrypts else None
        text = json.dumps(
            [self.name, *settings, self._policy_fingerprint(), self._pseudonyms().key_id, vault]
        )
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Return the schema after masking. Raises ColumnError for a missing or nested text column."""
        return _Plan(self, schema, self._policy_fingerprint()).schema

    def build(self) -> BatchFunction:
        """Load lexicons and the key, and return the function."""
        from voc.privacy.engine import Engine

        pseudonyms = self._pseudonyms()
        sealer = self._sealer()
        extra = {} if sealer is None else {Operator.ENCRYPT: sealer}
        operators = Operators(extra, as_of=self.policy.as_of)
        engine = Engine(self.policy, pseudonyms, operators=operators)
        identifiers = Engine(self.policy, pseudonyms, finders=cell_finders(), operators=operators)
        fields = FieldMasking(self.policy, pseudonyms, operators)
        fingerprint = self._policy_fingerprint()
        plans: dict[pa.Schema, _Plan] = {}

        def mask(batch: pa.RecordBatch) -> pa.RecordBatch:
            plan = plans.get(batch.schema)
            if plan is None:
                plan = plans[batch.schema] = _Plan(self, batch.schema, fingerprint)
            columns: dict[str, pa.Array] = {}
            rows = _row_numbers(batch)
            if sealer is not None:
                sealer.begin(*_whose_rows(batch, rows, plan.customer, pseudonyms))
            tiers = RecordTiers(self.policy, batch.num_rows)
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                if name in self.text_columns:
                    text, found = masked_text_column(
                        engine, name, as_strings(column), rows, PII_TYPE, tiers=tiers
                    )
                    columns[name] = text
                    columns[pii_column(name, self.text_columns)] = found
                elif name == plan.customer:
                    columns[CUSTOMER_KEY] = customer_keys(pseudonyms, column)
                elif name in plan.whole:
                    whole = plan.whole[name]
                    tiers.add_column(whole.entity, column)
                    columns[name] = whole_column(name, whole, pseudonyms, column, operators, rows=rows)
                elif name in plan.searched:
                    free = name in self.free_columns
                    searcher = engine if free else identifiers
                    cells = nested_column(name, as_strings(column), rows, tiers, fields)
                    columns[name] = searched_column(searcher, name, cells, rows, tiers, free=free)
                elif name in plan.opaque:
                    columns[name] = opaque_column(column, self.policy.rule(UNCHECKED), tiers)
                else:
                    columns[name] = column
            if RECORD_TIER in plan.schema.names:
                columns[RECORD_TIER] = tiers.tiers()
            if plan.makes_ids:
                columns[FEEDBACK_ID] = content_ids(
                    columns, [*self.text_columns, "ts", CUSTOMER_KEY], batch.num_rows
                )
            if sealer is not None:
                sealer.finish()  # kept before the masked rows go on
            return pa.RecordBatch.from_arrays(
                [columns[name] for name in plan.schema.names], schema=plan.schema
            )

        return mask

    def _pseudonyms(self) -> Pseudonyms:
        return load_pseudonyms(self.key_file, self.policy.suite)

    def _sealer(self) -> Sealer | None:
        if not self.policy.encrypts:
            return None
        from voc.privacy.vault.sealing import Sealer, VaultSpec

        return Sealer(self.vault or VaultSpec("table"))

    def _policy_fingerprint(self) -> str:
        if "policy" not in self._cache:
            self._cache["policy"] = self.policy.fingerprint()
        return self._cache["policy"]


def _whose_rows(
    batch: pa.RecordBatch, rows: pa.Array | None, customer: str | None, pseudonyms: Pseudonyms
) -> tuple[dict[int, str], dict[int, str]]:
    """Return the key of each row and the pseudonym of its person, by row number."""
    if rows is None:
        return {}, {}
    numbers = rows.to_pylist()
    keys: dict[int, str] = {}
    if FEEDBACK_ID in batch.schema.names:
        ids = as_strings(batch.column(FEEDBACK_ID)).to_pylist()
        keys = {number: key for number, key in zip(numbers, ids, strict=True) if key}
    column = next((name for name in (customer, CUSTOMER_KEY) if name in batch.schema.names), None)
    if column is None:
        return keys, {}
    people = (
        batch.column(column) if column == CUSTOMER_KEY else customer_keys(pseudonyms, batch.column(column))
    )
    return keys, {
        number: person for number, person in zip(numbers, people.to_pylist(), strict=True) if person
    }


def _row_numbers(batch: pa.RecordBatch) -> pa.Array | None:
    return batch.column(ROW_COLUMN) if ROW_COLUMN in batch.schema.names else None


class _Plan:
    """What happens to each column of one schema."""

    def __init__(self, stage: MaskStage, schema: pa.Schema, fingerprint: str) -> None:
        names = schema.names
        for name in stage.text_columns:
            if name not in names:
                raise ColumnError.missing(name, names)
            if pa.types.is_nested(schema.field(name).type):
                raise ColumnError(f"column {name!r} holds {schema.field(name).type}, no text")
        self.customer = stage.customer_column if stage.customer_column in names else None
        self.makes_ids = stage.make_ids and FEEDBACK_ID not in names
        self.whole = _whole_columns(stage, schema, self.customer)
        self.searched = _searched_columns(stage, schema, {*self.whole, self.customer})
        self.opaque = frozenset(
            column.name
            for column in schema
            if is_opaque(column.type) and not _is_made_by_voc(column) and column.name not in self.whole
        )
        self.schema = self._output(stage, schema, fingerprint)

    def _output(self, stage: MaskStage, schema: pa.Schema, fingerprint: str) -> pa.Schema:
        fields: dict[str, pa.Field] = {}
        if self.makes_ids:
            fields[FEEDBACK_ID] = id_field()
        for column in schema:
            name = column.name
            if name in stage.text_columns:
                metadata = {**(column.metadata or {}), MASKED_KEY: fingerprint.encode()}
                fields[name] = pa.field(name, pa.string(), metadata=metadata)
                pii = pii_column(name, stage.text_columns)
                fields[pii] = pa.field(pii, PII_TYPE)
                fields[RECORD_TIER] = pa.field(RECORD_TIER, pa.string())
            elif name == self.customer:
                fields[CUSTOMER_KEY] = pa.field(CUSTOMER_KEY, pa.string())
            elif name in self.whole or name in self.searched or name in self.opaque:
                fields[name] = pa.field(name, pa.string(), metadata=column.metadata)
            else:
                fields.setdefault(name, column)
        return pa.schema(list(fields.values()), metadata=schema.metadata)


def _whole_columns(stage: MaskStage, schema: pa.Schema, customer: str | None) -> dict[str, Whole]:
    if stage.whole_columns is not None:
        for name in stage.whole_columns:
            if name not in schema.names:
                raise ColumnError.missing(name, schema.names)
    whole: dict[str, Whole] = {}
    for column in schema:
        if column.name in (*stage.text_columns, customer, CUSTOMER_KEY) or column.name.startswith("__"):
            continue
        key = stage.key_columns.get(column.name)
        if stage.whole_columns is None:
            entity = key or stage.policy.entity_of_column(column.name)
        else:
            entity = key or stage.whole_columns.get(column.name)
        if entity is None or pa.types.is_nested(column.type) or pa.types.is_boolean(column.type):
            continue
        rule = stage.policy.rule(entity)
        if rule.column is not Operator.KEEP:
            whole[column.name] = Whole(entity, _told_apart(rule) if key else rule)
    return whole


def _told_apart(rule: Rule) -> Rule:
    """Return the rule of a key: a label, or anything coarser, would make one row's key that of another."""
    if rule.column in (Operator.PSEUDONYM, Operator.ENCRYPT):
        return rule
    return rule.model_copy(update={"column": Operator.PSEUDONYM})


def _searched_columns(stage: MaskStage, schema: pa.Schema, done: Collection[str | None]) -> frozenset[str]:
    """Columns of text that are nothing else: nobody said that they hold none of it."""
    left = (*stage.text_columns, *_OWN_COLUMNS)
    for name in stage.free_columns:
        if name not in schema.names:
            raise ColumnError.missing(name, schema.names)
    return frozenset(
        column.name
        for column in schema
        if column.name not in left
        and column.name not in done
        and not column.name.startswith("__")
        and MASKED_KEY not in (column.metadata or {})
        and is_text(column.type)
    )


def _is_made_by_voc(column: pa.Field) -> bool:
    """Whether a nested column is one that voc itself adds to tables."""
    return column.type == PII_TYPE or column.name in ("tokens", "tags") or column.name.startswith("__")


_OWN_COLUMNS: Final = frozenset(
    [CUSTOMER_KEY, RECORD_TIER, FEEDBACK_ID, "order_id", "channel", "product", "speaker", "ts"]
)
"""Columns of voc's contracts that are keys and categories."""


def trust_masked(schema: pa.Schema, columns: Sequence[str]) -> pa.Schema:
    """Stamp columns as masked on the user's word (`--masked`). Raises ColumnError for a missing one."""
    for name in columns:
        if name not in schema.names:
            raise ColumnError.missing(name, schema.names)
    fields = []
    for column in schema:
        if column.name in columns:
            metadata = {
                **(column.metadata or {}),
                MASKED_KEY: (column.metadata or {}).get(MASKED_KEY, TRUSTED),
            }
            column = pa.field(column.name, pa.string(), metadata=metadata)  # noqa: PLW2901
        fields.append(column)
    return pa.schema(fields, metadata=schema.metadata)


@dataclass(frozen=True)
class TrustStage:
    """Takes text columns as masked already, on the user's word."""

    text_columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """Versioned name."""
        return "trust.v1"

    def fingerprint(self) -> str:
        """Digest of the columns."""
        return hashlib.blake2b(
            json.dumps([self.name, self.text_columns]).encode(), digest_size=16
        ).hexdigest()

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Return the schema with the columns stamped."""
        return trust_masked(schema, self.text_columns)

    def build(self) -> BatchFunction:
        """Return the function that stamps a batch."""

        def trust(batch: pa.RecordBatch) -> pa.RecordBatch:
            schema = trust_masked(batch.schema, self.text_columns)
            columns = [
                as_strings(column) if name in self.text_columns else column
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
            return pa.RecordBatch.from_arrays(columns, schema=schema)

        return trust
