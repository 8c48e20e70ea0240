"""Averages the weights of the tagger of names with those of networks that went on from them.

    python scripts/average_names.py names.conv.v5.npz --first first.npz --second second.npz \
        --out src/voc/privacy/ner/artefacts/names.conv.v8.npz

What a network learns when it goes on (`scripts/train_names.py --start`) it pays for elsewhere; the mean of
its weights before and after keeps most of both (model soups: Wortsman et al. 2022, arXiv:2203.05482). The
screen is that of the first network that went on. `scripts/train_sieve.py` comes next.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from names.network import whole_numbers
from train_names import network_of

from voc.io.artefacts import read_artefact, write_artefact
from voc.privacy.ner.layers import floats
from voc.privacy.ner.network import SECOND

Arrays = dict[str, npt.NDArray[Any]]
_SCALE: Final = "_scale"


def mean_of(before: Arrays, after: Arrays) -> Arrays:
    """Mean of two networks of one shape; tables of whole numbers stay such."""
    mean: Arrays = {"meta": before["meta"]}
    for name in before.keys() - {"meta"}:
        if name.endswith(_SCALE):
            continue
        values = (floats(before, name) + floats(after, name)) * np.float32(0.5)
        if f"{name}{_SCALE}" in before:
            mean[name], mean[f"{name}{_SCALE}"] = whole_numbers(values)
        else:
            mean[name] = values.astype(before[name].dtype)
    return mean


def main() -> None:
    """Average and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before", type=Path, help="weights with both networks")
    parser.add_argument("--first", type=Path, required=True, help="the first network, gone on")
    parser.add_argument("--second", type=Path, required=True, help="the second network, gone on")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    before, first = read_artefact(options.before), read_artefact(options.first)
    arrays = mean_of(network_of(before), network_of(first))
    second = mean_of(network_of(before, second=True), network_of(read_artefact(options.second)))
    arrays |= {f"{SECOND}{name}": array for name, array in second.items()}
    arrays |= {name: array for name, array in first.items() if name.startswith("screen_")}
    write_artefact(options.out, arrays)


if __name__ == "__main__":
    main()
