"""One person behind several accounts."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.customers.identity import IdentityLimits, Resolution, resolve_identity
from voc.customers.linkage import fuzzy_links
from voc.errors import ColumnError, UsageError


def uses(*rows: tuple[object, ...]) -> pa.Table:
    """Rows of account, kind, identifier[, first seen, last seen]."""
    padded = [(*row, None, None)[:5] for row in rows]
    columns = [list(column) for column in zip(*padded, strict=True)]
    times = [
        pa.array([t and datetime.fromisoformat(t) for t in column], pa.timestamp("us"))
        for column in columns[3:]
    ]
    texts = [pa.array(column, pa.string()) for column in columns[:3]]
    return pa.table([*texts, *times], names=["account", "kind", "identifier", "first_seen", "last_seen"])


def persons(found: Resolution) -> dict[str, str]:
    return dict(zip(found.table["account"].to_pylist(), found.table["person"].to_pylist(), strict=True))


def test_accounts_hang_together_over_several_identifiers():
    found = resolve_identity(
        uses(
            ("b", "phone", "p1"),
            ("a", "phone", "p1"),
            ("a", "email", "e1"),
            ("c", "email", "e1"),
            ("d", "phone", "p2"),
        )
    )
    assert persons(found) == {"a": "a", "b": "a", "c": "a", "d": "d"}
    assert found.table["linked_by"].to_pylist() == [["email", "phone"], ["phone"], ["email"], []]
    assert (found.counts.accounts, found.counts.persons, found.counts.merged_accounts) == (4, 2, 3)


def test_equal_values_of_two_kinds_and_blanks_link_nobody():
    found = resolve_identity(
        uses(
            ("a", "phone", "1"),
            ("b", "qq", "1"),
            ("c", "phone", ""),
            ("d", "phone", " "),
            ("e", "phone", None),
            ("f", "phone", None),
        )
    )
    assert len(set(persons(found).values())) == 6


def test_phone_of_the_counter_is_quarantined_and_told():
    rows = [(f"a{n}", "phone", "counter") for n in range(6)]
    found = resolve_identity(uses(*rows), limits=IdentityLimits(max_accounts=5))
    assert (found.counts.persons, found.counts.quarantined) == (6, 1)
    assert resolve_identity(uses(*rows[:5])).counts.persons == 1


def test_component_that_grew_too_large_is_left_unmerged():
    chain = [
        row for n in range(12) for row in ((f"a{n:02}", "phone", f"p{n}"), (f"a{n + 1:02}", "phone", f"p{n}"))
    ]
    found = resolve_identity(uses(*chain, ("x", "email", "e"), ("y", "email", "e")))
    assert (found.counts.oversized, found.counts.oversized_accounts) == (1, 13)
    assert persons(found)["a05"] == "a05"
    assert persons(found)["y"] == "x"


def test_number_that_was_handed_on_links_nobody():
    old, new = (
        ("a", "phone", "p", "2019-01-01", "2020-06-30"),
        ("b", "phone", "p", "2021-03-01", "2024-01-01"),
    )
    found = resolve_identity(uses(old, new))
    assert (found.counts.persons, found.counts.recycled) == (2, 1)
    close = ("b", "phone", "p", "2020-08-01", "2024-01-01")
    assert resolve_identity(uses(old, close)).counts.persons == 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 12)), min_size=1, max_size=40), st.randoms())
def test_map_is_whole_and_does_not_hang_on_the_order_of_rows(rows, random):
    table = [(f"a{who:02}", "phone", f"p{what}") for who, what in rows]
    found = resolve_identity(uses(*table))
    shuffled = table.copy()
    random.shuffle(shuffled)
    assert resolve_identity(uses(*shuffled)).table.equals(found.table)
    assert found.table["account"].to_pylist() == sorted({row[0] for row in table})
    map_ = persons(found)
    assert all(map_[person] == person for person in map_.values())


def test_wrong_use_is_told():
    with pytest.raises(ColumnError, match="identifier"):
        resolve_identity(uses(("a", "phone", "p")).rename_columns(["account", "kind", "identifer", "x", "y"]))
    with pytest.raises(UsageError, match="2 or more"):
        resolve_identity(uses(("a", "phone", "p")), limits=IdentityLimits(max_accounts=1))


@pytest.mark.filterwarnings("ignore")
def test_weak_agreements_together_make_one_person():
    pytest.importorskip("splink")
    import numpy as np

    rng = np.random.default_rng(1)
    n = 600
    facts = {
        "name": [f"n{v}" for v in rng.integers(0, 250, n)],
        "birth": [f"b{v}" for v in rng.integers(0, 300, n)],
        "region": [f"r{v}" for v in rng.integers(0, 30, n)],
        "street": [f"s{v}" for v in rng.integers(0, 400, n)],
    }
    for name, values in facts.items():  # the last hundred repeat the first hundred, a part of it changed
        copied = values[:100]
        values[-100:] = [v if rng.random() < 0.9 else f"{name}-other" for v in copied]
    accounts = pa.table({"account": [f"a{i:03}" for i in range(n)], **facts})
    links = fuzzy_links(accounts, list(facts), min_probability=0.9)
    true = {(f"a{i:03}", f"a{n - 100 + i:03}") for i in range(100)}
    hits = {(link.first, link.second) for link in links}
    assert len(hits & true) >= 70
    assert len(hits - true) <= 0.1 * len(hits)
    uses_ = pa.table(
        {"account": accounts["account"], "kind": ["phone"] * n, "identifier": pa.nulls(n, pa.string())}
    )
    merged = resolve_identity(uses_, links=[(link.first, link.second) for link in links])
    assert merged.counts.persons < n - 60
    with pytest.raises(UsageError, match="three columns"):
        fuzzy_links(accounts, ["name"])
