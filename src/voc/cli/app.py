"""The whole `voc` application. Importing a command module registers its commands."""

from __future__ import annotations

from voc.cli import (
    abtest,
    customers,
    demo,
    doctor,
    explain_change,
    mask,
    report,
    rootcause,
    run,
    scan,
    tag,
    whatif,
)
from voc.cli.root import app

__all__ = [
    "abtest",
    "app",
    "customers",
    "demo",
    "doctor",
    "explain_change",
    "mask",
    "report",
    "rootcause",
    "run",
    "scan",
    "tag",
    "whatif",
]
