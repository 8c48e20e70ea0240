"""Calibrates the weighted mean of encoder and topic model on dev, which neither has learnt from.

    python scripts/calibrate_encoder.py DATA ARTEFACTS/encoder.v6 --topics topics-without-dev.npz

`--topics` is what `scripts/train_topics.py` wrote without `--everything`. The calibration goes into the
encoder's `.npz`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from tags.calibration import calibrated
from tags.corpora import read_labelled

from voc.tagging.lexicon.cues import compile_cues
from voc.tagging.lexicon.topics import LexiconTagger
from voc.tagging.models.encoder import Encoder, averaged
from voc.tagging.models.topic_model import ClauseMargins, TopicModel
from voc.tagging.models.weights import read_artefact, write_artefact
from voc.tagging.reader import read_batch
from voc.tagging.taxonomy import load_taxonomy


def main() -> int:
    """Calibrate, and tell the figures of each part alone and of their mean."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("encoder", type=Path, help="artefacts, without their endings")
    parser.add_argument("--topics", type=Path, required=True)
    options = parser.parse_args()
    dev = [row for row in read_labelled(options.data) if row.split == "dev"]
    reading = read_batch([row.text for row in dev])
    topics = TopicModel.from_arrays(read_artefact(options.topics))
    tagger = LexiconTagger(compile_cues(load_taxonomy()))
    first = topics.margins(reading, reading.findings(tagger))
    rows = np.arange(len(dev))
    read = Encoder(options.encoder).read(reading, rows)
    mean = averaged(first, rows, read, (0.0, 1.0, 0.0))
    alone = np.full_like(first.values, -12.0)
    alone[read.units] = read.margins
    for name, margins in (
        ("topic model", first),
        ("encoder", ClauseMargins(alone, *first[1:])),
        ("mean", mean),
    ):
        told = calibrated(margins.values, reading, dev, topics.labels)
        print(name, told)
    path = Path(f"{options.encoder}.npz")
    write_artefact(path, {**read_artefact(path), "scalars": np.array(told[:3])})
    return 0


if __name__ == "__main__":
    sys.exit(main())
