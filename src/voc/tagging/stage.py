"""The tagging stage: a record batch with masked text in, the same rows with tokens.

Sentiment and tags out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from voc.errors import ColumnError, UnmaskedTextError
from voc.types import MASKED_KEY, BatchFunction, MaskedText

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.tagging.tagger import TaggedText, Tagger

__all__ = ["CUSTOMER_SPEAKERS", "OUTPUT_COLUMNS", "TagStage"]

CUSTOMER_SPEAKERS: Final = frozenset(
    (
        "customer",
        "user",
        "client",
        "buyer",
        "consumer",
        "客户",
        "用户",
        "顾客",
        "买家",
        "消费者",
        "会员",
        "访客",
        "",
    )
)
"""Values of a `speaker` column, in lower case, whose turns are the customer's; all others are not tagged."""

OUTPUT_COLUMNS: Final = ("tokens", "sentiment", "sentiment_score", "tags", "intent", "severity")
CUSTOM_COLUMN: Final = "custom_labels"
"""Labels of a custom model: list of struct of label and score."""


def _fields() -> list[pa.Field]:
    import pyarrow as pa

    tag = pa.struct(
        [
            ("tag", pa.string()),
            ("polarity", pa.int8()),
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("evidence", pa.string()),
            ("score", pa.float32()),
            ("source", pa.string()),
        ]
    )
    types = (
        pa.list_(pa.string()),
        pa.int8(),
        pa.float32(),
        pa.list_(tag),
        pa.string(),
        pa.list_(pa.string()),
    )
    return [pa.field(name, kind) for name, kind in zip(OUTPUT_COLUMNS, types, strict=True)]


@dataclass(frozen=True)
class TagStage:
    """Description of the tagging stage."""

    text_column: str = "text"
    model: str = "fast"
    """Sentiment back end by its short name, or the path of a sentiment model of `voc train`."""
    user_lexicon: Path | None = None
    """TSV of own terms: term, tag, polarity."""
    taxonomy: Path | None = None
    """Taxonomy file; the packed one when not given."""
    custom: Path | None = None
    """A model of `voc train` whose labels are added as `custom_labels`."""

    @property
    def name(self) -> str:
        """Versioned name."""
        return "tag.v1"

    def fingerprint(self) -> str:
        """Digest of the text column, models, lexicons and taxonomy."""
        from voc.tagging.tagger import fingerprint
        from voc.text.lexicons import digest

        inner = fingerprint(self.model, self.taxonomy, self.user_lexicon)
        return digest([self.text_column.encode(), inner.encode(), *([self.custom] if self.custom else [])])

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Add the output columns; columns of these names that are there already are replaced.

        Raises
        ------
        ColumnError
            When the text column is missing.
        UnmaskedTextError
            When it is not known to be masked.
        """
        import pyarrow as pa

        self._check(schema)
        added = _fields()
        if self.custom is not None:
            item = pa.struct([("label", pa.string()), ("score", pa.float32())])
            added.append(pa.field(CUSTOM_COLUMN, pa.list_(item)))
        names = {field.name for field in added}
        kept = [field for field in schema if field.name not in names]
        return pa.schema([*kept, *added], metadata=schema.metadata)

    def build(self) -> BatchFunction:
        """Load models and lexicons; return the function."""
        from voc.tagging.tagger import Tagger

        tagger = Tagger(
            model=self.model, taxonomy=self.taxonomy, user_lexicon=self.user_lexicon, custom=self.custom
        )

        def apply(batch: pa.RecordBatch) -> pa.RecordBatch:
            return self._apply(tagger, batch)

        return apply

    def _check(self, schema: pa.Schema) -> None:
        if self.text_column not in schema.names:
            raise ColumnError.missing(self.text_column, schema.names)
        metadata = schema.field(self.text_column).metadata or {}
        if MASKED_KEY not in metadata:
            raise UnmaskedTextError(
                f"column {self.text_column!r} is not known to be masked",
                hint="mask it first, or say --masked when it is",
            )

    def _apply(self, tagger: Tagger, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa

        schema = self.output_schema(batch.schema)
        texts = batch.column(self.text_column).to_pylist()
        chosen = [
            row
            for row, (text, own) in enumerate(zip(texts, _customers(batch), strict=True))
            if own and text and not text.isspace()
        ]
        # the metadata checked above says that privacy masked this column
        told = tagger.tag([MaskedText(texts[row]) for row in chosen])
        by_row: list[TaggedText | None] = [None] * len(texts)
        for row, tagged in zip(chosen, told, strict=True):
            by_row[row] = tagged
        values = dict(zip(OUTPUT_COLUMNS, _columns(texts, by_row), strict=True))
        values[CUSTOM_COLUMN] = [row.custom if row else [] for row in by_row]
        arrays = [
            pa.array(values[field.name], field.type)
            if field.name in values and (field.name != CUSTOM_COLUMN or self.custom)
            else batch.column(field.name)
            for field in schema
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _customers(batch: pa.RecordBatch) -> list[bool]:
    """Whether each row is the customer's: without a `speaker` column, all are."""
    if "speaker" not in batch.schema.names:
        return [True] * batch.num_rows
    speakers = batch.column("speaker").to_pylist()
    return [speaker is None or str(speaker).strip().lower() in CUSTOMER_SPEAKERS for speaker in speakers]


def _columns(texts: Sequence[str | None], rows: Sequence[TaggedText | None]) -> list[list[Any]]:
    """Values of the output columns."""
    nothing: list[Any] = []
    return [
        [row.tokens if row else nothing for row in rows],
        [row.sentiment if row else None for row in rows],
        [row.sentiment_score if row else None for row in rows],
        [
            _tag_values(text or "", row) if row and row.tags else nothing
            for text, row in zip(texts, rows, strict=True)
        ],
        [row.intent if row else None for row in rows],
        [row.severity if row else nothing for row in rows],
    ]


def _tag_values(text: str, row: TaggedText) -> list[tuple[str, int, int, int, str, float, str]]:
    return [
        (tag.tag, tag.polarity, tag.start, tag.end, text[tag.start : tag.end], tag.score, tag.source)
        for tag in row.tags
    ]
