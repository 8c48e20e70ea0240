"""Joins encoders that were trained from different seeds into one.

    python scripts/join_encoders.py first second --out ARTEFACTS/encoder.v6

Each name stands for an `.onnx` and an `.npz` of `scripts/train_encoder.py`, made from the same texts, so that
they share a vocabulary. The joined graph reads a text with all of them, tells the margins of the labels one
network after the other, as each may see a tag at another word, the mean of their sentiments, and what each
holds of the whole text, side by side.
`scripts/calibrate_encoder.py` comes next.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import compose, helper

from voc.tagging.models.weights import read_artefact, write_artefact

INPUTS = ("words", "chars")
OUTPUTS = ("labels", "sentiment", "text")


def joined(models: Sequence[onnx.ModelProto]) -> onnx.ModelProto:
    """One graph with the inputs of each: labels and texts side by side, and the mean of their sentiments."""
    parts = [compose.add_prefix(model, f"{place}_") for place, model in enumerate(models)]
    nodes, weights = [], []
    for place, part in enumerate(parts):
        for node in part.graph.node:
            for at, name in enumerate(node.input):
                node.input[at] = name.removeprefix(f"{place}_") if _given(name, place) else name
            nodes.append(node)
        weights += list(part.graph.initializer)
    labels, sentiment, text = ([f"{place}_{output}" for place in range(len(parts))] for output in OUTPUTS)
    nodes += [
        helper.make_node("Concat", labels, [OUTPUTS[0]], name="labels_of_all", axis=2),
        helper.make_node("Mean", sentiment, [OUTPUTS[1]], name="mean_sentiment"),
        helper.make_node("Concat", text, [OUTPUTS[2]], name="text_of_all", axis=1),
    ]
    first = models[0]
    told = [onnx.ValueInfoProto.FromString(output.SerializeToString()) for output in first.graph.output]
    told[0].type.tensor_type.shape.dim[2].Clear()
    told[2].type.tensor_type.shape.dim[1].Clear()
    graph = helper.make_graph(nodes, "encoders", first.graph.input, told, weights)
    whole = helper.make_model(graph, opset_imports=first.opset_import, ir_version=first.ir_version)
    onnx.checker.check_model(whole)
    return whole


def _given(name: str, place: int) -> bool:
    return name in {f"{place}_{given}" for given in INPUTS}


def main() -> int:
    """Join and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("encoders", type=Path, nargs="+", help="artefacts, without their endings")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    arrays = [read_artefact(Path(f"{encoder}.npz")) for encoder in options.encoders]
    if any(not np.array_equal(one[name], arrays[0][name]) for one in arrays for name in INPUTS):
        raise SystemExit("the encoders were made from different texts: train them on the same")
    onnx.save(joined([onnx.load(f"{encoder}.onnx") for encoder in options.encoders]), f"{options.out}.onnx")
    write_artefact(Path(f"{options.out}.npz"), {**arrays[0], "networks": np.array([len(arrays)])})
    return 0


if __name__ == "__main__":
    sys.exit(main())
