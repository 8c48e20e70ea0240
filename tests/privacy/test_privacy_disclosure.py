"""Tables that leave: nothing hidden can be worked out, groups are crowds, noise is what it says."""

from __future__ import annotations

import itertools
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.errors import GateError, InputError, UsageError
from voc.privacy.disclosure.anonymity import Demand, keep_crowds, measure
from voc.privacy.disclosure.budget import BudgetLedger
from voc.privacy.disclosure.grade import Grade, grade
from voc.privacy.disclosure.noise import bounded, noisy_counts, noisy_rate, noisy_sums
from voc.privacy.disclosure.suppression import Reason, Rule, protect
from voc.privacy.disclosure.traces import quasi_columns

# suppression


def test_a_small_cell_takes_others_with_it_so_that_totals_do_not_tell() -> None:
    done = protect(np.array([[50.0, 3.0, 40.0], [60.0, 70.0, 80.0], [30.0, 20.0, 90.0]]))
    assert done.reasons[0][1] is Reason.SMALL
    hidden = np.isnan(done.values)
    # a line with one hidden cell would give it away
    assert all(line.sum() != 1 for line in [*hidden, *hidden.T])
    assert done.values[3, 3] == 443


def test_zero_and_large_cells_are_shown() -> None:
    done = protect(np.array([[0.0, 50.0], [60.0, 70.0]]))
    assert done.hidden == 0
    assert done.values.tolist() == [[0, 50, 50], [60, 70, 130], [60, 120, 180]]


def test_a_dominated_cell_is_hidden() -> None:
    persons = np.full((2, 2), 40.0)
    amounts = np.array([[1000.0, 900.0], [800.0, 950.0]])
    largest = [[[800.0, 100.0], [50.0, 40.0]], [[60.0, 50.0], [30.0, 20.0]]]
    done = protect(persons, Rule(dominance_n=2, dominance_k=0.85), values=amounts, largest=largest)
    assert done.reasons[0][0] is Reason.DOMINATED
    assert done.hidden >= 4


def test_a_single_column_hides_two() -> None:
    done = protect(np.array([[3.0], [40.0], [50.0]]))
    assert done.reasons[0][0] is Reason.SMALL
    assert done.reasons[1][0] is Reason.COMPLEMENT
    assert done.values.shape == (4, 1)


def test_rounding() -> None:
    done = protect(np.array([[52.0, 61.0], [77.0, 48.0]]), Rule(round_to=5))
    assert (done.values % 5 == 0).all()


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 4).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 40), min_size=columns, max_size=columns), min_size=2, max_size=4
        )
    )
)
def test_no_hidden_small_cell_is_the_only_one_that_fits(rows: list[list[int]]) -> None:
    """Independent of the audit inside: solve the published equations for every hidden cell."""
    table = np.array(rows, dtype=float)
    done = protect(table)
    for place in itertools.product(range(table.shape[0]), range(table.shape[1])):
        if 0 < table[place] < 10:
            assert np.isnan(done.values[place])
            assert not determined(done.values, place)


def determined(values: np.ndarray, cell: tuple[int, int]) -> bool:
    """Whether the equations of the totals alone fix a hidden cell: is its unit vector in their row space?"""
    hidden = [tuple(place) for place in np.argwhere(np.isnan(values))]
    equations = []
    for i in range(values.shape[0]):
        line = [(i, j) for j in range(values.shape[1])]
        equations.append([1.0 if p in line[:-1] else -1.0 if p == line[-1] else 0.0 for p in hidden])
    for j in range(values.shape[1]):
        line = [(i, j) for i in range(values.shape[0])]
        equations.append([1.0 if p in line[:-1] else -1.0 if p == line[-1] else 0.0 for p in hidden])
    matrix = np.array(equations)
    unit = np.array([1.0 if place == cell else 0.0 for place in hidden])
    rank = np.linalg.matrix_rank(matrix)
    return bool(np.linalg.matrix_rank(np.vstack([matrix, unit])) == rank)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(UsageError):
        protect(np.array([[-1.0]]))
    with pytest.raises(UsageError):
        Rule(min_cell=0)


# anonymity


def rows(**columns: list[object]) -> ibis.Table:
    return ibis.memtable(pa.table(columns))


def test_k_and_l_against_a_count_by_hand() -> None:
    """The table of Machanavajjhala et al. (2007), figure 2, is 4-anonymous, and one group has one disease."""
    table = rows(
        zip=["130**"] * 4 + ["1485*"] * 4 + ["130**"] * 4,
        age=["<30"] * 4 + [">=40"] * 4 + ["3*"] * 4,
        disease=["Heart", "Heart", "Viral", "Viral", "Cancer", "Heart", "Viral", "Viral"] + ["Cancer"] * 4,
    )
    found = measure(table, Demand(("zip", "age"), k=4, diversity=2, sensitive="disease"))
    assert (found.k, found.diversity, found.groups) == (4, 1, 3)
    assert (found.offending_groups, found.offending_rows) == (1, 4)
    assert found.risk == pytest.approx(0.25)
    assert not found.holds
    assert keep_crowds(table, Demand(("zip", "age"), 4, 2, "disease")).count().to_pyarrow().as_py() == 8


def test_many_rows_of_one_person_are_no_crowd() -> None:
    table = rows(city=["杭州"] * 20, customer_key=["a"] * 20)
    assert measure(table, Demand(("city",), k=5)).k == 20
    assert measure(table, Demand(("city",), k=5, person="customer_key")).k == 1


def test_null_is_a_value() -> None:
    table = rows(city=[None, None, "杭州", "杭州", "杭州"])
    found = measure(table, Demand(("city",), k=3))
    assert (found.groups, found.k) == (2, 2)
    assert keep_crowds(table, Demand(("city",), k=3)).count().to_pyarrow().as_py() == 3


def test_partial_masks_and_places_are_quasi_identifiers() -> None:
    table = rows(
        电话=["138****5678", "139****0000", None],
        姓名=["王*明", "李**", "赵*"],
        城市=["杭州", "北京", "上海"],
        评分=[1, 2, 3],
        标签=["物流", "质量", "客服"],
    )
    assert quasi_columns(table) == ("电话", "姓名", "城市")


def test_grades() -> None:
    crowd = measure(rows(city=["杭州"] * 12), Demand(("city",), k=10))
    alone = measure(rows(city=["杭州", "北京"]), Demand(("city",), k=10))
    assert grade(("手机",), crowd).grade is Grade.DIRECT
    assert grade((), alone).grade is Grade.RISKY
    assert grade((), crowd).grade is Grade.ACCEPTABLE
    assert grade((), None).grade is Grade.AGGREGATE


# noise


def test_counts_have_the_noise_that_epsilon_says() -> None:
    """Discrete Laplace of scale groups / epsilon: its variance and the coverage of the interval."""
    pytest.importorskip("opendp")
    epsilon, groups, draws = 0.5, 2, 4000
    found = noisy_counts([100] * draws, epsilon=epsilon, groups=groups)
    noise = np.array([figure.value for figure in found]) - 100
    scale = groups / epsilon
    ratio = np.exp(-1 / scale)
    variance = 2 * ratio / (1 - ratio) ** 2
    assert abs(noise.mean()) < 6 * np.sqrt(variance / draws)
    assert noise.var() == pytest.approx(variance, rel=0.25)
    covered = np.mean([f.interval.lower <= 100 <= f.interval.upper for f in found])
    assert 0.93 < covered <= 0.985


def test_two_neighbours_cannot_be_told_apart_beyond_epsilon() -> None:
    """The likelihood ratio of every frequent outcome stays below exp(epsilon), sampling error added."""
    pytest.importorskip("opendp")
    epsilon, draws = 1.0, 20_000
    one = np.array([f.value for f in noisy_counts([20] * draws, epsilon=epsilon, groups=1)])
    other = np.array([f.value for f in noisy_counts([21] * draws, epsilon=epsilon, groups=1)])
    for value in range(15, 27):
        a, b = (one == value).sum(), (other == value).sum()
        if min(a, b) > 300:
            assert abs(np.log(a / b)) < epsilon + 6 * np.sqrt(1 / a + 1 / b)


def test_sums_and_rates() -> None:
    pytest.importorskip("opendp")
    (figure,) = noisy_sums([1000.0], epsilon=1.0, groups=1, bound=10.0)
    assert figure.scale == pytest.approx(10)
    part, whole = noisy_counts([500, 1000], epsilon=5.0, groups=1)
    share = noisy_rate(part, whole)
    assert share.interval.lower <= 0.5 <= share.interval.upper
    assert 0 <= share.value <= 1
    with pytest.raises(UsageError):
        noisy_counts([1], epsilon=0, groups=1)
    with pytest.raises(UsageError):
        noisy_sums([1.0], epsilon=1, groups=1, bound=float("inf"))


def test_a_person_counts_in_few_groups() -> None:
    assert bounded([[2, 0, 1, 1], [1]], 2, [0, 1, 2]) == [[0, 1], [1]]


# budget


def test_the_ledger_refuses_what_is_not_left(tmp_path: Path) -> None:
    ledger = BudgetLedger(tmp_path / "budget.jsonl", total=1.0)
    ledger.spend(0.6, "a")
    with pytest.raises(GateError, match=r"0\.4 of 1 is left"):
        ledger.spend(0.5, "b")
    ledger.spend(0.4, "c")
    assert ledger.spent == pytest.approx(1.0)
    assert [release.purpose for release in ledger.releases()] == ["a", "c"]
    assert (tmp_path / "budget.jsonl").stat().st_mode & 0o077 == 0


def test_a_damaged_ledger_lets_nothing_through(tmp_path: Path) -> None:
    path = tmp_path / "budget.jsonl"
    path.write_text('{"at": "x", "purpose": "a", "epsilon": -5}\n')
    with pytest.raises(InputError):
        BudgetLedger(path, total=1.0).spend(0.1, "b")
