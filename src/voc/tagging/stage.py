"""The tagging stage: a record batch with masked text in, the same rows with tokens.

Sentiment and tags out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voc.errors import ColumnError, UnmaskedTextError
from voc.types import MASKED_KEY, BatchFunction, MaskedText

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.tagging.tagger import Tagger

__all__ = ["CUSTOMER_SPEAKERS", "TagStage"]

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


@dataclass(frozen=True)
class TagStage:
    """Description of the tagging stage."""

    text_column: str = "text"
    model: str = "fast"
    """Sentiment back end by its short name, a model of `voc train` by its path, or `transformers:PATH`."""
    user_lexicon: Path | None = None
    """TSV of own terms: term, tag, polarity."""
    taxonomy: Path | None = None
    """Taxonomy file; the packed one when not given."""
    custom: str | None = None
    """A model of `voc train`, or `transformers:PATH`, whose labels are added as `custom_labels`."""

    @property
    def name(self) -> str:
        """Versioned name."""
        return "tag.v1"

    def fingerprint(self) -> str:
        """Digest of the text column, models, lexicons and taxonomy."""
        from voc.tagging.models.registry import labeller
        from voc.tagging.tagger import fingerprint
        from voc.text.lexicons import digest

        parts = [self.text_column, fingerprint(self.model, self.taxonomy, self.user_lexicon)]
        if self.custom:
            parts.append(labeller(self.custom).fingerprint())
        return digest([part.encode() for part in parts])

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

        from voc.tagging.columns import output_fields

        self._check(schema)
        added = output_fields(custom=self.custom is not None)
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
        import numpy as np
        import pyarrow as pa

        from voc.tagging.columns import tagged_columns

        schema = self.output_schema(batch.schema)
        texts = batch.column(self.text_column).to_pylist()
        chosen = [
            row
            for row, (text, own) in enumerate(zip(texts, _customers(batch), strict=True))
            if own and text and not text.isspace()
        ]
        # the metadata checked above says that privacy masked this column
        masked = [MaskedText(texts[row]) for row in chosen]
        columns = tagged_columns(
            masked, tagger.tag_batch(masked), np.array(chosen, dtype=np.int64), len(texts)
        )
        kinds = {field.name: field.type for field in schema}
        arrays = [
            columns[field.name].cast(kinds[field.name]) if field.name in columns else batch.column(field.name)
            for field in schema
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _customers(batch: pa.RecordBatch) -> list[bool]:
    """Whether each row is the customer's: without a `speaker` column, all are."""
    if "speaker" not in batch.schema.names:
        return [True] * batch.num_rows
    speakers = batch.column("speaker").to_pylist()
    return [speaker is None or str(speaker).strip().lower() in CUSTOMER_SPEAKERS for speaker in speakers]
