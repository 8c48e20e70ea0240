"""Layers of the networks over characters, computed with numpy over stacks of matrices.

Each matrix of a stack is multiplied by itself, so that the digits of the sums depend on its shape alone, and
never on what is computed together with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["Layer", "convolve", "floats"]


class Layer(NamedTuple):
    """A convolution of width 3."""

    weight: npt.NDArray[np.float32]
    """(3 × inputs, outputs)"""
    bias: npt.NDArray[np.float32]
    gap: int
    """Characters between the three; less than the matrices are long."""


def convolve(
    values: npt.NDArray[np.float32],
    layers: Sequence[Layer],
    filled: npt.NDArray[np.float32],
    room: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Apply layers with rectifiers, of which all but the first add to what comes in.

    Parameters
    ----------
    values
        (matrices, length, inputs)
    filled
        (matrices, length, 1): 0 where nothing stands, and 0 stays.
    room
        Is overwritten: fresh memory for each layer would cost as much as the rest of the copying.
    """
    for place, layer in enumerate(layers):
        new = _beside(values, layer.gap, room) @ layer.weight
        new += layer.bias
        np.maximum(new, 0, out=new)
        new *= filled
        if place:
            new += values
        values = new
    return values


def _beside(
    values: npt.NDArray[np.float32], gap: int, room: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Put the characters before and behind beside each, zeros beyond both ends."""
    count, length, wide = values.shape
    beside = room[: values.size * 3].reshape(count, length, 3 * wide)
    beside[:, :gap, :wide] = 0
    beside[:, gap:, :wide] = values[:, :-gap]
    beside[:, :, wide : 2 * wide] = values
    beside[:, :-gap, 2 * wide :] = values[:, gap:]
    beside[:, -gap:, 2 * wide :] = 0
    return beside


def floats(arrays: dict[str, npt.NDArray[Any]], name: str) -> npt.NDArray[np.float32]:
    """Numbers of an artefact, which may be whole ones with a scale each."""
    values = arrays[name].astype(np.float32)
    scale = arrays.get(f"{name}_scale")
    return values if scale is None else values * scale.astype(np.float32)
