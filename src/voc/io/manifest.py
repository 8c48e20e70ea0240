"""The manifest of a run: what went in, what came out, with which settings, models and lexicons.

Shape after the OpenLineage run event (OpenLineage specification 2-0-2): `eventType`, `run`, `job`, `inputs`,
`outputs`, facets. The run id follows from the digests, so the same work has the same id. Only `timings` and
`eventTime` (when given) differ between two runs of the same work.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from voc import __version__
from voc.io.atomic import write_bytes
from voc.io.sources import InputFile, digest_of, input_error

__all__ = ["Dataset", "RunManifest", "config_hash"]

_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_PRODUCER = f"voc/{__version__}"
_NAMESPACE = uuid.UUID("7c2f5d0e-7a55-5d0c-9d5c-6f1f2b3c4d5e")


@dataclass(frozen=True)
class Dataset:
    """A table that was read or written."""

    name: str
    """Path or redacted database URL."""
    bytes: int = 0
    sha256: str = ""
    """64 hex digits; empty for a database table."""
    rows: int | None = None
    quarantined: int | None = None
    columns: tuple[str, ...] = ()

    @classmethod
    def of_file(
        cls, path: str | os.PathLike[str], *, name: str | None = None, rows: int | None = None
    ) -> Dataset:
        """Describe a file by reading it. `name` is shown in place of the path.

        Raises InputError when it cannot be read.
        """
        file = Path(path)
        try:
            with file.open("rb") as stream:
                size, digest = digest_of(cast(BinaryIO, stream))
        except OSError as error:
            raise input_error(error, file) from None
        return cls(name or str(file), size, digest, rows)

    @classmethod
    def of_input(cls, file: InputFile, *, rows: int | None = None, quarantined: int | None = None) -> Dataset:
        """Describe an input that a reader has digested already."""
        return cls(file.path, file.bytes, file.sha256, rows, quarantined)

    def to_dict(self, statistics: str) -> dict[str, Any]:
        """Return the OpenLineage form. `statistics` is `inputStatistics` or `outputStatistics`."""
        facets: dict[str, Any] = {}
        if self.sha256:
            facets["voc_digest"] = {**_facet(), "sha256": self.sha256}
        if self.columns:
            facets["schema"] = {**_facet(), "fields": [{"name": name} for name in self.columns]}
        counts = {"rowCount": self.rows, "size": self.bytes or None, "voc_quarantined": self.quarantined}
        own = {key: value for key, value in counts.items() if value is not None}
        side = "inputFacets" if statistics == "inputStatistics" else "outputFacets"
        return {
            "namespace": "file" if self.sha256 else "database",
            "name": self.name,
            "facets": facets,
            side: {statistics: {**_facet(), **own}},
        }


@dataclass(frozen=True)
class RunManifest:
    """Everything that is told about a finished run."""

    job: str
    """Name of the pipeline or command."""
    config: Mapping[str, Any]
    """Settings, as plain JSON values; only their digest is written."""
    inputs: Sequence[Dataset] = ()
    outputs: Sequence[Dataset] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    """Model, lexicon and policy names to their versions or digests."""
    counts: Mapping[str, int] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    """Step name to seconds."""
    notes: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Further facts of the run, as plain JSON values."""
    event_type: str = "COMPLETE"
    """`COMPLETE`, `ABORT` or `FAIL`."""
    event_time: str | None = None
    """ISO 8601; left out when None, so that the file does not depend on the time of day."""

    @property
    def run_id(self) -> str:
        """UUID that follows from the job, its settings, versions, inputs and outputs."""
        parts = {
            "job": self.job,
            "config": config_hash(self.config),
            "versions": dict(self.versions),
            "inputs": [(item.sha256 or item.name) for item in self.inputs],
            "outputs": [(item.sha256 or item.name) for item in self.outputs],
        }
        return str(uuid.uuid5(_NAMESPACE, _canonical(parts)))

    def to_dict(self) -> dict[str, Any]:
        """Return the event as plain JSON values."""
        event: dict[str, Any] = {"eventType": self.event_type}
        if self.event_time is not None:
            event["eventTime"] = self.event_time
        run_facets = {
            "voc_versions": {**_facet(), "voc": __version__, "versions": _sorted(self.versions)},
            "voc_timings": {**_facet(), "seconds": {k: round(v, 3) for k, v in self.timings.items()}},
            "voc_counts": {**_facet(), "counts": dict(self.counts)},
            "voc_notes": {**_facet(), "notes": list(self.notes)},
        }
        if self.facts:
            run_facets["voc_facts"] = {**_facet(), **self.facts}
        return event | {
            "producer": _PRODUCER,
            "schemaURL": _SCHEMA,
            "run": {"runId": self.run_id, "facets": run_facets},
            "job": {
                "namespace": "voc",
                "name": self.job,
                "facets": {"voc_config": {**_facet(), "sha256": config_hash(self.config)}},
            },
            "inputs": _all(self.inputs, "inputStatistics"),
            "outputs": _all(self.outputs, "outputStatistics"),
        }

    def write(self, path: str | os.PathLike[str], *, force: bool = True) -> None:
        """Write the manifest as JSON, whole or not at all."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, indent=2, default=str)
        write_bytes(path, (text + "\n").encode("utf-8"), force=force)


def config_hash(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of settings as 64 hex digits, independent of the order of keys."""
    return hashlib.sha256(_canonical(config).encode("utf-8")).hexdigest()


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _facet() -> dict[str, str]:
    return {"_producer": _PRODUCER, "_schemaURL": _SCHEMA}


def _sorted(values: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(values.items()))


def _all(items: Iterable[Dataset], statistics: str) -> list[dict[str, Any]]:
    return [item.to_dict(statistics) for item in items]
