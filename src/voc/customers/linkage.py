"""Fuzzy linkage of accounts by splink: several weak agreements make one person (extra `linkage`).

Columns are keyed pseudonyms or coarse facts (region, year of birth), compared for equality with weights by
how rare the common value is, after Fellegi and Sunter (1969). The weights are estimated without labels.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from voc.errors import ColumnError, MissingExtraError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Link", "fuzzy_links"]


class Link(NamedTuple):
    """Two accounts that are likely one person."""

    first: str
    second: str
    probability: float


def fuzzy_links(
    accounts: pa.Table, columns: Sequence[str], *, min_probability: float = 0.95, seed: int = 1
) -> tuple[Link, ...]:
    """Return pairs of accounts that agree in enough of `columns`.

    Parameters
    ----------
    accounts
        `account`, unique, and `columns`; null where a value is not known.
    columns
        Three or more columns that say little of one another. Pairs are looked at where two of them agree.
    min_probability
        Least probability of a match.

    Raises
    ------
    MissingExtraError
        When splink is not installed.
    ColumnError, UsageError
        When a column is missing, or there are too few.
    """
    try:
        import splink.comparison_library as comparisons
        from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    except ImportError:
        raise MissingExtraError("splink", "linkage") from None
    if len(columns) < 3:
        raise UsageError(f"three columns or more are needed, not {len(columns)}", where="fuzzy linkage")
    for name in ("account", *columns):
        if name not in accounts.column_names:
            raise ColumnError.missing(name, accounts.column_names, where="fuzzy linkage")
    pairs = [(a, b) for i, a in enumerate(columns) for b in columns[i + 1 :]]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="account",
        comparisons=[
            comparisons.ExactMatch(name).configure(term_frequency_adjustments=True) for name in columns
        ],
        blocking_rules_to_generate_predictions=[block_on(a, b) for a, b in pairs],
    )
    api = DuckDBAPI()
    frame = accounts.select(["account", *columns]).to_pandas()
    linker = Linker(api.register(frame), settings, log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=seed)
    for a, b in (pairs[0], pairs[-1]):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(a, b))
    found = linker.inference.predict(threshold_match_probability=min_probability).as_record_list()
    links = (Link(str(r["account_l"]), str(r["account_r"]), float(r["match_probability"])) for r in found)
    return tuple(sorted(links))
