"""The ledger of privacy budgets: what each data set has given away, and a no when it is spent.

Losses add up (sequential composition). The ledger is a SQLite file; a query is charged before it is answered,
in one transaction, so two processes cannot spend the same rest.
"""

from __future__ import annotations

import math
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from voc.config.resources import data_home
from voc.errors import GateError, UsageError
from voc.privacy.audit.entry import checked_name
from voc.privacy.vault.database import Database, open_database

__all__ = ["Budget", "Ledger"]


class Budget(NamedTuple):
    """What one data set has left."""

    dataset: str
    total: float
    spent: float
    queries: int

    @property
    def left(self) -> float:
        """Epsilon that is left."""
        return max(self.total - self.spent, 0.0)


class Ledger:
    """The budgets of this machine."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or data_home() / "privacy-budget.db"

    def budget(self, dataset: str, total: float) -> Budget:
        """Return what is left of a data set, `total` being what the policy allows."""
        with closing(self._open()) as database:
            return self._budget(database, dataset, total)

    def charge(self, dataset: str, total: float, epsilon: float, what: str) -> Budget:
        """Spend from a budget.

        Raises
        ------
        GateError
            When less than `epsilon` is left; then nothing is spent.
        UsageError
            When `epsilon` is not above 0: nothing comes back.
        """
        checked_name(dataset, what="data set")
        if not epsilon > 0:
            raise UsageError("epsilon is above 0")
        with closing(self._open()) as database, database.writing():
            before = self._budget(database, dataset, total)
            if epsilon > before.left + 1e-9 or not math.isfinite(epsilon):
                raise GateError(
                    f"epsilon {epsilon:g} is asked for, {before.left:g} of {total:g} is left",
                    where=dataset,
                    hint="ask for less, or use the figures given already; a budget does not come back",
                )
            database.change(
                "INSERT INTO dp_charges (dataset, number, at, epsilon, what) VALUES (?, ?, ?, ?, ?)",
                [dataset, before.queries + 1, datetime.now(UTC).isoformat(), epsilon, what],
            )
            return self._budget(database, dataset, total)

    def _open(self) -> Database:
        database = open_database(str(self._path), create=True)
        database.change(
            "CREATE TABLE IF NOT EXISTS dp_charges "
            "(dataset TEXT, number INTEGER, at TEXT, epsilon REAL, what TEXT, "
            "PRIMARY KEY (dataset, number))"
        )
        return database

    def _budget(self, database: Database, dataset: str, total: float) -> Budget:
        [(spent, queries)] = database.rows(
            "SELECT coalesce(sum(epsilon), 0), count(*) FROM dp_charges WHERE dataset = ?", [dataset]
        )
        return Budget(dataset, total, float(spent), int(queries))
