"""A vault in a folder of its own, and people who may approve."""

from __future__ import annotations

from voc.privacy.access.actors import Signer, enroll, keygen
from voc.privacy.vault.vault import Cell, Value, Vault


def values(count: int, *, people: int = 3, entity: str = "CN_MOBILE", table: str = "t") -> list[Value]:
    return [
        Value(Cell(table, "c", str(at), entity), f"person{at // people}", f"138{at:08d}")
        for at in range(count)
    ]


def signer(vault: Vault, name: str, role: str) -> Signer:
    made = keygen(name)
    enroll(vault, name, role, made.public_key)
    return made
