"""What is installed, which back ends work, and where files are: the facts behind `voc doctor`."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from voc import __version__
from voc.config import resources
from voc.errors import VocError

__all__ = ["Check", "Checkup", "checkup"]

EXTRAS = {
    "onnx": ("onnxruntime",),
    "transformers": ("transformers", "torch", "onnx", "onnxruntime"),
    "spark": ("pyspark",),
    "survival": ("lifelines",),
    "linkage": ("splink",),
    "dp": ("opendp",),
    "experiments": ("tea-tasting",),
    "keyring": ("keyring",),
    "postgres": ("psycopg",),
}
CORE = (
    "pyarrow",
    "duckdb",
    "ibis-framework",
    "presidio-analyzer",
    "cryptography",
    "spacy",
    "rjieba",
    "jieba",
    "snownlp",
    "altair",
)
PROBE = "包装很好，就是等了五天才到，电话13800138000"


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    works: bool
    detail: str
    needed: bool = True
    """Unset for extras: voc works without them."""


@dataclass(frozen=True)
class Checkup:
    """All things looked at."""

    version: str
    python: str
    cores: int
    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """True when everything that voc needs works."""
        return all(check.works for check in self.checks if check.needed)

    def facts(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "healthy": self.healthy}


def checkup() -> Checkup:
    """Look at libraries, back ends, files and extras."""
    checks = [*_libraries(), *_back_ends(), *_files(), *_extras()]
    return Checkup(__version__, platform.python_version(), len(os.sched_getaffinity(0)), tuple(checks))


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _libraries() -> Iterator[Check]:
    for name in CORE:
        version = _installed(name)
        yield Check(name, version is not None, version or "not installed: python -m pip install voc")


def _back_ends() -> Iterator[Check]:
    yield _attempt("masking", _mask_probe)
    for model in ("fast", "snownlp"):
        yield _attempt(f"tagging, model {model}", partial(_tag_probe, model))


def _attempt(name: str, action: Callable[[], str]) -> Check:
    try:
        return Check(name, True, action())
    except VocError as error:
        return Check(name, False, error.message)
    except Exception as error:
        return Check(name, False, f"raises {type(error).__name__}")


def _mask_probe() -> str:
    import pyarrow as pa

    from voc.privacy.policy import load_policy
    from voc.privacy.stage import MaskStage

    policy = load_policy("default")
    batch = pa.record_batch({"text": [PROBE]})
    masked = MaskStage(text_columns=("text",), policy=policy).build()(batch)
    found = masked.column("pii")[0].as_py()
    if [span["entity"] for span in found] != ["CN_MOBILE"]:
        raise VocError("does not find a phone number")
    return f"policy {policy.fingerprint()[:12]}"


def _tag_probe(model: str) -> str:
    import pyarrow as pa

    from voc.privacy.policy import load_policy
    from voc.privacy.stage import MaskStage
    from voc.tagging.stage import TagStage

    masked = MaskStage(text_columns=("text",), policy=load_policy("default")).build()(
        pa.record_batch({"text": [PROBE]})
    )
    stage = TagStage(text_column="text", model=model)
    tags = stage.build()(masked).column("tags")[0].as_py()
    return f"{stage.fingerprint()[:12]}, {len(tags)} tags in the probe"


def _files() -> Iterator[Check]:
    for kind, probe in (("lexicons", "taxonomy.yaml"), ("pipelines", "demo.yaml")):
        finder = resources.lexicon if kind == "lexicons" else resources.pipeline
        yield _attempt(kind, partial(_folder_of, finder, probe))
    yield Check("your own files", True, str(resources.config_home()))
    yield Check("keys", True, str(resources.data_home() / "keys"))


def _folder_of(finder: Callable[[str], Path], name: str) -> str:
    return str(finder(name).parent)


def _extras() -> Iterator[Check]:
    for extra, packages in EXTRAS.items():
        versions = {name: _installed(name) for name in packages}
        works = all(versions.values())
        told = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
        install = f"python -m pip install 'voc[{extra}]'"
        yield Check(f"extra {extra}", works, told if works else install, needed=False)
