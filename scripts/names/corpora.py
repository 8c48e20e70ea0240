"""Reads the data sets that the tagger learns from, drops repeats across all of them, and splits by hash.

The test tenth of every set is used by `scripts/evaluate_names.py` only, and so is a quarter of all reviews.
Texts that differ in punctuation alone are one text; the first set in the order of `READINGS` keeps it.

What the tagger found in other reviews was judged by reading: files of `labels/` name a text by data set and
sha256, and quote nothing but offsets with PER, ADR, FIG (an author, a star, somebody in a novel: public, so
it stays in clear) or NONE.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tags.corpora import texts_by_digest

from voc.privacy.evaluation.name_tickets import unmarked

__all__ = [
    "ADDRESS_SETS",
    "READINGS",
    "Judged",
    "Labelled",
    "Spans",
    "around_spans",
    "plain",
    "read_book_reviews",
    "read_judged",
    "read_labelled",
    "read_texts",
    "read_written",
    "split_of",
]

SALT: Final = "voc.names.split.v1:"
Spans = tuple[tuple[int, int, str], ...]
Judged = list[tuple[str, Spans]]
"""Texts with what was judged in them."""


class Labelled(NamedTuple):
    """A text of a data set with its (start, end, kind)."""

    source: str
    split: str
    """`train`, `dev` or `test`."""
    text: str
    spans: Spans


_ADDRESS: Final = {
    **dict.fromkeys(("prov", "city", "district", "town", "country", "devzone", "devZone"), "ADM"),
    **dict.fromkeys(("road", "subRoad", "subroad"), "RD"),
    **dict.fromkeys(("poi", "subpoi", "community", "village_group"), "POI"),
    **dict.fromkeys(("roadno", "houseno", "roomno", "cellno", "floorno", "subroadno", "subRoadno"), "NUM"),
    "person": "PER",
}
READINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "cluener": {
        "name": "PER", "address": "LOC", "scene": "SCN", "company": "ORG", "organization": "ORG",
        "government": "ORG", "book": "WRK", "movie": "WRK", "game": "WRK", "position": "TTL",
    },
    "weibo_ner": {"PER.NAM": "PER", "PER.NOM": "NOM", "GPE.NAM": "LOC", "LOC.NAM": "LOC", "ORG.NAM": "ORG"},
    "resume_ner": {"NAME": "PER", "ORG": "ORG", "TITLE": "TTL", "LOC": "LOC"},
    "dh_msra_ner": {"PER": "PER", "LOC": "LOC", "ORG": "ORG"},
    "ccks2021_address": _ADDRESS,
    "address_parsing": _ADDRESS,
}  # fmt: skip
"""Kinds of each set in the terms of the tagger; kinds that are not named are not used."""
_WRITTEN: Final = Path(__file__).with_name("written")
_LABELS: Final = Path(__file__).with_name("labels")
_JUDGED_AROUND: Final = 30
"""So many characters around judged spans are learnt with them."""
_MARKS: Final[Mapping[str, Mapping[str, str]]] = {
    "tickets": {"P": "PER", "A": "ADR"},
    "news": {
        "P": "PER", "A": "LOC", "S": "SCN", "C": "ORG", "O": "ORG", "G": "ORG", "B": "WRK", "M": "WRK",
        "X": "WRK", "T": "TTL",
    },
}  # fmt: skip
ADDRESS_SETS: Final = ("ccks2021_address", "address_parsing")


def plain(text: str) -> str:
    """Return a text without punctuation and blanks."""
    return re.sub(r"[\W_]+", "", text)


def split_of(text: str) -> str:
    """Return `test` for a tenth of all texts, `dev` for another, `train` for the rest."""
    number = int(hashlib.sha256((SALT + plain(text)).encode()).hexdigest()[:8], 16) % 10
    return "test" if number == 0 else "dev" if number == 1 else "train"


def read_labelled(folder: Path) -> list[Labelled]:
    """Read all labelled sets."""
    seen: set[str] = set()
    rows: list[Labelled] = []
    for source, kinds in READINGS.items():
        for text, spans in _rows(folder, source):
            key = plain(text)
            if key in seen:
                continue
            seen.add(key)
            named = [(start, end, kinds[kind]) for start, end, kind in spans if kind in kinds]
            rows.append(Labelled(source, split_of(text), text, _without_overlaps(named)))
    return rows


def read_texts(folder: Path, names: Sequence[str], *, test: bool) -> list[str]:
    """Read distinct texts of tables without labels: the test quarter, or the others."""
    import pyarrow.parquet as pq

    texts: dict[str, None] = {}
    for name in names:
        column = pq.read_table(folder / f"{name}.parquet", columns=["text"])["text"]
        texts.update(dict.fromkeys(text for text in column.to_pylist() if text))
    return [text for text in texts if _of_test(text) == test]


def read_judged(folder: Path) -> Judged:
    """Read the judged reviews."""
    judged = []
    for row in map(json.loads, (_LABELS / "reviews_v1.jsonl").read_text(encoding="utf-8").splitlines()):
        text = texts_by_digest(folder, row["source"]).get(row["sha256"])
        if text is not None:
            spans = ((start, end, kind) for start, end, kind in row["judged"])
            judged.append((text, _without_overlaps(spans)))
    return judged


def around_spans(text: str, spans: Spans) -> Judged:
    """What stands around each group of judged spans; nothing is known of names further off."""
    parts = []
    for group in _groups(spans):
        begin = max(0, group[0][0] - _JUDGED_AROUND)
        part = text[begin : group[-1][1] + _JUDGED_AROUND]
        parts.append((part, tuple((start - begin, end - begin, kind) for start, end, kind in group)))
    return parts


def _groups(spans: Spans) -> Iterator[Spans]:
    """Spans of which each is close to the next."""
    first = 0
    for place, span in enumerate(spans):
        if place == len(spans) - 1 or spans[place + 1][0] - span[1] > _JUDGED_AROUND:
            yield spans[first : place + 1]
            first = place + 1


def read_book_reviews(folder: Path) -> list[str]:
    """Read the distinct reviews of books outside the test quarter: who is named there is public."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "online_shopping_10_cats.parquet", columns=["text", "cat"])
    books = table.filter(pc.field("cat") == "书籍")["text"].to_pylist()
    return [text for text in dict.fromkeys(books) if text and not _of_test(text)]


def read_written(name: str) -> list[tuple[str, Spans]]:
    """Read the texts of `written/NAME.txt`: one a line, marks like [P:李雷], \\n for a line break."""
    lines = (_WRITTEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    kinds = _MARKS[name]
    return [unmarked(line, kinds) for line in lines if line and not line.startswith("#")]


def _of_test(text: str) -> bool:
    return int(_digest(text), 16) % 4 == 0


def _digest(text: str) -> str:
    return hashlib.sha256((SALT + plain(text)).encode()).hexdigest()[8:16]


def _rows(folder: Path, source: str) -> Iterator[tuple[str, list[tuple[int, int, str]]]]:
    import pyarrow.parquet as pq

    for row in pq.read_table(folder / f"{source}.parquet").to_pylist():
        if source == "cluener":
            yield row["text"], _offsets(json.loads(row["label"]))
        else:
            yield row["text"], _from_letters(row["tags"].split())


def _offsets(label: Mapping[str, Mapping[str, Sequence[Sequence[int]]]]) -> list[tuple[int, int, str]]:
    """CLUENER counts the last character in."""
    return [
        (first, last + 1, kind)
        for kind, values in label.items()
        for places in values.values()
        for first, last in places
    ]


def _from_letters(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Spans of BIO, BMES and BIES tags; an inner tag without a first one begins a span."""
    spans: list[tuple[int, int, str]] = []
    start, kind = -1, ""
    for at, tag in enumerate([*tags, "O"]):
        letter, _, name = tag.partition("-")
        if kind and (letter in "BSO" or name != kind):
            spans.append((start, at, kind))
            kind = ""
        if letter != "O" and not kind:
            start, kind = at, name
    return spans


def _without_overlaps(spans: Iterable[tuple[int, int, str]]) -> Spans:
    kept: list[tuple[int, int, str]] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return tuple(kept)
