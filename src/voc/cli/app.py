"""The whole `voc` application. Importing a command module registers its commands."""

from __future__ import annotations

from voc.cli import (
    access,
    audit,
    customers,
    demo,
    doctor,
    dp,
    evaluate,
    evaluate_pii,
    export,
    join_private,
    mask,
    policy,
    report,
    rootcause,
    run,
    scan,
    tag,
    vault,
    view,
)
from voc.cli.root import app

__all__ = [
    "access",
    "app",
    "audit",
    "customers",
    "demo",
    "doctor",
    "dp",
    "evaluate",
    "evaluate_pii",
    "export",
    "join_private",
    "mask",
    "policy",
    "report",
    "rootcause",
    "run",
    "scan",
    "tag",
    "vault",
    "view",
]
