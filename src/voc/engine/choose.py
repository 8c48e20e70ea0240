"""Chooses where chunks are worked on: processes of this machine, or the executors of a Spark cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from voc.errors import UsageError

if TYPE_CHECKING:
    from voc.engine.flow import OpenPool

__all__ = ["ENGINES", "engine_pool"]

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
