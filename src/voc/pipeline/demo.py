"""The demonstration: a sample company with known truth, and the whole job run on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from voc.config import resources
from voc.config.pipeline import load_pipeline
from voc.errors import OutputExistsError
from voc.how_many import how_many
from voc.pipeline.result import RunResult
from voc.pipeline.run import run_pipeline

if TYPE_CHECKING:
    from voc.engine.progress import Progress

__all__ = ["run_demo"]


def run_demo(
    out: Path,
    *,
    customers: int,
    seed: int,
    lang: str = "zh",
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> RunResult:
    """Write the sample company to `out/company` and run `demo.yaml` on it into `out/run`.

    A folder that holds the sample company of the same size and seed is used again.

    Raises
    ------
    OutputExistsError
        When the folder holds anything else.
    """
    company = out / "company"
    if not _is_same_company(company, customers, seed) or force:
        _write_company(out, company, customers, seed, force=force, progress=progress)
        tell(f"sample company of {how_many(customers, 'customer')} in {company}")
    settings = [f"data={company}", f"out={out / 'run'}", f"report.lang={lang}"]
    config = load_pipeline(resources.pipeline("demo.yaml"), settings)
    return run_pipeline(config, workers=workers, force=force, progress=progress, tell=tell)


def _write_company(
    out: Path, company: Path, customers: int, seed: int, *, force: bool, progress: Progress | None
) -> None:
    from voc.io.atomic import telling_output_errors
    from voc.simulator.company import write_company

    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not force:
        raise OutputExistsError(str(out))
    with telling_output_errors(str(company)):
        company.mkdir(parents=True, exist_ok=True)
    write_company(company, customers=customers, seed=seed, progress=progress)


def _is_same_company(company: Path, customers: int, seed: int) -> bool:
    try:
        truth = json.loads((company / "truth.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(len(truth.get("customers", ())) == customers and truth.get("seed") == seed)
