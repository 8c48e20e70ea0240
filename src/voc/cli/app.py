"""The whole `voc` application. Importing a command module registers its commands."""

from __future__ import annotations

from voc.cli import (
    conversations,
    customers,
    demo,
    doctor,
    evaluate,
    mask,
    report,
    review,
    rootcause,
    run,
    scan,
    tag,
    taxonomy,
    topics,
    train,
)
from voc.cli.root import app

__all__ = [
    "app",
    "conversations",
    "customers",
    "demo",
    "doctor",
    "evaluate",
    "mask",
    "report",
    "review",
    "rootcause",
    "run",
    "scan",
    "tag",
    "taxonomy",
    "topics",
    "train",
]
