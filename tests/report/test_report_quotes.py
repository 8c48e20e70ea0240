from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from voc.report.quotes import choose_quotes, cut_window


@st.composite
def _spans(draw):
    text = draw(st.text(st.sampled_from("东西坏了，。！？ \n\tab🙂\u202e、；"), min_size=1, max_size=300))
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    return text, start, end


@given(_spans())
def test_the_marked_words_are_the_evidence(span):
    text, start, end = span
    window, first, last, _, _ = cut_window(text, start, end)
    kept = text[start : min(end, start + 80)]
    assert window[first:last] == "".join(" " if char in "\n\t\u202e" else char for char in kept)
    assert len(window) <= len(kept) + 64


def test_a_long_text_is_cut_at_clauses():
    text = "前面说了很多无关的话。" * 10 + "快递等了九天才到，" + "后面还有一大段别的话。" * 10
    start = text.index("等了九天")
    window, first, last, left, right = cut_window(text, start, start + 4)
    assert (window[first:last], left, right) == ("等了九天", True, True)
    assert window.startswith("前面说了很多无关的话。")
    assert window.endswith("。")


def _candidate(number, text, customer=None, score=0.9):
    return {
        "feedback_id": f"f{number}",
        "text": text,
        "start": 0,
        "end": 2,
        "score": score,
        "customer_key": customer,
        "channel": None,
        "product": None,
        "day": date(2025, 3, 17),
    }


def test_quotes_differ_in_words_and_in_customer():
    candidates = [
        _candidate(1, "等了九天才到，太慢了", "k1"),
        _candidate(2, "等了九天才到，太慢啦", "k2"),
        _candidate(3, "催了三遍还没有发货", "k1"),
        _candidate(4, "说好次日达，结果周末都没送", "k3"),
    ]
    assert [quote.feedback_id for quote in choose_quotes(candidates)] == ["f1", "f4"]


def test_only_the_month_is_told():
    [quote] = choose_quotes([_candidate(1, "等了九天才到")])
    assert quote.month == "2025-03"
    assert "17" not in quote.model_dump_json().replace('"score":0.9', "")
