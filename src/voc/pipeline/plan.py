"""Turns a pipeline file into an ordered list of steps, without running anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from voc.config import resources
from voc.config.pipeline import CustomersConfig, InputConfig, PipelineConfig, Role
from voc.engine.tables import LocalTables, Tables
from voc.io.manifest import Dataset
from voc.pipeline.causes.effects import effects_table
from voc.pipeline.customers.steps import (
    actions_table,
    cohorts_table,
    exits_table,
    satisfaction_table,
    survival_table,
    value_table,
    warning_table,
)
from voc.pipeline.customers.table import customers_table
from voc.pipeline.feedback import feedback_table, tags_table
from voc.pipeline.history import history_step
from voc.pipeline.reporting import report_step
from voc.pipeline.steps import Step
from voc.pipeline.text import TextRunner, mask_stage, tag_stage

Paths = tuple[Path, ...]

__all__ = ["build_plan", "input_files", "left_out", "versions"]


def build_plan(config: PipelineConfig, runner: TextRunner, tables: Tables | None = None) -> list[Step]:
    """List the steps of a pipeline in the order in which they run.

    `runner` works on text, `tables` on tables: on this machine when not given.
    """
    tables = tables or LocalTables()
    folder = runner.folder
    steps = list(_mask_steps(config, runner))
    if config.tag is None:
        return steps
    steps.extend(_tag_steps(config, runner))
    steps.append(_feedback_step(config, folder, tables))
    steps.append(
        Step(
            "tags",
            (folder / "feedback.parquet",),
            (folder / "tags.parquet",),
            {},
            partial(tags_table, folder),
        )
    )
    if config.history is not None:
        steps.append(history_step(folder, Path(config.history.path)))
    if config.with_role(Role.ORDERS):
        steps.extend(_order_steps(config, folder, tables))
    if config.report is not None:
        steps.append(report_step(config, folder, versions=versions(config)))
    if isinstance(tables, LocalTables):
        return steps
    return [replace(step, apart=False) for step in steps]  # a session stays in its process


def left_out(config: PipelineConfig) -> list[str]:
    """Say which configured stages cannot run because an optional input was not given."""
    if config.with_role(Role.ORDERS) or not (config.customers or config.rootcause):
        return []
    return ["no orders given: customer segments and causes of churn are left out"]


def versions(config: PipelineConfig) -> dict[str, str]:
    """Names and fingerprints of the policy, the model and the taxonomy that a run uses."""
    found = {"policy": mask_stage(config, Role.FEEDBACK).policy.fingerprint()[:12]}
    if config.tag is not None:
        from voc.tagging.taxonomy import load_taxonomy

        found["model"] = f"{config.tag.model} {tag_stage(config).fingerprint()[:12]}"
        found["taxonomy"] = str(load_taxonomy().version)
    return found


def input_files(path: str | Sequence[str]) -> tuple[Path, ...] | None:
    """Files behind an input location, or None when it has no files (a database, standard input)."""
    from voc.io import expand

    return expand(path)


def _mask_steps(config: PipelineConfig, runner: TextRunner) -> Iterator[Step]:
    for name, table in config.inputs.items():
        stage = mask_stage(config, table.role, name)
        files = input_files(table.path)
        yield Step(
            f"mask:{name}",
            files or (),
            (runner.folder / "masked" / f"{name}.parquet",),
            {**_table_settings(table), "mask": stage.fingerprint()},
            partial(runner.mask, name, table, stage),
            cacheable=files is not None,
            apart=False,
        )


def _table_settings(table: InputConfig) -> Mapping[str, Any]:
    return table.model_dump(mode="json", exclude={"path", "optional"})


def _tag_steps(config: PipelineConfig, runner: TextRunner) -> Iterator[Step]:
    stage = tag_stage(config)
    for name in config.with_role(Role.FEEDBACK):
        yield Step(
            f"tag:{name}",
            (runner.folder / "masked" / f"{name}.parquet",),
            (runner.folder / "tagged" / f"{name}.parquet",),
            {"tag": stage.fingerprint()},
            partial(runner.tag, name, stage),
            apart=False,
        )


def _feedback_step(config: PipelineConfig, folder: Path, tables: Tables) -> Step:
    names = list(config.with_role(Role.FEEDBACK))
    return Step(
        "feedback",
        tuple(folder / "tagged" / f"{name}.parquet" for name in names),
        (folder / "feedback.parquet",),
        {"inputs": names},
        partial(feedback_table, folder, names, tables=tables),
    )


def _order_steps(config: PipelineConfig, folder: Path, tables: Tables) -> Iterator[Step]:
    orders = tuple(folder / "masked" / f"{name}.parquet" for name in config.with_role(Role.ORDERS))
    churn = tuple(folder / "masked" / f"{name}.parquet" for name in config.with_role(Role.CHURN))
    if config.customers is not None:
        yield Step(
            "customers",
            orders,
            (folder / "customers.parquet",),
            config.customers.model_dump(mode="json"),
            partial(customers_table, folder, orders, config.customers, tables=tables),
        )
        yield from _customer_steps(config, config.customers, folder, orders, churn, tables=tables)
    if config.rootcause is not None:
        customers = config.customers
        named = [*filter(None, [config.rootcause.tagger_scores]), *config.rootcause.experiments]
        evidence = [file for path in named for file in input_files(path) or ()]
        if customers is not None:
            evidence.append(folder / "clv.parquet")
        yield Step(
            "effects",
            (folder / "tags.parquet", *orders, *churn, *evidence),
            (folder / "effects.parquet", folder / "causes.json"),
            {
                "rootcause": config.rootcause.model_dump(mode="json"),
                "customers": customers.model_dump(mode="json") if customers else None,
            },
            partial(effects_table, folder, orders, churn, config.rootcause, customers, tables=tables),
        )
    if config.customers is not None:
        reads = [folder / "customers.parquet", folder / "clv.parquet"]
        if config.rootcause is not None:
            reads += [folder / "effects.parquet", folder / "causes.json"]
        yield Step(
            "actions",
            tuple(reads),
            (folder / "actions.parquet",),
            _settings(config.customers),
            partial(actions_table, folder, config.customers),
        )


def _customer_steps(
    config: PipelineConfig,
    customers: CustomersConfig,
    folder: Path,
    orders: Paths,
    churn: Paths,
    *,
    tables: Tables,
) -> Iterator[Step]:
    registered = tuple(folder / "masked" / f"{name}.parquet" for name in config.with_role(Role.CUSTOMERS))
    settings = _settings(customers)
    yield Step(
        "cohorts",
        (*orders, *registered),
        (folder / "cohorts.parquet",),
        settings,
        partial(cohorts_table, folder, orders, registered, customers, tables=tables),
    )
    yield Step(
        "value",
        orders,
        (folder / "clv.parquet",),
        settings,
        partial(value_table, folder, orders, customers, tables=tables),
    )
    yield Step(
        "risk",
        (folder / "tags.parquet", *orders, *churn),
        (folder / "risk.parquet",),
        settings,
        partial(warning_table, folder, orders, churn, customers, tables=tables),
    )
    yield Step(
        "survival",
        (folder / "tags.parquet", *orders, *churn),
        (folder / "survival.parquet",),
        settings,
        partial(survival_table, folder, orders, churn, customers, tables=tables),
    )
    if customers.exit_reason is not None and churn:
        yield Step(
            "exits",
            (*orders, *churn),
            (folder / "exits.parquet",),
            settings,
            partial(exits_table, folder, orders, churn, customers, customers.exit_reason, tables=tables),
        )
    yield Step(
        "satisfaction",
        (folder / "feedback.parquet", folder / "customers.parquet"),
        (folder / "satisfaction.parquet",),
        settings,
        partial(satisfaction_table, folder, customers, tables=tables),
    )


def _settings(customers: CustomersConfig) -> dict[str, Any]:
    settings = customers.model_dump(mode="json")
    rules = Path(customers.actions) if customers.actions else resources.lexicon("customers/actions.yaml")
    settings["rules"] = Dataset.of_file(rules).sha256 if rules.is_file() else None
    return settings
