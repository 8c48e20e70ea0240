"""The whole `voc` application. Importing a command module registers its commands."""

from __future__ import annotations

from voc.cli import (
    abtest,
    access,
    audit,
    customers,
    demo,
    doctor,
    evaluate_pii,
    explain_change,
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
    whatif,
)
from voc.cli.root import app

__all__ = [
    "abtest",
    "access",
    "app",
    "audit",
    "customers",
    "demo",
    "doctor",
    "evaluate_pii",
    "explain_change",
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
    "whatif",
]
