"""The course of the learning rate that the training scripts share."""

from __future__ import annotations

import torch

__all__ = ["warm_up_and_decline"]


def warm_up_and_decline(
    optimizer: torch.optim.Optimizer, steps: int, warm: float
) -> torch.optim.lr_scheduler.LambdaLR:
    """Let rates rise over the first steps, then fall along a line to a fiftieth.

    Parameters
    ----------
    steps
        Of the whole training.
    warm
        Share of them in which rates rise.
    """
    first = max(int(steps * warm), 1)
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / first, max(1 - step / steps, 0.02))
    )
