"""The operator `encrypt`: gathers the values of a batch for the vault, which keeps them first.

The vault commits first and the masked rows are written later, so a process that is killed between the two
loses nothing; masking the same rows again gives the same tokens and the same records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voc.errors import UsageError
from voc.privacy.vault.key_source import key_source
from voc.privacy.vault.vault import Cell, Vault, row_subject
from voc.privacy.vault.vault import Value as Sealed

if TYPE_CHECKING:
    from voc.privacy.operators import Value

__all__ = ["Sealer", "VaultSpec"]


@dataclass(frozen=True)
class VaultSpec:
    """Which vault takes the values of a table. Small and picklable; holds no key."""

    table: str
    """Name of the table, part of every record's cell."""
    location: str | None = None
    source: str | None = None

    def fingerprint(self) -> str:
        """What decides the tokens: the vault and the table."""
        with Vault.open(self.location, source=key_source(self.source), read_only=True) as vault:
            return f"{vault.id}:{self.table}"


class Sealer:
    """Seals the values of one table, batch by batch."""

    def __init__(self, spec: VaultSpec) -> None:
        self._table = spec.table
        self._vault = Vault.open(spec.location, source=key_source(spec.source))
        self._rows: Mapping[int, str] = {}
        self._subjects: Mapping[int, str] = {}
        self._waiting: dict[str, Sealed] = {}

    def begin(self, rows: Mapping[int, str], subjects: Mapping[int, str]) -> None:
        """Begin a batch.

        Parameters
        ----------
        rows
            Row number to the key of the row; the number itself where it is missing.
        subjects
            Row number to the pseudonym of the person; the row where it is missing.
        """
        self._rows, self._subjects = rows, subjects
        self._waiting.clear()

    def __call__(self, value: Value) -> str:
        """Return `<label:token>` and remember the value."""
        if value.place is None:
            raise UsageError(
                f"a value of {value.entity} stands in no row, so it cannot be encrypted",
                hint="the operator `encrypt` works on tables with numbered rows",
            )
        number = value.place.row
        row = self._rows.get(number, f"#{number}")
        cell = Cell(self._table, value.place.column, row, value.entity)
        token = self._vault.token(cell, value.text)
        self._waiting[token] = Sealed(
            cell, self._subjects.get(number, row_subject(self._table, row)), value.text
        )
        return f"<{value.rule.label}:{token}>"

    def finish(self) -> None:
        """Keep the values of the batch."""
        if self._waiting:
            self._vault.seal(list(self._waiting.values()))
            self._waiting.clear()
