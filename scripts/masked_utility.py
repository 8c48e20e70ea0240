"""How often tagging says the same of a text masked as of the text itself.

    python scripts/masked_utility.py DATA/online_shopping_10_cats.parquet DATA/waimai_10k.parquet

Draws distinct texts of the column `text` by a fixed seed, masks them after the default policy and tags both.
Told are the share of texts whose sentiment, whose tags with polarity, and whose sentiment and tags agree,
with 95 % Wilson intervals: over all texts, and over those in which something was masked.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final

import pyarrow.parquet as pq

from voc.privacy.engine import Engine
from voc.privacy.evaluation.score import wilson
from voc.privacy.masked import masked_text
from voc.privacy.policy import load_policy
from voc.tagging.tagger import TaggedText, Tagger

SEED: Final = 20240601
BATCH: Final = 4096
Agreement = tuple[bool, bool, bool]
"""Whether something was masked, whether the sentiment agrees, and whether the tags do."""


def draw(paths: Sequence[Path], count: int) -> list[str]:
    """Distinct texts of all tables."""
    texts = dict.fromkeys(
        text
        for path in paths
        for text in pq.read_table(path, columns=["text"])["text"].to_pylist()
        if text and text.strip()
    )
    return Random(SEED).sample(list(texts), min(count, len(texts)))


def agreements(texts: Sequence[str], model: str) -> Iterator[Agreement]:
    """Mask and tag; one for each text."""
    engine, tagger = Engine(load_policy()), Tagger(model=model)
    for begin in range(0, len(texts), BATCH):
        raw = texts[begin : begin + BATCH]
        masked, spans = engine.mask(raw)
        before = tagger.tag([masked_text(text, ()) for text in raw])
        after = tagger.tag([text for text in masked if text is not None])
        for found, one, other in zip(spans, before, after, strict=True):
            yield bool(found), one.sentiment == other.sentiment, _tags(one) == _tags(other)


def _tags(text: TaggedText) -> set[tuple[str, int]]:
    return {(tag.tag, tag.polarity) for tag in text.tags}


def line(name: str, rows: Sequence[Agreement]) -> str:
    """A line of the table."""
    shares = []
    for hits in (
        sum(mood for _, mood, _ in rows),
        sum(tags for *_, tags in rows),
        sum(mood and tags for _, mood, tags in rows),
    ):
        interval = wilson(hits, len(rows))
        shares.append(f"{hits / len(rows):.4f} ({interval.lower:.4f}–{interval.upper:.4f})")
    return f"| {name} | {len(rows):,} | {' | '.join(shares)} |"


def main() -> int:
    """Draw, compare, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", type=Path, nargs="+", help="Parquet tables with a column text")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--model", default="fast", help="fast, auto or best")
    options = parser.parse_args()
    rows = list(agreements(draw(options.tables, options.count), options.model))
    print("| texts | number | sentiment | tags | both |\n|---|--:|--:|--:|--:|")
    print(line("all", rows))
    if changed := [row for row in rows if row[0]]:
        print(line("masked somewhere", changed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
