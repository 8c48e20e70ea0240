"""Gives the reading of CLUENER layers of its own in the tagger `names.conv.v8`.

    python scripts/train_own_layers.py DATA --artefact names.conv.v8.npz --earlier names.conv.v7.npz

To run after `scripts/train_names.py`, whose networks learn tickets above all and forget what news calls a
person. The tables of characters, pairs and words stay; the layers start as those of earlier weights, whose
word on texts of CLUENER, Weibo and MSRA is learnt beside the labels. So nothing changes for tickets. Prints
strict F1 on the dev tenth of CLUENER. Needs voc[transformers] for torch; takes three minutes of one core for
both networks and a pass.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final

from names.corpora import Labelled, read_labelled, read_written
from names.network import Example, example, fit, own_arrays, taught
from tags.corpora import text_numbers
from train_names import (
    KINDS,
    LONGEST,
    SCREEN,
    SEED,
    TAUGHT,
    TAUGHT_OF,
    Word,
    network_of,
    report,
    without_sieve,
    word_of,
)

from voc.io.artefacts import read_artefact, write_artefact
from voc.privacy.ner.network import OWN, SECOND
from voc.privacy.ner.tagger import NameTagger

TIMES: Final = 2
"""Times that a text with labels is read in a pass."""
SHARE: Final = 0.4
"""Share of the other texts, of which the earlier weights tell what they see."""
WEIGHT: Final = 0.7
"""Their weight."""
RATE: Final = 5e-4


def examples_of(rows: Sequence[Labelled], word: Word) -> Iterator[Example]:
    """Texts with labels of CLUENER, and others as the earlier weights see them."""
    rng = Random(SEED)
    for row, number in zip(rows, text_numbers(row.text for row in rows).tolist(), strict=True):
        told = word.get(number)
        if len(row.text) > LONGEST or told is None:
            continue
        if row.source == TAUGHT:
            yield from [example(row.text, row.spans, TAUGHT, KINDS[TAUGHT], 1.0, told)] * TIMES
        elif rng.random() < SHARE:
            yield taught(row.text, told, TAUGHT, WEIGHT)
    for text, spans in read_written("news"):
        yield example(text, spans, TAUGHT, KINDS[TAUGHT])


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--artefact", type=Path, required=True, help="weights to which the layers are added")
    parser.add_argument("--earlier", type=Path, required=True, help="weights from which the layers start")
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    rows = [row for row in read_labelled(options.data) if row.split != "test"]
    arrays, earlier = read_artefact(options.artefact), without_sieve(read_artefact(options.earlier))
    screen = {name: array for name, array in arrays.items() if name.startswith(SCREEN)}
    trained = [row for row in rows if row.split == "train" and row.source in TAUGHT_OF]
    examples = list(examples_of(trained, word_of(NameTagger({**earlier, **screen}), trained)))
    print(len(examples), "texts", flush=True)
    for second in (False, True):
        now, before = (network_of(part, second=second) for part in (arrays, earlier))
        layers = {
            name: array for name, array in before.items() if name.startswith(("weight", "bias", "out_"))
        }
        own = {
            name.removeprefix(f"{OWN}{TAUGHT}_"): array
            for name, array in before.items()
            if name.startswith(f"{OWN}{TAUGHT}_")
        }
        start = {**now, **layers, **own}
        networks = fit(
            examples,
            KINDS,
            epochs=options.epochs,
            seed=SEED,
            rate=RATE,
            start=start,
            width=len(now["bias0"]),
            learn_tables=False,
        )
        *_, (_, network) = networks
        prefix = SECOND if second else ""
        arrays |= {prefix + name: array for name, array in own_arrays(network, KINDS, TAUGHT, now).items()}
    write_artefact(options.artefact, arrays)
    report(NameTagger(arrays), [row for row in rows if row.split == "dev" and row.source == TAUGHT])


if __name__ == "__main__":
    main()
