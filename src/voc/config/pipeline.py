"""The pipeline file: inputs with their columns, what to do with them, and what comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from voc.config.loader import read_yaml, validate
from voc.errors import ConfigError, Fault, UsageError, nearest

__all__ = [
    "ChurnConfig",
    "CustomersConfig",
    "HistoryConfig",
    "InputConfig",
    "MaskConfig",
    "NoiseConfig",
    "PipelineConfig",
    "ReportConfig",
    "RfmConfig",
    "Role",
    "RootCauseConfig",
    "TagConfig",
    "load_pipeline",
]

_NAME = re.compile(r"[A-Za-z0-9_\-]{1,64}")


class Role(StrEnum):
    """What a table holds."""

    FEEDBACK = "feedback"
    ORDERS = "orders"
    CUSTOMERS = "customers"
    CHURN = "churn"


def _names(value: str | list[str]) -> str | list[str]:
    if isinstance(value, list) and not value:
        raise ValueError("expected at least one column name")
    return value


ColumnNames = Annotated[str | list[str], AfterValidator(_names)]
"""A column of the input, or several candidates of which the first that is there is taken."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputConfig(_Section):
    """One input table."""

    role: Role
    path: str | list[str]
    """File, folder, glob, database URL with `::table`, or a list of files."""
    columns: dict[str, ColumnNames] = Field(default_factory=dict)
    """voc's column name to the input's, or to a list of candidates."""
    keep: list[str] = Field(default_factory=list)
    """Further columns to take along under their own names; all others are left out."""
    constants: dict[str, str] = Field(default_factory=dict)
    """Columns filled with one value, for example `channel: 天猫`."""
    optional: bool = False
    """Skip this input when its path is empty."""


class MaskConfig(_Section):
    """Masking of personal information."""

    policy: str = "default"
    """`default`, or a path of a policy file."""
    ner: tuple[str, ...] = ()
    """Installed models that find more names and addresses: `spacy:NAME`, `transformers:PATH`."""
    view: str | None = None


class TagConfig(_Section):
    """Sentiment and complaint tags."""

    model: str = "fast"
    lexicon: str | None = None
    """A TSV of own terms: term, tag, polarity."""


class RfmConfig(_Section):
    """Thresholds of recency, frequency and monetary value."""

    scoring: Literal["thresholds", "quantiles"] = "thresholds"
    """Levels by the thresholds below, or by thirds of the customers."""
    money: Literal["mean_amount", "revenue"] = "mean_amount"
    """What M is: mean amount of an order against that of all orders, or revenue against the mean revenue."""
    window_days: Annotated[int, Field(gt=0)] | None = None
    """Orders of so many days before `as_of` count; all of them when not given."""
    recency_near_days: Annotated[int, Field(ge=0)] = 7
    recency_mid_days: Annotated[int, Field(ge=0)] = 30
    frequency_mid: Annotated[float, Field(gt=0)] = 3.0
    frequency_high: Annotated[float, Field(gt=0)] = 5.0
    money_mid: Annotated[float, Field(gt=0)] = 1.0
    money_high: Annotated[float, Field(gt=0)] = 2.0

    @model_validator(mode="after")
    def _ordered(self) -> RfmConfig:
        if self.recency_near_days > self.recency_mid_days:
            raise ValueError("recency_near_days must not be above recency_mid_days")
        if self.frequency_mid > self.frequency_high:
            raise ValueError("frequency_mid must not be above frequency_high")
        if self.money_mid > self.money_high:
            raise ValueError("money_mid must not be above money_high")
        return self


class CustomersConfig(_Section):
    """Customer tables."""

    as_of: date | None = None
    """Day at which recency is measured; the day of the last order when not given."""
    rfm: RfmConfig = RfmConfig()
    value_months: Annotated[int, Field(ge=1, le=60)] = 12
    """Horizon of lifetime value."""
    margin: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of revenue that counts as value."""
    risk_days: Annotated[int, Field(ge=1)] = 60
    """Early warning looks so many days ahead."""
    survival_days: Annotated[int, Field(ge=30)] = 360
    """Curves of staying follow customers for so many days, or for half of the time that orders cover."""
    inactive_days: Annotated[int, Field(ge=1)] = 180
    """Silence that counts as leaving in curves of staying, where no input has the role `churn`."""
    exit_reason: str | None = None
    """Column of the churn input that says which way a customer left; name it under `keep` of that input."""
    actions: str | None = None
    """File of suggestions by segment and cause; the packed one when not given."""
    min_match_rate: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Stop when a smaller share of the customers of feedback, churn or registration has orders."""


class ChurnConfig(_Section):
    """Where churn comes from."""

    source: Literal["table", "inactivity"] = "inactivity"


class RootCauseConfig(_Section):
    """Design of the churn analysis, in days."""

    churn: ChurnConfig = ChurnConfig()
    exposure_days: Annotated[int, Field(gt=0)] = 30
    gap_days: Annotated[int, Field(ge=0)] = 14
    horizon_days: Annotated[int, Field(gt=0)] = 90
    every_days: Annotated[int, Field(gt=0)] = 30
    min_cell: Annotated[int, Field(ge=1)] = 10
    """Tags with fewer exposed customers are suppressed."""
    min_match_rate: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Stop when a smaller share of the tags belongs to customers with orders."""
    folds: Annotated[int, Field(ge=2)] = 3
    """Of the doubly robust estimate."""
    draws: Annotated[int, Field(ge=20)] = 400
    """Of the bootstrap."""
    permutations: Annotated[int, Field(ge=0)] = 10
    """Runs with complaints dealt to other customers by chance."""
    value_days: Annotated[int, Field(gt=0)] = 365
    """Days over which a customer's value is counted, where it is taken from recent spend."""
    negative_controls: list[str] = Field(default_factory=list)
    """Tags that cannot drive anybody away."""
    tagger_scores: str | None = None
    """A table of tag, precision, recall, n_found, n_true."""
    experiments: list[str] = Field(default_factory=list)
    """Results of `voc abtest`."""


class NoiseConfig(_Section):
    """Figures with differential privacy in the report; needs the extra `dp`."""

    dataset: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
    """Name under which the budget is kept; the budget itself stands in the policy."""
    epsilon: Annotated[float, Field(gt=0, le=10)] = 1.0
    max_groups: Annotated[int, Field(ge=1)] = 3
    """Most complaints that one customer counts in."""


class ReportConfig(_Section):
    """Renderings of the result."""

    title: str | None = None
    lang: Literal["zh", "en"] = "zh"
    formats: tuple[Literal["html", "xlsx", "md"], ...] = ("html", "xlsx", "md")
    min_cell: Annotated[int, Field(ge=1)] = 10
    noise: NoiseConfig | None = None


class HistoryConfig(_Section):
    """Feedback and tags of many runs, by month."""

    path: str
    """Folder to which `feedback/month=2026-01/….parquet` and `tags/month=…` are appended, by `ts`."""


class PipelineConfig(_Section):
    """A whole pipeline file, version 1."""

    version: Literal[1]
    name: str
    vars: dict[str, str] = Field(default_factory=dict)
    """Values for `{name}` in paths and in `tag.model`; `--set name=value` changes them.

    `{here}` is the folder of the file.
    """
    inputs: Annotated[dict[str, InputConfig], Field(min_length=1)]
    mask: MaskConfig = MaskConfig()
    tag: TagConfig | None = None
    customers: CustomersConfig | None = None
    rootcause: RootCauseConfig | None = None
    report: ReportConfig | None = None
    history: HistoryConfig | None = None
    out: str

    @model_validator(mode="after")
    def _coherent(self) -> PipelineConfig:
        problems = [*self._name_problems(), *self._column_problems(), *self._stage_problems()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def with_role(self, role: Role) -> dict[str, InputConfig]:
        """Return the inputs of one role, in the order of the file."""
        return {name: config for name, config in self.inputs.items() if config.role is role}

    def _name_problems(self) -> list[str]:
        names = [name for name in [self.name, *self.inputs] if not _NAME.fullmatch(name)]
        return [f"name {name!r}: use letters, digits, _ and -" for name in names]

    def _column_problems(self) -> list[str]:
        return [
            f"inputs.{name}.columns: a feedback table needs 'text'"
            for name, config in self.with_role(Role.FEEDBACK).items()
            if "text" not in config.columns
        ]

    def _stage_problems(self) -> list[str]:
        problems = []
        if self.tag and not self.with_role(Role.FEEDBACK):
            problems.append("tag: needs an input with role 'feedback'")
        if self.customers and not self.with_role(Role.ORDERS):
            problems.append("customers: needs an input with role 'orders'")
        if self.rootcause and not self.with_role(Role.ORDERS):
            problems.append("rootcause: needs an input with role 'orders'")
        if self.rootcause and not self.tag:
            problems.append("rootcause: needs the stage 'tag'")
        if self.rootcause and self.rootcause.churn.source == "table" and not self.with_role(Role.CHURN):
            problems.append("rootcause.churn.source: 'table' needs an input with role 'churn'")
        if self.report and not self.tag:
            problems.append("report: needs the stage 'tag'")
        if self.history and not self.tag:
            problems.append("history: needs the stage 'tag'")
        return problems


def load_pipeline(path: Path, settings: Sequence[str] = ()) -> PipelineConfig:
    """Load a pipeline file and apply `key=value` settings to it.

    A setting whose key is one of the file's `vars` changes that; any other key is a dotted path such as
    `tag.model=snownlp` or `inputs.reviews.path=a.csv`, its value read as YAML.

    Raises
    ------
    ConfigError
        With every fault of the file.
    UsageError
        For a setting that is no `key=value`.
    """
    document = read_yaml(path)
    _refuse_escapes(document, source=str(path))
    for setting in settings:
        _apply(document, setting)
    config = validate(PipelineConfig, document, source=str(path))
    return _fill_variables(config, here=path.resolve().parent, source=str(path))


def _refuse_escapes(document: Mapping[str, Any], *, source: str) -> None:
    """Refuse a file that would write outside the folder one works in by `..`; `--out` and `--set` may."""
    variables, history = document.get("vars"), document.get("history")
    written = {
        "out": document.get("out"),
        **({"history.path": history.get("path")} if isinstance(history, dict) else {}),
        **({"vars.out": variables.get("out")} if isinstance(variables, dict) else {}),
    }
    faults = [
        Fault(where, "leads out of the folder by '..'", "give the folder with --out, or write it in full")
        for where, value in written.items()
        if isinstance(value, str) and ".." in re.split(r"[/\\\\]", value)
    ]
    if faults:
        raise ConfigError(source, faults)


def _apply(document: dict[str, Any], setting: str) -> None:
    key, separator, value = setting.partition("=")
    if not separator or not key:
        raise UsageError("a setting is written key=value", where="--set", hint="--set tag.model=snownlp")
    variables = document.get("vars")
    if isinstance(variables, dict) and key in variables:
        variables[key] = value
        return
    parts = key.split(".")
    if len(parts) == 1 and key not in PipelineConfig.model_fields:
        known = [*(variables or {}), *PipelineConfig.model_fields]
        near = nearest(key, known)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
        raise UsageError(f"unknown setting {key!r}", where="--set", hint=hint)
    target = document
    for part in parts[:-1]:
        inner = target.setdefault(part, {})
        if not isinstance(inner, dict):
            raise UsageError(f"{part!r} in {key!r} has no keys below it", where="--set")
        target = inner
    try:
        target[parts[-1]] = yaml.safe_load(value)
    except yaml.YAMLError:
        raise UsageError(f"the value of {key!r} is not valid YAML", where="--set") from None


def _fill_variables(config: PipelineConfig, *, here: Path, source: str) -> PipelineConfig:
    variables = {**config.vars, "here": str(here)}
    faults: list[Fault] = []

    def fill(text: str, where: str) -> str:
        missing = [name for name in re.findall(r"\{(\w+)\}", text) if name not in variables]
        faults.extend(
            Fault(where, f"unknown variable {{{name}}}", _variable_hint(name, variables)) for name in missing
        )
        return re.sub(r"\{(\w+)\}", lambda match: variables.get(match[1], match[0]), text)

    inputs = {}
    for name, table in config.inputs.items():
        where = f"inputs.{name}.path"
        filled = (
            fill(table.path, where) if isinstance(table.path, str) else [fill(p, where) for p in table.path]
        )
        if not filled and not table.optional:
            faults.append(Fault(where, "is empty", _empty_path_hint(table.path)))
        if filled or not table.optional:
            inputs[name] = table.model_copy(update={"path": filled})
    mask = config.mask.model_copy(update={"policy": fill(config.mask.policy, "mask.policy")})
    tag = config.tag and config.tag.model_copy(
        update={
            "model": fill(config.tag.model, "tag.model"),
            "lexicon": config.tag.lexicon and fill(config.tag.lexicon, "tag.lexicon"),
        }
    )
    out = fill(config.out, "out")
    history = config.history and HistoryConfig(path=fill(config.history.path, "history.path"))
    if faults:
        raise ConfigError(source, faults)
    return config.model_copy(
        update={"inputs": inputs, "mask": mask, "tag": tag, "out": out, "history": history}
    )


def _variable_hint(name: str, variables: Mapping[str, str]) -> str:
    near = nearest(name, variables)
    return f"did you mean {{{near}}}?" if near else f"known: {', '.join(variables)}"


def _empty_path_hint(path: str | list[str]) -> str | None:
    names = re.findall(r"\{(\w+)\}", path) if isinstance(path, str) else []
    return f"give --set {names[0]}=FILE" if names else None
