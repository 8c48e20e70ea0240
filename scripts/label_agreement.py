"""Agreement of two people who labelled the same texts.

Reads two label files (JSON lines with ``source``, ``sha256``, ``sentiment``, ``intent`` and ``tags``)
and compares the texts that both hold. Prints Cohen's kappa of sentiment and intent, and for tags with
their polarity the micro-averaged F1 and the kappa over every text and tag, at level 2
(``logistics.delay``) and level 1 (``logistics``).

    python scripts/label_agreement.py scripts/tags/labels/first.jsonl scripts/tags/labels/second.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

TextId = tuple[str, str]
Label = dict[str, Any]
SignedTag = tuple[str, int]


def read_labels(path: Path) -> dict[TextId, Label]:
    """The labels of a file by data set and hash; a text labelled twice is an error."""
    labels: dict[TextId, Label] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        label = json.loads(line)
        key = (label["source"], label["sha256"])
        if key in labels:
            raise SystemExit(
                f"{path}, line {number}: this text is labelled twice in the file; keep one of the two"
            )
        labels[key] = label
    return labels


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Cohen's kappa (1960) of two aligned sequences of categories; NaN where chance alone agrees fully."""
    total = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    left, right = Counter(first), Counter(second)
    chance = sum(left[category] * right[category] for category in left) / total**2
    return float("nan") if chance == 1 else (observed - chance) / (1 - chance)


def signed_tags(label: Label, level: int) -> set[SignedTag]:
    """The tags of a text with their polarity, cut to the level."""
    return {(".".join(tag["tag"].split(".")[:level]), tag["polarity"]) for tag in label["tags"]}


def tag_agreement(first: list[set[SignedTag]], second: list[set[SignedTag]]) -> tuple[float, float]:
    """Micro F1 of two people's tags, and kappa over every pair of a text and a tag in use."""
    shared = sum(len(a & b) for a, b in zip(first, second, strict=True))
    given = sum(map(len, first)) + sum(map(len, second))
    if not given:
        return float("nan"), float("nan")
    used = sorted(set().union(*first, *second))
    kappa = cohen_kappa(
        [tag in tags for tags in first for tag in used], [tag in tags for tags in second for tag in used]
    )
    return 2 * shared / given, kappa


def main() -> None:
    """Compare the two files named on the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    arguments = parser.parse_args()
    first, second = read_labels(arguments.first), read_labels(arguments.second)
    common = sorted(first.keys() & second.keys())
    if not common:
        raise SystemExit("The two files have no text in common; give two files that label the same texts.")
    print(f"texts labelled in both files: {len(common)}")
    for field in ("sentiment", "intent"):
        kappa = cohen_kappa([first[key][field] for key in common], [second[key][field] for key in common])
        print(f"{field}: kappa {kappa:.3f}")
    for level in (2, 1):
        f1, kappa = tag_agreement(
            [signed_tags(first[key], level) for key in common],
            [signed_tags(second[key], level) for key in common],
        )
        print(f"tags, level {level}: F1 {f1:.3f}, kappa {kappa:.3f}")


if __name__ == "__main__":
    main()
