"""Reads an A/B test: difference with interval, sample-ratio check, CUPED, and what could have been seen.

The statistics are those of tea-tasting: Welch's t-test, variance reduction by a covariate measured before the
test (CUPED; Deng et al. 2013), and the check that the groups have the sizes they were meant to have (Fabijan
et al. 2019).

References
----------
Deng, A., Xu, Y., Kohavi, R. and Walker, T. (2013), Improving the sensitivity of online controlled
experiments by utilizing pre-experiment data. WSDM 2013, 123–132.
Fabijan, A. et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments. KDD 2019.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from voc.errors import ColumnError, InputError, MissingExtraError, UsageError
from voc.how_many import how_many

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AbTest", "read_ab_test"]

SAMPLE_RATIO_ALPHA = 0.001
"""Below this p-value the groups have not the sizes they should have, and nothing else is to be believed."""


class AbTest(NamedTuple):
    """What an A/B test shows. Effects are variant less control."""

    control: str
    variant: str
    n_control: int
    n_variant: int
    control_mean: float
    """Adjusted for the covariate, where there is one."""
    variant_mean: float
    effect: float
    effect_ci_lower: float
    effect_ci_upper: float
    rel_effect: float
    """Effect over the control mean."""
    rel_effect_ci_lower: float
    rel_effect_ci_upper: float
    p_value: float
    covariate: str | None
    sample_ratio_p: float
    """Of the groups having the sizes they were meant to have."""
    sample_ratio_ok: bool
    detectable: float
    """Smallest effect, either way, that a test of this size would have seen in four of five cases."""
    rows_left_out: int
    """Rows without variant, outcome or covariate."""
    better: str
    """`lower` or `higher`: which outcome is the good one."""

    @property
    def supports_cause(self) -> bool:
        """Whether the variant did better beyond doubt, in a test whose groups are as they should be."""
        improved = self.effect_ci_upper < 0 if self.better == "lower" else self.effect_ci_lower > 0
        return self.sample_ratio_ok and improved


def read_ab_test(
    table: pa.Table,
    *,
    variant: str,
    outcome: str,
    covariate: str | None = None,
    control: str | None = None,
    ratio: float = 1.0,
    level: float = 0.95,
    better: str = "lower",
) -> AbTest:
    """Read an A/B test with one row for each customer.

    Parameters
    ----------
    table
        One row for each randomised customer.
    variant
        Column that names the group; there must be two.
    outcome
        Column of the outcome: a number, or true and false.
    covariate
        Column of something measured before the test that goes along with the outcome.
    control
        Name of the control group; the first by name when not given.
    ratio
        Customers that were to get the variant, for each of the control.
    level
        Level of the intervals.
    better
        `lower` where a low outcome is good (churn), `higher` where a high one is (spend).

    Raises
    ------
    MissingExtraError
        When tea-tasting is not installed.
    ColumnError
        When a column is missing.
    InputError
        When there are not two groups of two customers or more, or a cell is no number.
    """
    tea = _tea_tasting()
    if better not in ("lower", "higher"):
        raise UsageError(f"better is 'lower' or 'higher', not {better!r}")
    rows, left_out = _rows(table, variant, outcome, covariate)
    groups = sorted(rows["variant"].unique())
    first = control if control is not None else (groups[0] if groups else "")
    if len(groups) != 2 or first not in groups:
        raise InputError(
            f"{how_many(len(groups), 'group')}, expected two" if len(groups) != 2 else f"no group {first!r}",
            where=f"column {variant!r}",
            hint="filter the table to control and one variant",
        )
    other = next(group for group in groups if group != first)
    sizes = rows["variant"].value_counts()
    if sizes.min() < 2:
        raise InputError("a group has fewer than two customers", where=f"column {variant!r}")
    name = None if covariate is None else "covariate"
    experiment = tea.Experiment(
        sizes=tea.SampleRatio({first: 1.0, other: ratio}),
        outcome=tea.Mean("outcome", name, confidence_level=level, alpha=1 - level, power=0.8, ratio=ratio),
    )
    found = experiment.analyze(rows, control=first)
    mean, split = found["outcome"], found["sizes"]
    power = experiment.solve_power(rows, "effect_size")["outcome"][0]
    return AbTest(
        control=str(first),
        variant=str(other),
        n_control=int(sizes[first]),
        n_variant=int(sizes[other]),
        control_mean=float(mean.control),
        variant_mean=float(mean.treatment),
        effect=float(mean.effect_size),
        effect_ci_lower=float(mean.effect_size_ci_lower),
        effect_ci_upper=float(mean.effect_size_ci_upper),
        rel_effect=float(mean.rel_effect_size),
        rel_effect_ci_lower=float(mean.rel_effect_size_ci_lower),
        rel_effect_ci_upper=float(mean.rel_effect_size_ci_upper),
        p_value=float(mean.pvalue),
        covariate=covariate,
        sample_ratio_p=float(split.pvalue),
        sample_ratio_ok=bool(split.pvalue >= SAMPLE_RATIO_ALPHA),
        detectable=abs(float(power.effect_size)),
        rows_left_out=left_out,
        better=better,
    )


def _tea_tasting() -> Any:  # noqa: ANN401 - a module
    try:
        import tea_tasting
    except ImportError:
        raise MissingExtraError("tea-tasting, which reads A/B tests,", "experiments") from None
    return tea_tasting


def _rows(table: pa.Table, variant: str, outcome: str, covariate: str | None) -> tuple[Any, int]:
    """Return the columns as a data frame of numbers, and how many rows lack one."""
    import pandas as pd

    wanted = {"variant": variant, "outcome": outcome} | ({"covariate": covariate} if covariate else {})
    for name in wanted.values():
        if name not in table.column_names:
            raise ColumnError.missing(name, table.column_names, where="A/B test")
    frame = pd.DataFrame({ours: table[theirs].to_pandas() for ours, theirs in wanted.items()})
    complete = frame.dropna()
    complete = complete.assign(variant=complete["variant"].astype(str))
    truth = {"true": 1, "false": 0, "是": 1, "否": 0}
    for ours in [name for name in wanted if name != "variant"]:
        plain = complete[ours].map(lambda cell: truth.get(str(cell).strip().lower(), cell))
        numbers = pd.to_numeric(plain, errors="coerce")
        if numbers.isna().any():
            row = int(numbers.index[numbers.isna()][0])
            hint = "mend the cell, or empty it: customers without a number are left out and counted"
            raise InputError("is no number", where=f"column {wanted[ours]!r}, row {row}", hint=hint)
        complete[ours] = numbers.astype("float64")
    return complete, len(frame) - len(complete)
