"""Opens a Spark session that is fit for personal information: nothing of it in plans, logs or open files."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from voc.errors import MissingExtraError, VocError, WorkerDiedError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["SparkTarget", "open_session"]

LOCAL = "local[*]"

_SETTINGS: Mapping[str, str] = {
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    # what Spark writes to local disks on its way (spills, shuffles, data handed to executors) is encrypted
    "spark.io.encryption.enabled": "true",
    "spark.log.level": "ERROR",
    # a Python traceback quotes the lines around a failure; the stages tell errors themselves
    "spark.sql.execution.pyspark.udf.simplifiedTraceback.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "4096",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}

_HANDED_ON = ("VOC_HOME", "VOC_KEY_FILE", "PYTHONPATH")
"""Environment variables that executors get: places, never keys."""


@dataclass(frozen=True)
class SparkTarget:
    """Where Spark runs.

    Parameters
    ----------
    master
        `local[2]`, `spark://host:7077`, `yarn`, `k8s://…`; all local cores when not given and spark-submit
        has not said otherwise.
    settings
        Further Spark settings; they win over voc's own.
    """

    master: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def open_session(target: SparkTarget) -> Iterator[SparkSession]:
    """Open a session, or take up the one that is there, which then stays open.

    Raises
    ------
    MissingExtraError
        When PySpark is not installed.
    WorkerDiedError
        When the master cannot be reached, or Java is missing.
    """
    session_class = _session_class()
    running = session_class.getActiveSession()
    if running is not None:
        yield running
        return
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # PySpark says on every transfer that it is not tested with pandas 3; no pandas frame travels here
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    session = _started(session_class, target)
    try:
        session.sparkContext.setLogLevel("ERROR")
        yield session
    finally:
        session.stop()


def _session_class() -> Any:  # noqa: ANN401 - a class of a library that may be missing
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtraError("pyspark", "spark") from None
    return SparkSession


def _started(session_class: Any, target: SparkTarget) -> SparkSession:  # noqa: ANN401 - see above
    builder = session_class.builder.appName("voc")
    if target.master or "SPARK_REMOTE" not in os.environ:
        builder = builder.master(target.master or os.environ.get("MASTER", LOCAL))
    local = (target.master or LOCAL).startswith("local")
    settings = dict(_SETTINGS)
    if local:
        settings |= {"spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1"}
        settings |= {"spark.driver.host": "127.0.0.1"}
        settings |= {"spark.authenticate": "true", "spark.network.crypto.enabled": "true"}
    for name in _HANDED_ON:
        if name in os.environ:
            settings[f"spark.executorEnv.{name}"] = os.environ[name]
    for name, value in {**settings, **target.settings}.items():
        builder = builder.config(name, value)
    failure = ""
    try:
        session: SparkSession = builder.getOrCreate()
    except VocError:
        raise
    except Exception as error:
        failure = type(error).__name__
    if failure:
        raise WorkerDiedError(
            f"Spark could not be started ({failure})",
            where=target.master or LOCAL,
            hint="check that Java 17 is installed and the master's address is right",
        )
    return session
