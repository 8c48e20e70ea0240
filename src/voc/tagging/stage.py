"""The tagging stage: masked record batches in; tokens, sentiment, tags, intent and severity added."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from voc.errors import ColumnError, UnmaskedTextError
from voc.tagging.columns import TAGS_TYPE
from voc.types import MASKED_KEY, BatchFunction

__all__ = ["TagStage"]

_ADDED: Final = (
    pa.field("tokens", pa.list_(pa.string())),
    pa.field("sentiment", pa.int8()),
    pa.field("sentiment_score", pa.float32()),
    pa.field("tags", TAGS_TYPE),
    pa.field("intent", pa.string()),
    pa.field("severity", pa.list_(pa.string())),
)


@dataclass(frozen=True)
class TagStage:
    """Tags masked text.

    Rows whose `speaker` is not the customer get tokens, but no sentiment, tags, intent or severity. Columns of an
    earlier run under the same names are replaced.
    """

    text_column: str = "text"
    model: str = "fast"
    """Sentiment model: `fast` or `snownlp`."""
    user_lexicon: Path | None = None
    """A TSV of own terms: term, tag, polarity."""
    taxonomy: Path | None = None
    """A taxonomy file; the packed one when not given."""

    @property
    def name(self) -> str:
        """Versioned name."""
        return "tag.v1"

    def fingerprint(self) -> str:
        """Digest of the settings, the lexicons and the weights."""
        from voc.tagging.analyzer import resources_digest

        settings = json.dumps([self.name, self.text_column, self.model])
        digest = hashlib.blake2b(settings.encode(), digest_size=16)
        digest.update(resources_digest(self.model, self.user_lexicon, self.taxonomy).encode())
        return digest.hexdigest()

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Return the schema after tagging.

        Raises
        ------
        ColumnError
            When the text column is missing.
        UnmaskedTextError
            When it is not known to be masked.
        """
        if self.text_column not in schema.names:
            raise ColumnError.missing(self.text_column, schema.names)
        if MASKED_KEY not in (schema.field(self.text_column).metadata or {}):
            raise UnmaskedTextError(
                f"column {self.text_column!r} is not known to be masked",
                hint="mask it first, or say --masked when it is",
            )
        added = {field.name for field in _ADDED}
        kept = [field for field in schema if field.name not in added]
        return pa.schema([*kept, *_ADDED], metadata=schema.metadata)

    def build(self) -> BatchFunction:
        """Load lexicons and weights, and return the function."""
        from voc.tagging.analyzer import load_analyzer

        analyzer = load_analyzer(self.model, self.user_lexicon, self.taxonomy)

        def tag(batch: pa.RecordBatch) -> pa.RecordBatch:
            schema = self.output_schema(batch.schema)
            found = analyzer.columns(batch, self.text_column)
            columns = [
                found[field.name] if field.name in found else batch.column(field.name) for field in schema
            ]
            return pa.RecordBatch.from_arrays(columns, schema=schema)

        return tag
