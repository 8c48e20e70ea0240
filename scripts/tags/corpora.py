"""Reads the labelled sets that models are trained on, and says which texts no model may learn from.

DATA is a folder with the public sets named below and `labels/complaints_v1.jsonl`; further label files of
the same shape lie in `scripts/tags/labels/`. Label files name a text by data set and sha256 and quote
nothing.

Two parts are never trained on: a tenth of every set, chosen by a hash of the text (`voc.tagging.splits`),
on which sentiment is scored; and the test part of `complaints_v1` (15 %, by a hash of the sha256), on
which tags are scored. Equal texts fall on one side in whatever set they stand.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.tagging.splits import held_out, text_key

LABEL_FILES: Final = Path(__file__).parent / "labels"
TAG_SALT: Final = "voc.tags.split.v1:"
STARS: Final = {0: -1, 1: 1}
UNLABELLED: Final = ("bdci_car_2018", "heimao_finance", "zhijiang_ecommerce_absa")


@dataclass(frozen=True)
class Example:
    """A text with its sentiment."""

    text: str
    label: int
    """-1, 0 or 1."""
    source: str

    @cached_property
    def key(self) -> str:
        """The text without what makes equal texts look different."""
        return text_key(self.text)

    @cached_property
    def held_out(self) -> bool:
        """Whether the text belongs to the tenth that is never trained on."""
        return held_out(self.key)


@dataclass(frozen=True)
class Labelled:
    """A text with its tags."""

    text: str
    source: str
    split: str
    """`train`, `dev` or `test`; `train` for all label files but the first."""
    sentiment: int
    intent: str
    tags: tuple[tuple[str, int, int, int], ...]
    """Tag, polarity, start, end."""


def split_of(sha256: str) -> str:
    """Return `train`, `dev` or `test`."""
    number = int(hashlib.sha256((TAG_SALT + sha256).encode()).hexdigest()[:8], 16) % 100
    return "train" if number < 70 else "dev" if number < 85 else "test"


@cache
def texts_of(folder: Path, source: str) -> tuple[str, ...]:
    """All texts of one set."""
    import pandas as pd
    import pyarrow.parquet as pq

    if source == "meituan_reviews":
        raw = folder / "raw_encodings/meituan_reviews_gb18030.csv"
        return tuple(pd.read_csv(raw, encoding="gb18030", dtype=str, keep_default_na=False)["comment"])
    if source == "zhengwu_messages":
        raw = folder / "raw_encodings/zhengwu_messages.xlsx"
        sheet = pd.read_excel(raw, engine="calamine", dtype=str, keep_default_na=False)
        return tuple(sheet["留言详情"])
    column = pq.read_table(folder / f"{source}.parquet", columns=["text"])["text"]
    return tuple(text or "" for text in column.to_pylist())


@cache
def texts_by_digest(folder: Path, source: str) -> dict[str, str]:
    """The texts of one set by sha256, by which label files name them."""
    return {
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(): text
        for text in texts_of(folder, source)
    }


def read_labelled(folder: Path, more: Iterable[Path] | None = None) -> list[Labelled]:
    """Join the labels to their texts. A text that stands in several label files is taken from the first.

    After `complaints_v1` these are, in the order of their names, `complaints_settled.jsonl` with texts that
    were read twice because the models disagreed, then the other ones.

    `more` are further label files; those beside the scripts when not given.
    """
    files = [
        folder / "labels/complaints_v1.jsonl",
        *(sorted(LABEL_FILES.glob("*.jsonl")) if more is None else more),
    ]
    seen: set[str] = set()
    found = []
    for number, file in enumerate(files):
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            text = texts_by_digest(folder, row["source"]).get(row["sha256"])
            if text is None or text_key(text) in seen:
                continue
            seen.add(text_key(text))
            tags = tuple((tag["tag"], tag["polarity"], tag["start"], tag["end"]) for tag in row["tags"])
            split = "train" if number else split_of(row["sha256"])
            found.append(Labelled(text, row["source"], split, row["sentiment"], row["intent"], tags))
    return found


def read_binary(folder: Path, source: str, values: dict[int, int]) -> list[Example]:
    """Read a set with `text` and `label`; `values` says what a label means."""
    import pyarrow.parquet as pq

    labels = pq.read_table(folder / f"{source}.parquet", columns=["label"])["label"].to_pylist()
    return [
        Example(text, values[int(label)], source)
        for text, label in zip(texts_of(folder, source), labels, strict=True)
        if text and int(label) in values
    ]


def read_restaurant(folder: Path, source: str = "acos_restaurant_zh") -> list[Example]:
    """Read restaurant sentences whose opinions all have one polarity."""
    import pyarrow.parquet as pq

    opinions = pq.read_table(folder / f"{source}.parquet", columns=["opinions"])["opinions"].to_pylist()
    examples = []
    for text, opinion in zip(texts_of(folder, source), opinions, strict=True):
        found = set(re.findall(r"POS|NEG|NEU", str(opinion)))
        plain = text.replace(" ", "")
        if len(found) == 1 and plain and found != {"NEU"}:
            examples.append(Example(plain, 1 if found == {"POS"} else -1, source))
    return examples


def read_car(folder: Path, others: Iterable[Example], never: frozenset[str]) -> list[Example]:
    """Read opinions on cars of one polarity, most of them neutral, that are not among the other texts."""
    import pyarrow.parquet as pq

    values: dict[str, set[int]] = {}
    table = pq.read_table(folder / "bdci_car_2018.parquet", columns=["sentiment_value"])
    for text, value in zip(texts_of(folder, "bdci_car_2018"), table.column(0).to_pylist(), strict=True):
        values.setdefault(text, set()).add(int(value))
    examples = [Example(text, min(told), "bdci_car_2018") for text, told in values.items() if len(told) == 1]
    known = {example.key for example in others} | never
    return [example for example in examples if not example.held_out and example.key not in known]


def read_sentiment(folder: Path, more: Iterable[Path] | None = None) -> list[Example]:
    """Read every set with sentiment, once each text; the first set that a training text stands in keeps
    it. `more` are label files as in `read_labelled`.
    """
    examples = [
        *read_binary(folder, "online_shopping_10_cats", STARS),
        *read_binary(folder, "waimai_10k", STARS),
        *read_binary(folder, "chnsenticorp_htl_all", STARS),
        *read_binary(folder, "bdci2021_bank", {0: -1, 1: 1, 2: 0}),
        *read_restaurant(folder),
        *(Example(row.text, row.sentiment, "complaints_v1") for row in read_labelled(folder, more)),
    ]
    seen: set[str] = set()
    kept = []
    for example in examples:
        mark = f"{example.source}:{example.key}" if example.held_out else example.key
        if mark not in seen:
            seen.add(mark)
            kept.append(example)
    return kept


def forbidden_keys(labelled: Sequence[Labelled]) -> frozenset[str]:
    """Keys of the texts on which tags are scored."""
    return frozenset(text_key(row.text) for row in labelled if row.split == "test")


def read_unlabelled(folder: Path) -> list[str]:
    """Texts of sets without sentiment, once each."""
    found = dict.fromkeys(
        text
        for source in (*UNLABELLED, "meituan_reviews")
        for text in texts_of(folder, source)
        if text.strip()
    )
    return list(found)


def read_written() -> list[Labelled]:
    """Examples written for rare tags, each line a text with one clause that bears the tag, and for none.

    Training only.
    """
    import yaml

    document = yaml.safe_load((Path(__file__).parent / "written_examples.yaml").read_text(encoding="utf-8"))
    found = [Labelled(text, "written", "written", 0, "", ()) for text in document["nothing"]]
    for tag, sides in document["tags"].items():
        for side, polarity in (("complaint", -1), ("praise", 1)):
            for text in sides.get(side, ()):
                found.append(
                    Labelled(text, "written", "written", polarity, "", ((tag, polarity, 0, len(text)),))
                )
    return found


def read_bare(folder: Path, labelled: Sequence[Labelled]) -> list[str]:
    """Texts of all sets without their labels, once each: none that was labelled by reading, none held out."""
    seen = {text_key(row.text) for row in labelled}
    texts = [example.text for example in read_sentiment(folder) if example.source != "complaints_v1"]
    texts += [*read_unlabelled(folder), *texts_of(folder, "zhengwu_messages")]
    found = []
    for text in texts:
        key = text_key(text)
        if text.strip() and key not in seen and not held_out(key):
            seen.add(key)
            found.append(text)
    return found


def text_numbers(texts: Iterable[str]) -> npt.NDArray[np.uint64]:
    """A number for each text, by which files made at different times can be held together."""
    digests = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8] for text in texts)
    return np.frombuffer(b"".join(digests), dtype=np.uint64)
