"""Holds voc's segmenter against jieba on real texts and says where they differ.

    python scripts/compare_segmenters.py reviews.parquet --text text --rows 10000

Prints counts and kinds of differences, never a text. Exit code 1 when they differ in more than `--limit` of
the texts.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from voc.text.segment import ReferenceSegmenter, Segmenter

Cut = Callable[[str], list[str]]

KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("repeats of one or two characters (ties)", re.compile(r"(..?)\1+.?", re.DOTALL)),
    ("a placeholder kept whole", re.compile(r".*<[^<>\s]+>.*", re.DOTALL)),
    ("ASCII with punctuation", re.compile(r"[\x21-\x7e]+")),
    ("white space", re.compile(r"\s+")),
    ("no ASCII in it", re.compile(r"[^\x00-\x7f]+")),
)


def read_texts(location: str, column: str, rows: int) -> list[str]:
    """Read the first `rows` texts that are not empty."""
    from voc.io import open_table

    texts: list[str] = []
    with open_table(location) as reader:
        for batch in reader.batches():
            texts.extend(text for text in batch.column(column).to_pylist() if text)
            if len(texts) >= rows:
                break
    return texts[:rows]


def kind_of(differing: str) -> str:
    """Say what kind of characters a differing stretch is made of."""
    for name, pattern in KINDS:
        if pattern.fullmatch(differing):
            return name
    return "mixed"


def differing_kinds(ours: Sequence[str], theirs: Sequence[str]) -> Counter[str]:
    """Count the kinds of the stretches in which two lists of tokens of one text differ."""
    found: Counter[str] = Counter()
    for tag, a, b, c, d in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if tag != "equal":
            found[kind_of("".join(theirs[a:b]) or "".join(ours[c:d]))] += 1
    return found


def timed(cut: Cut, texts: Sequence[str]) -> tuple[list[list[str]], float]:
    """Cut all texts; return the tokens and texts per second."""
    began = time.perf_counter()
    tokens = [cut(text) for text in texts]
    return tokens, len(texts) / (time.perf_counter() - began)


def report(name: str, ours: list[list[str]], theirs: list[list[str]]) -> int:
    """Print how two segmentations differ; return the number of texts that do."""
    kinds: Counter[str] = Counter()
    differing = 0
    for mine, other in zip(ours, theirs, strict=True):
        if mine != other:
            differing += 1
            kinds += differing_kinds(mine, other)
    print(f"{name}: {differing} of {len(ours)} texts differ")
    for kind, count in kinds.most_common():
        print(f"  {count:6}  {kind}")
    return differing


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", help="any table that voc reads")
    parser.add_argument("--text", default="text", help="text column")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--limit", type=float, default=0.001, help="share of texts that may differ")
    options = parser.parse_args()
    texts = read_texts(options.table, options.text, options.rows)
    import rjieba

    theirs, jieba_speed = timed(ReferenceSegmenter().cut, texts)
    ours, our_speed = timed(Segmenter().cut, texts)
    bare, bare_speed = timed(rjieba.cut, texts)
    assert all("".join(tokens) == text for tokens, text in zip(ours, texts, strict=True))
    print(f"texts: {len(texts)}; mean length {sum(map(len, texts)) / len(texts):.0f}")
    print(f"texts/s: jieba {jieba_speed:,.0f}, rjieba {bare_speed:,.0f}, voc {our_speed:,.0f}")
    report("bare rjieba against jieba", bare, theirs)
    return int(report("voc against jieba", ours, theirs) > options.limit * len(texts))


if __name__ == "__main__":
    sys.exit(main())
