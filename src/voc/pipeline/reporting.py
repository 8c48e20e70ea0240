"""Gathers what a run wrote into a report, and renders it; renders a finished run again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc import __version__
from voc.config import resources
from voc.config.pipeline import PipelineConfig, ReportConfig, Role
from voc.errors import InputError
from voc.pipeline.steps import Ledger, Step, StepResult
from voc.pipeline.text import mask_policy

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from voc.report.model import NoisyFigures

__all__ = ["render_again", "report_on_causes", "report_step"]

_CUSTOMER_TABLES = ("customers", "cohorts", "survival", "clv", "risk", "satisfaction", "actions")
_WITH_FACTS = ("cohorts", "survival", "value", "satisfaction", "risk")
"""Steps that find something besides their table."""
_SUFFIX = {"html": "report.html", "xlsx": "report.xlsx", "md": "report.md"}


def report_step(config: PipelineConfig, folder: Path, *, versions: Mapping[str, str]) -> Step:
    """Plan the report of a run. `versions` names policy, model and taxonomy."""
    assert config.report is not None
    with_orders = bool(config.with_role(Role.ORDERS))
    reads = [folder / "feedback.parquet", folder / "tags.parquet"]
    if with_orders and config.customers is not None:
        reads += [folder / f"{name}.parquet" for name in _customer_names(config)]
    if with_orders and config.rootcause is not None:
        reads += [folder / "effects.parquet", folder / "causes.json"]
    masked = [folder / "masked" / f"{name}.parquet" for name in config.inputs]
    writes = [folder / "report.json", *(folder / _SUFFIX[name] for name in config.report.formats)]
    settings = {"report": config.report.model_dump(mode="json"), "versions": dict(versions)}
    action = partial(_write_report, config, config.report, folder, dict(versions))
    return Step("report", (*reads, *masked), tuple(writes), settings, action)


def render_again(folder: Path, *, lang: str, formats: Sequence[str]) -> list[Path]:
    """Render the `report.json` of a finished run. Returns the files written.

    Raises
    ------
    InputError
        When the folder holds no report.
    """
    from voc.report.model import load_report
    from voc.report.render import render

    source = folder / "report.json"
    if not source.is_file():
        hint = "give the folder of a finished run, the one that `voc run` printed"
        raise InputError("no report.json", where=str(folder), hint=hint)
    return render(load_report(source), folder, formats=tuple(formats), lang=lang)


def report_on_causes(tags: ir.Table, output: Path, *, min_cell: int, lang: str) -> Path:
    """Report on complaints and on the effects in the folder `output`. Returns the HTML file.

    Parameters
    ----------
    tags
        feedback_id, customer_key, ts, tag, polarity.
    """
    from voc.io import open_sink
    from voc.report.build import build_report
    from voc.report.model import Versions
    from voc.report.render import render
    from voc.report.sources import ReportInputs

    scratch = output / ".voc"
    scratch.mkdir(exist_ok=True)
    keyed = tags.mutate(feedback_id=tags.feedback_id.cast("string"))
    feedback = keyed.group_by("feedback_id").agg(customer_key=keyed.customer_key.min(), ts=keyed.ts.min())
    for name, table in (("feedback", feedback.order_by("feedback_id")), ("tags", keyed)):
        rows = table.to_pyarrow()
        with open_sink(str(scratch / f"{name}.parquet"), rows.schema, force=True) as sink:
            for batch in rows.to_batches():
                sink.write(batch)
    inputs = ReportInputs(
        tagged=[scratch / "feedback.parquet"],
        tags=scratch / "tags.parquet",
        effects=output / "effects.parquet",
        causes=output / "causes.json",
        versions=Versions(voc=__version__),
        min_cell=min_cell,
    )
    render(build_report(inputs), output, formats=("json", "html", "xlsx", "md"), lang=lang)
    return output / "report.html"


def _write_report(
    config: PipelineConfig, settings: ReportConfig, folder: Path, versions: Mapping[str, str]
) -> StepResult:
    from voc.report.build import build_report
    from voc.report.model import Versions
    from voc.report.render import render
    from voc.report.sources import ReportInputs

    def present(name: str) -> Path | None:
        path = folder / name
        return path if path.is_file() else None

    with_orders = bool(config.with_role(Role.ORDERS))
    churn = [folder / "masked" / f"{name}.parquet" for name in config.with_role(Role.CHURN)]
    others = [name for name, table in config.inputs.items() if table.role is not Role.FEEDBACK]
    report = build_report(
        ReportInputs(
            tagged=[folder / "feedback.parquet"],
            tags=present("tags.parquet"),
            customers=present("customers.parquet") if with_orders and config.customers else None,
            churn=churn[0] if churn else None,
            effects=present("effects.parquet") if with_orders and config.rootcause else None,
            causes=present("causes.json") if with_orders and config.rootcause else None,
            customer_tables=_customer_tables(config, folder),
            customer_facts=_customer_facts(config, folder),
            quality=_quality(config, folder),
            masked=[folder / "masked" / f"{name}.parquet" for name in others],
            kept=mask_policy(config).kept_in_texts,
            versions=Versions(voc=__version__, **versions),
            title=settings.title,
            taxonomy=resources.lexicon("taxonomy.yaml"),
            min_cell=settings.min_cell,
            noisy=_noisy(config, settings, folder),
        )
    )
    written = render(report, folder, formats=("json", *settings.formats), lang=settings.lang)
    return StepResult(rows_in=report.headline.rows, rows_out=len(written))


def _customer_names(config: PipelineConfig) -> tuple[str, ...]:
    """Tables of customers that the steps of this pipeline write."""
    assert config.customers is not None
    exits = config.customers.exit_reason is not None and config.with_role(Role.CHURN)
    return (*_CUSTOMER_TABLES, "exits") if exits else _CUSTOMER_TABLES


def _customer_tables(config: PipelineConfig, folder: Path) -> dict[str, Path]:
    if config.customers is None or not config.with_role(Role.ORDERS):
        return {}
    paths = {name: folder / f"{name}.parquet" for name in _customer_names(config)}
    return {name: path for name, path in paths.items() if path.is_file()}


def _customer_facts(config: PipelineConfig, folder: Path) -> dict[str, Mapping[str, Any]]:
    """What the steps of customers found besides their tables, from the ledger."""
    if config.customers is None or not config.with_role(Role.ORDERS):
        return {}
    results = Ledger(folder).results()
    return {name: results[name].facts for name in _WITH_FACTS if name in results}


def _noisy(config: PipelineConfig, settings: ReportConfig, folder: Path) -> NoisyFigures | None:
    """Count customers by complaint with noise, charged to the budget, where the pipeline asks for it."""
    if settings.noise is None:
        return None
    from voc.pipeline.protection.private_figures import private_complaints

    return private_complaints(
        folder / "tags.parquet",
        folder / "customers.parquet",
        settings.noise,
        policy=config.mask.policy,
    )


def _quality(config: PipelineConfig, folder: Path) -> dict[str, dict[str, Any]]:
    """How each input was read, from the ledger and the quarantine files."""
    results = Ledger(folder).results()
    feedback = results.get("feedback")
    repeats = feedback.facts.get("duplicates", {}) if feedback else {}
    quality = {}
    for name, table in config.inputs.items():
        read = results.get(f"mask:{name}", StepResult())
        quality[name] = {
            "role": table.role.value,
            "rows_read": read.rows_in,
            "rows_kept": read.rows_out,
            "quarantined": read.quarantined,
            "reasons": _reasons(folder / "quarantine" / f"{name}.jsonl"),
            "duplicates": repeats.get(name),
            "notes": read.notes,
        }
    return quality


def _reasons(path: Path) -> dict[str, int]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as lines:
        found = Counter(str(json.loads(line).get("reason", "")) for line in lines)
    return dict(sorted(found.items()))
