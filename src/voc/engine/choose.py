"""Chooses where chunks and tables are worked on: on this machine, or on the executors of a Spark cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from voc.errors import UsageError

if TYPE_CHECKING:
    from voc.engine.flow import OpenPool
    from voc.engine.tables import Tables

__all__ = ["ENGINES", "engine_pool", "engine_tables"]

ENGINES = ("local", "spark")


@contextlib.contextmanager
def engine_pool(engine: str = "local", master: str | None = None) -> Iterator[OpenPool | None]:
    """Open an engine and give what makes its pools; None stands for processes of this machine.

    Parameters
    ----------
    engine
        One of `ENGINES`.
    master
        Spark's master: `local[2]`, `spark://host:7077`, `yarn`.

    Raises
    ------
    UsageError
        For an unknown engine, or a master without Spark.
    MissingExtraError
        When PySpark is not installed.
    WorkerDiedError
        When the cluster cannot be reached.
    """
    if engine not in ENGINES:
        raise UsageError(f"no engine {engine!r}", where="--engine", hint=f"known: {', '.join(ENGINES)}")
    if engine == "local":
        if master is not None:
            raise UsageError("a master is Spark's", where="--master", hint="add --engine spark")
        yield None
        return
    from voc.engine.spark.pool import SparkPool
    from voc.engine.spark.session import SparkTarget, open_session

    with open_session(SparkTarget(master)) as session:
        yield lambda chain, codec: SparkPool(session, chain, codec)


@contextlib.contextmanager
def engine_tables(
    engine: str = "local", master: str | None = None, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Tables]:
    """Open what joins and adds up the tables of a run; inside `engine_pool`, on the same session.

    Parameters and errors are those of `engine_pool`; `tell` takes what the user should know.
    """
    if engine == "local":
        from voc.engine.tables import LocalTables

        yield LocalTables()
        return
    from voc.engine.spark.session import SparkTarget, open_session
    from voc.engine.spark.sql import SparkTables

    with open_session(SparkTarget(master)) as session:
        yield SparkTables(session, tell)
