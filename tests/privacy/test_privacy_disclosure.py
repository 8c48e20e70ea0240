"""Disclosure control: what is hidden cannot be had from what is shown."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.errors import ColumnError, GateError, InputError, OutputError, OutputExistsError, UsageError
from voc.privacy.disclosure.anonymity import assess, direct_identifiers, grade, quasi_identifiers
from voc.privacy.disclosure.budget import Ledger
from voc.privacy.disclosure.coarsening import coarsened
from voc.privacy.disclosure.crossing import cross
from voc.privacy.disclosure.leftovers import unmasked_columns
from voc.privacy.disclosure.singling import (
    SinglingKind,
    filled_columns,
    singling_columns,
    time_columns,
)
from voc.privacy.join.group import SecretExponent, hashed_to_group
from voc.privacy.join.protocol import Member, Summed, answer, finish, offer
from voc.privacy.policy import load_policy
from voc.suppression import (
    attacker_interval,
    dominated,
    protect,
    rounded,
    with_totals,
)


def test_one_small_cell_takes_three_others_along():
    hidden = protect(np.array([[20, 5, 30], [40, 50, 60], [15, 25, 35]]), min_cell=10)
    assert hidden.primary.sum() == 1
    assert hidden.secondary.sum() == 3
    assert not hidden.hidden[-1].any()
    assert not hidden.hidden[:, -1].any()


def test_a_small_total_is_hidden_too():
    hidden = protect(np.array([[2, 70, 80], [0, 72, 90]]), min_cell=10).hidden
    assert hidden[-1, 0]
    assert hidden[-1].sum() >= 2
    assert not hidden[-1, -1]


def test_a_table_that_is_too_small_is_hidden_whole():
    assert protect(np.array([[2, 3]]), min_cell=10).hidden.all()


@settings(max_examples=30, deadline=None)
@given(
    table=st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4),
)
def test_no_sensitive_cell_can_be_computed(table):
    """The attacker solves the equations of rows and columns, with numpy alone and not by our own code."""
    whole = with_totals(np.array(table, dtype=float))
    hidden = protect(np.array(table), min_cell=10)
    if hidden.hidden.all():
        return
    places = [tuple(place) for place in np.argwhere(hidden.hidden)]
    rows, columns = whole.shape
    equations = np.zeros((rows + columns, len(places)))
    for at, (row, column) in enumerate(places):
        equations[row, at] = -1 if column == columns - 1 else 1
        equations[rows + column, at] = -1 if row == rows - 1 else 1
    rank = np.linalg.matrix_rank(equations)
    for at, place in enumerate(places):
        unit = np.zeros((1, len(places)))
        unit[0, at] = 1
        if hidden.primary[place]:  # a cell is determined when its unit vector lies in the row space
            assert np.linalg.matrix_rank(np.vstack([equations, unit])) > rank
            lower, upper = attacker_interval(whole, hidden.hidden, place)
            assert lower <= whole[place] <= upper + 1e-6
            assert upper - lower >= 10 - 1e-6


def test_dominance_and_rounding():
    assert dominated(np.array([80.0, 70.0, 0.0]), np.array([100.0, 100.0, 0.0])).tolist() == [
        True,
        False,
        False,
    ]
    assert rounded(np.array([2, 3, 7.5, 12])).tolist() == [0, 5, 10, 10]


def _records(*cells):
    return [
        (row, column, f"{row}{column}{at}", amount)
        for row, column, amounts in cells
        for at, amount in enumerate(amounts)
    ]


def test_the_largest_few_contributors_may_not_make_up_most_of_a_sum():
    records = _records(
        ("北京", "a", [500, 400, *[10] * 20]), ("北京", "b", [50] * 20), ("上海", "a", [40] * 20)
    )
    one, two = cross(records, largest=1), cross(records, largest=2)
    assert not one.heavy.any()  # 500 of 1,100 is less than three quarters
    assert [two.rows[row] for row, _ in np.argwhere(two.heavy)] == ["北京"]  # 900 of 1,100 is more
    assert cross(records, largest=2, share=0.9).heavy.sum() == 0
    refunds = cross(_records(("a", "", [-500.0, *[1.0] * 20])))
    assert refunds.heavy[0, 0]


def test_a_total_that_one_person_makes_up_is_hidden_though_its_cells_are_not_small():
    cells = [("a", "x", [1.0] * 20), ("a", "y", [1.0] * 20), ("b", "x", [1.0] * 20), ("b", "y", [1.0] * 20)]
    records = [*_records(*cells), ("a", "x", "big", 60.0), ("a", "y", "big", 60.0)]
    found = cross(records, share=0.7)
    assert found.heavy[:-1].tolist() == [[True, True, True], [False, False, False]]
    records = [*_records(*cells), ("a", "x", "big", 40.0), ("b", "x", "big", 40.0)]
    found = cross(records, share=0.6)
    assert found.heavy[-1, 0]
    hidden = protect(found.people, sensitive=found.heavy, amounts=found.sums)
    assert hidden.hidden[-1, 0]


TABLE = pa.table(
    {
        "姓名": ["王*", "王*", "王*", "李*", "李*"],
        "手机": ["138****5678", "138****5678", "138****5678", "139****1234", "139****1234"],
        "城市": ["京", "京", "京", "沪", "沪"],
        "投诉": ["a", "b", "a", "c", "c"],
    }
)


def test_masked_phone_city_and_surname_are_quasi_identifiers():
    policy = load_policy("protected")
    quasi = quasi_identifiers(TABLE.schema, policy, TABLE)
    assert quasi == ("姓名", "手机", "城市")
    found = assess(TABLE, quasi, ("投诉",), k=3, l=2)
    assert (found.k, found.l) == (2, 1)
    assert (found.small_groups, found.small_rows) == (1, 2)
    assert (found.uniform_groups, found.uniform_rows) == (1, 2)
    assert found.offending == (False, False, False, True, True)
    assert found.risk == 0.5


def test_masks_inside_a_text_are_quasi_identifiers_too():
    policy = load_policy("protected")
    told = ["打138****5678没人接", "138****5678 不通，太慢", "找过王*明", "好", "很好，<1990-1999年出生>"]
    table = pa.table({"content": told, "customer_key": list("aabcd")})
    quasi = quasi_identifiers(table.schema, policy, table)
    assert quasi == ("content",)
    alike = assess(table, quasi, (), k=2, l=1, traced=quasi)
    assert alike.offending == (False, False, True, True, True)
    people = assess(table, quasi, (), k=2, l=1, traced=quasi, person="customer_key")
    assert people.offending == (True,) * 5  # two rows of one person hide nobody
    plain = pa.table({"content": ["好", "不好"]})
    assert quasi_identifiers(plain.schema, policy, plain) == ()


def test_a_text_that_nobody_masked_is_a_direct_identifier():
    policy = load_policy("protected")
    table = pa.table(
        {
            "raw": ["打13912345678没人接", "好"],
            "masked": ["打138****5678没人接", "<姓名>说好"],
            "品牌": ["王小卤", "老干妈"],
        }
    )
    assert unmasked_columns(table.schema, policy, table) == ("raw",)


@pytest.mark.parametrize("cell", ["13912345678*", "<13912345678>", "138****5678 或 13912345678"])
def test_a_mark_beside_a_number_does_not_make_it_masked(cell):
    policy = load_policy("protected")
    left = ["138****5678", "<手机号>", "<手机号:gwot3lymzlkhpd22>", "***", None]
    masked = pa.table({"手机号": left, "邮箱": ["a***@qq.com", "<邮箱>", None, "", "b***@163.com"]})
    assert unmasked_columns(masked.schema, policy, masked) == ()
    table = pa.table({"手机号": [*left, cell]})
    assert unmasked_columns(table.schema, policy, table) == ("手机号",)


def test_grades():
    policy = load_policy("protected")
    quasi = quasi_identifiers(TABLE.schema, policy, TABLE)
    clear = TABLE.set_column(1, "手机", pa.array(["13800138000"] * 5))
    assert direct_identifiers(clear.schema, policy, clear) == ("手机",)
    assert direct_identifiers(TABLE.schema, policy, TABLE) == ()
    assert grade(assess(clear, quasi, (), k=2, l=1), ("手机",), k=2).level == 1
    assert grade(assess(TABLE, quasi, (), k=3, l=1), (), k=3).level == 2
    assert grade(assess(TABLE, quasi, (), k=2, l=1), (), k=2).level == 3


# differential privacy


def test_noise_is_the_laplace_distribution_that_it_says():
    dp = pytest.importorskip("voc.privacy.disclosure.dp")
    pytest.importorskip("opendp")
    from scipy import stats

    groups = [str(at) for at in range(4000)]
    figures = dp.noisy_counts([("p", "0")], groups, epsilon=0.5, max_groups=2)
    noise = np.array([figure.value for figure in figures[1:]])
    scale = figures[0].scale
    assert scale == pytest.approx(4.0, rel=1e-3)  # sensitivity 2, epsilon 0.5
    edges = np.arange(-12, 13)
    ratio = math.exp(-1 / scale)
    mass = (1 - ratio) / (1 + ratio) * ratio ** np.abs(edges)  # the discrete Laplace distribution
    tail = (1 - mass.sum()) / 2
    observed = [np.sum(noise < -12), *[np.sum(noise == edge) for edge in edges], np.sum(noise > 12)]
    expected = np.array([tail, *mass, tail]) * len(noise)
    assert stats.chisquare(observed, expected).pvalue > 1e-4
    inside = np.mean([figure.ci_lower <= 0 <= figure.ci_upper for figure in figures[1:]])
    assert 0.935 < inside <= 0.985


def test_noise_on_sums_has_the_scale_of_the_largest_contribution():
    dp = pytest.importorskip("voc.privacy.disclosure.dp")
    pytest.importorskip("opendp")
    from scipy import stats

    groups = [str(at) for at in range(3000)]
    figures = dp.noisy_sums([], groups, epsilon=0.5, max_groups=2, bound=100.0)
    scale = figures[0].scale
    assert scale == pytest.approx(2 * 100.0 / 0.5, rel=1e-3)
    noise = np.array([figure.value for figure in figures])
    assert stats.kstest(noise, stats.laplace(scale=scale).cdf).pvalue > 1e-4
    inside = np.mean([figure.ci_lower <= 0 <= figure.ci_upper for figure in figures])
    assert 0.93 < inside < 0.97


def test_nobody_counts_more_than_the_bounds():
    dp = pytest.importorskip("voc.privacy.disclosure.dp")
    pairs = [("p", str(at)) for at in range(50)] * 2 + [("q", "1")]
    kept = dp.bounded(pairs, 3)
    assert sum(person == "p" for person, _ in kept) == 3
    assert kept == dp.bounded(list(reversed(pairs)), 3)
    pytest.importorskip("opendp")
    rows = [("p", "a", 1e9), ("q", "a", -5.0), ("r", "a", 3.0)]
    [figure] = dp.noisy_sums(rows, ["a"], epsilon=1e4, max_groups=1, bound=10)
    assert figure.value == pytest.approx(13, abs=0.1)
    [rate] = dp.noisy_rates(
        [(str(at), "a") for at in range(1000)],
        [(str(at), "a") for at in range(250)],
        ["a"],
        epsilon=4,
        max_groups=1,
    )
    assert rate.ci_lower <= 0.25 <= rate.ci_upper
    for epsilon in (0.0, -1.0, math.inf):
        with pytest.raises(UsageError):
            dp.noisy_counts([], ["a"], epsilon=epsilon, max_groups=1)


def test_a_spent_budget_refuses(tmp_path):
    ledger = Ledger(tmp_path / "b.db")
    assert ledger.charge("october", 3.0, 2.0, "counts").left == pytest.approx(1.0)
    with pytest.raises(GateError, match="1 of 3 is left"):
        ledger.charge("october", 3.0, 1.5, "counts")
    for epsilon in (0.0, -1.0, math.nan):
        with pytest.raises((UsageError, GateError)):
            ledger.charge("october", 3.0, epsilon, "counts")
    assert ledger.budget("october", 3.0).queries == 1
    assert ledger.budget("november", 3.0).left == 3.0


def test_two_processes_do_not_spend_the_same_rest(tmp_path):
    Ledger(tmp_path / "b.db").charge("x", 1.0, 0.5, "counts")
    codes = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                Ledger(tmp_path / "b.db").charge("x", 1.0, 0.4, "counts")
                code = 0
            except GateError:
                code = 2
            finally:
                os._exit(code)
        codes.append(child)
    assert sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in codes) == [0, 2, 2]


# private join


def test_exponents_commute_and_strangers_differ():
    a, b = SecretExponent(), SecretExponent()
    point = hashed_to_group("join", "13800138000")
    assert a.blind(b.blind(point)) == b.blind(a.blind(point))
    assert a.blind(point) != b.blind(point)
    assert hashed_to_group("other", "13800138000") != point
    assert SecretExponent.from_hex(a.hex()).blind(point) == a.blind(point)
    with pytest.raises(InputError, match="no point"):
        a.blind(bytes(31) + b"\x05" if not _is_point(bytes(31) + b"\x05") else b"\xff" * 32)


def _is_point(data: bytes) -> bool:
    try:
        SecretExponent().blind(data)
    except InputError:
        return False
    return True


def test_a_join_over_two_processes_counts_and_hides(tmp_path):
    ours = [Member(f"138{at:08d}", "vip" if at % 2 else "new") for at in range(120)]
    theirs = [Member(f"138{at:08d}", "gold" if at < 117 else "iron") for at in range(60, 200)]
    offer(ours, output=tmp_path / "o.json", state=tmp_path / "s.key", context="oct")
    code = (
        "from pathlib import Path; from voc.privacy.join.protocol import Member, answer;"
        f"answer([Member(*m) for m in {[tuple(member) for member in theirs]!r}],"
        f"offered=Path({str(tmp_path / 'o.json')!r}), output=Path({str(tmp_path / 'a.json')!r}))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    common = finish(tmp_path / "a.json", state=tmp_path / "s.key", min_cell=10)
    assert common.total == 60
    assert common.cells["vip", "iron"] is None
    assert common.cells["new", "iron"] is None
    for name in ("o.json", "a.json", "s.key"):
        assert "138000" not in (tmp_path / name).read_text()
    assert (tmp_path / "s.key").stat().st_mode & 0o077 == 0


def test_a_join_of_few_tells_nothing(tmp_path):
    ours = [Member(str(at), "*") for at in range(40)]
    offer(ours, output=tmp_path / "o", state=tmp_path / "s", context="x")
    answer([Member(str(at), "*") for at in range(35, 90)], offered=tmp_path / "o", output=tmp_path / "a")
    common = finish(tmp_path / "a", state=tmp_path / "s")
    assert common.total is None
    assert set(common.cells.values()) == {None}
    with pytest.raises(UsageError):
        finish(tmp_path / "a", state=tmp_path / "s", min_cell=1)
    offer(ours, output=tmp_path / "o2", state=tmp_path / "s2", context="y")
    with pytest.raises(InputError, match="another offer"):
        finish(tmp_path / "a", state=tmp_path / "s2")
    (tmp_path / "a").write_text("{}")
    with pytest.raises(InputError, match="no join answer"):
        finish(tmp_path / "a", state=tmp_path / "s")


def test_amounts_of_common_people_are_added_up_and_no_single_one_is_told(tmp_path):
    ours = [Member(f"p{at}", "vip" if at < 30 else "new") for at in range(60)]
    theirs = [Member(f"p{at}", "*", 5000.0 if at == 12 else at * 1.0) for at in range(10, 90)]
    offer(ours, output=tmp_path / "o", state=tmp_path / "s", context="x")
    answer(theirs, offered=tmp_path / "o", output=tmp_path / "a", summed=Summed("paid", 100.0))
    common = finish(tmp_path / "a", state=tmp_path / "s")
    assert common.cells == {("vip", "*"): 20, ("new", "*"): 30}
    # the one of 5,000 is cut to the bound
    assert common.sums == {("vip", "*"): sum(range(10, 30)) - 12 + 100, ("new", "*"): sum(range(30, 60))}
    lists = json.loads((tmp_path / "a").read_text())["sums"]["digits"]
    assert len(lists) == 7  # 100 has seven binary digits
    assert {len(one["elements"]) for one in lists} == {80}  # the lists tell nothing by their length
    seen = [element for one in lists for element, _ in one["elements"]]
    assert len(set(seen)) == len(seen)  # nor can they be brought together


def test_a_sum_that_one_person_could_make_up_is_hidden(tmp_path):
    ours = [Member(f"p{at}", "*") for at in range(40)]
    offer(ours, output=tmp_path / "o", state=tmp_path / "s", context="x")
    theirs = [Member(f"p{at}", "*", 500.0 if not at else 1.0) for at in range(40)]
    answer(theirs, offered=tmp_path / "o", output=tmp_path / "a", summed=Summed("paid", 500.0))
    common = finish(tmp_path / "a", state=tmp_path / "s")
    assert common.cells["*", "*"] == 40
    assert common.sums["*", "*"] is None
    document = json.loads((tmp_path / "a").read_text())
    document["sums"]["digits"].pop()
    (tmp_path / "a").write_text(json.dumps(document))
    with pytest.raises(InputError, match="sums of this file are damaged"):
        finish(tmp_path / "a", state=tmp_path / "s")


def test_labels_of_few_people_are_neither_sent_nor_answered(tmp_path):
    many = [Member(f"p{at}", "a") for at in range(30)]
    few = [*many, Member("q", "b")]
    with pytest.raises(GateError, match="1 of 2 labels have fewer than 10 people"):
        offer(few, output=tmp_path / "o", state=tmp_path / "s", context="x")
    assert not list(tmp_path.iterdir())
    offer(few, output=tmp_path / "o", state=tmp_path / "s", context="x", min_cell=1)
    with pytest.raises(GateError):  # the other company holds to its own minimum
        answer(many, offered=tmp_path / "o", output=tmp_path / "a")
    offer(many, output=tmp_path / "o2", state=tmp_path / "s2", context="x")
    with pytest.raises(GateError):
        answer(few, offered=tmp_path / "o2", output=tmp_path / "a")
    answer(many, offered=tmp_path / "o2", output=tmp_path / "a", min_cell=25)
    assert finish(tmp_path / "a", state=tmp_path / "s2", min_cell=2).min_cell == 25


def test_the_secret_of_another_join_is_not_overwritten(tmp_path):
    ours = [Member(f"p{at}", "a") for at in range(30)]
    offer(ours, output=tmp_path / "o", state=tmp_path / "s", context="x")
    kept = (tmp_path / "s").read_bytes()
    with pytest.raises(OutputExistsError):
        offer(ours, output=tmp_path / "o2", state=tmp_path / "s", context="x")
    assert (tmp_path / "s").read_bytes() == kept
    assert not (tmp_path / "o2").exists()


def test_an_offer_that_cannot_be_written_leaves_no_secret_behind(tmp_path):
    ours = [Member(f"p{at}", "a") for at in range(30)]
    with pytest.raises(OutputError, match="cannot be written"):
        offer(ours, output=tmp_path / "none" / "o", state=tmp_path / "s", context="x")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="the key cannot be written"):
        offer(ours, output=tmp_path / "o", state=tmp_path / "file" / "s", context="x")


# columns that single people out


def _feedback(rows: int = 40) -> pa.Table:
    return pa.table(
        {
            "工单号": [f"T{100 + at}" for at in range(rows)],
            "时间": [f"2026-03-{1 + at % 28:02d} 10:{at % 60:02d}:00" for at in range(rows)],
            "日期": [f"2026-03-{1 + at % 4:02d}" for at in range(rows)],
            "产品": ["耳机", "键盘"] * (rows // 2),
            "内容": [f"物流太慢了，一共等了整整{at}天才送到我家里来" for at in range(rows)],
            "手机": [f"<手机号:k3f9abcdefgh{at % 9}>" for at in range(rows)],
            "备注": ["***"] * rows,
            "customer_key": [f"k{at // 2}" for at in range(rows)],
        }
    )


def test_record_numbers_exact_times_and_texts_single_people_out_and_pseudonyms_do_not():
    found = singling_columns(_feedback(), k=5)
    assert [(one.name, one.kind, one.rows) for one in found] == [
        ("工单号", SinglingKind.VALUE, 40),
        ("时间", SinglingKind.TIME, 40),
        ("内容", SinglingKind.TEXT, 40),
    ]
    assert time_columns(_feedback()) == ("时间", "日期")
    assert filled_columns(_feedback()) == ("工单号", "时间", "日期", "产品", "内容")


def test_values_are_shared_by_people_not_by_rows():
    table = pa.table(
        {"档案": [f"D{at // 6}" for at in range(60)], "who": [f"p{at // 6}" for at in range(60)]}
    )
    assert singling_columns(table, k=5, exempt={"who"}) == ()
    [by_people] = singling_columns(table, k=5, person="who", exempt={"who"})
    assert (by_people.name, by_people.rows) == ("档案", 60)
    unknown = table.set_column(1, "who", pa.nulls(60, pa.string()))  # rows of nobody known are six people
    assert singling_columns(unknown, k=5, person="who") == ()


@pytest.mark.parametrize(
    ("cells", "is_time"),
    [
        (["2026年3月1日 8时5分", "2026/3/2"], True),
        (["20260301", "20260302"], True),
        (["1000000001", "1000000002"], False),
        (["5", "4"], False),
        (["2026-03-01", "很好"], False),
    ],
)
def test_times_are_told_by_their_cells(cells, is_time):
    assert time_columns(pa.table({"c": cells})) == (("c",) if is_time else ())


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("year", ["2026", None]),
        ("quarter", ["2026-Q1", None]),
        ("month", ["2026-03", None]),
        ("week", ["2026-W11", None]),
        ("day", ["2026-03-09", None]),
        ("hour", ["2026-03-09 15:00", None]),
    ],
)
def test_times_are_cut(step, expected):
    assert coarsened(pa.array(["2026/3/9 下午 3:05", ""]), step, name="t").to_pylist() == expected


def test_numbers_become_bands():
    found = coarsened(pa.array(["￥99.9", "100", "-1", None]), "100", name="n").to_pylist()
    assert found == ["[0, 100)", "[100, 200)", "[-100, 0)", None]
    with pytest.raises(UsageError, match="mont"):
        coarsened(pa.array(["2026-03-01"]), "mont", name="t")
    with pytest.raises(ColumnError, match="1 cells of column 't' are no times, the first in data row 2"):
        coarsened(pa.array(["2026-03-01", "不详"]), "month", name="t")


def test_nothing_compared_is_no_k():
    found = assess(_feedback(), (), (), k=5, l=1)
    assert (found.k, found.risk) == (None, None)
    assert grade(found, (), k=5)[::2] == (2, "no quasi-identifier is known, so no k was computed")
