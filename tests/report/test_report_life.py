"""The part of the report on the life of customers."""

from __future__ import annotations

import re

import pytest
from report_browser import CHROMIUM, Browser
from report_sample import write_sample

from voc.report.build import build_report
from voc.report.customer_model import CustomerLife
from voc.report.html import render_html
from voc.report.row_plot import Mark, RowPlot, draw_rows


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return build_report(write_sample(tmp_path_factory.mktemp("life"), rows=300, life=True).inputs)


@pytest.fixture(scope="module")
def pages(report):
    return {lang: render_html(report, lang).decode() for lang in ("zh", "en")}


def chart(page: str, key: str) -> str:
    found = re.search(rf'<svg[^>]*id="chart-{key}-wide".*?</svg>', page, re.S)
    assert found, key
    return found[0]


KEYS = ("retention", "staying", "exits", "values", "risk", "actions")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_chart_is_there_in_both_sizes_with_a_text_and_an_axis(pages, lang, key):
    for size in ("wide", "narrow"):
        found = re.search(rf'<svg[^>]*id="chart-{key}-{size}".*?</svg>', pages[lang], re.S)
        assert found, size
        assert "<title>" in found[0]
        assert "<desc" in found[0]
        assert "{" not in re.sub(r"<style.*?</style>", "", found[0], flags=re.S)


def test_value_is_told_by_segment_the_highest_first(pages):
    texts = chart(pages["zh"], "values")
    assert texts.index("高价值") < texts.index("潜力") < texts.index("流失风险")
    assert "95.0% 仍在" in texts


def test_curves_of_staying_have_their_numbers_at_risk_and_their_test(pages):
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", chart(pages["zh"], "staying"))
    at = texts.index("流失风险")
    assert texts[at + 1 : at + 6] == ["300", "255", "201", "147", "93"]
    assert "log-rank 检验 χ² = <b>21.4</b>（自由度 1），p &lt; 0.001" in pages["zh"]
    assert "The landmark is 15 January 2025: complaints of the 90 days before it count" in pages["en"]


def test_ways_out_stand_on_one_scale_the_most_frequent_first(report, pages):
    assert [(row.name, row.left) for row in report.life.exits] == [("价格太高", 80), ("服务不满", 48)]
    texts = chart(pages["zh"], "exits")
    assert texts.index("价格太高") < texts.index("服务不满")
    assert "搬家" not in texts  # eight people


def test_list_of_risk_stands_beside_chance_and_recency_alone(pages):
    texts = chart(pages["en"], "risk")
    for said in ("4.90 model", "2.10 recency alone", "chance", "Top 1.0%"):
        assert said in texts


def test_action_without_a_saving_has_no_dot_and_one_that_may_lose_is_hollow(report, pages):
    texts = chart(pages["en"], "actions")
    assert len([row for row in report.life.actions if row.saving is None]) == 1
    assert len(re.findall(r"<text[^>]*>[^<]* · [^<]*</text>", texts)) == 3
    assert "410,000" in texts
    assert 'fill="var(--paper)" stroke="var(--c-grey)"' in texts


def test_charts_use_colours_of_the_theme_only(pages):
    for key in KEYS:
        drawn = chart(pages["zh"], key)
        assert not re.findall(r'(?:fill|stroke)="(?:#|rgb)[^"]*"', drawn)


def test_report_without_customer_tables_leaves_the_charts_out(report):
    page = render_html(report.model_copy(update={"life": CustomerLife(), "notes": ()}), "zh").decode()
    for key in KEYS:
        assert f'id="chart-{key}-wide"' not in page


_CROSSED = """(() => { const chart = document.getElementById('chart-%s-%s');
    const boxes = [...chart.querySelectorAll('text')].map(t => t.getBoundingClientRect());
    const lines = [...chart.querySelectorAll('[stroke-dasharray]')].map(l => l.getBoundingClientRect());
    const meet = (l, t) => l.left > t.left && l.right < t.right
        && l.top < t.bottom - 1 && l.bottom > t.top + 1;
    return [lines.length, lines.filter(l => boxes.some(t => meet(l, t))).length]; })()"""


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
def test_line_to_compare_with_runs_through_no_label(pages, tmp_path):
    page = tmp_path / "life.html"
    page.write_text(pages["zh"], encoding="utf-8")
    browser = Browser(tmp_path / "profile")
    try:
        for width, size in ((1280, "wide"), (390, "narrow")):
            browser.open(page, width)
            for key in ("risk", "actions"):
                lines, crossed = browser.evaluate(_CROSSED % (key, size))
                assert lines > 0, key
                assert crossed == 0, (key, size)
    finally:
        browser.close()


_WIDER = """[...document.querySelectorAll('.scroll')]
    .filter(box => box.querySelector('table').offsetWidth > box.clientWidth + 1)
    .map(box => box.getAttribute('aria-label'))"""
_INTERVALS = """[...document.querySelectorAll('#segments tbody tr')].map(row => row.innerText)
    .filter(text => text.includes('%') && !/\\d\u2060?–\u2060?\\d/.test(text))"""


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tables_fit_the_page_and_rates_have_their_intervals(pages, lang, tmp_path):
    page = tmp_path / "life.html"
    page.write_text(pages[lang], encoding="utf-8")
    browser = Browser(tmp_path / "profile")
    try:
        for width in (1280, 390):
            browser.open(page, width)
            browser.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
            assert browser.evaluate(_WIDER) == []
            assert browser.evaluate("document.querySelectorAll('#segments tbody tr').length") == 4
            assert browser.evaluate(_INTERVALS) == []
            shown = "getComputedStyle(document.querySelector('#segments .within')).display"
            assert browser.evaluate(shown) == ("none" if width == 1280 else "block")
    finally:
        browser.close()


@pytest.mark.parametrize(("reference", "anchor"), [(35.0, "middle"), (69.5, "end")])
def test_text_of_the_line_to_compare_with_is_not_cut(reference, anchor):
    plot = RowPlot(
        ["天猫", "京东"],
        [Mark(0, 70.0, "red", text="70.0%"), Mark(1, 60.0, "red", text="60.0%")],
        "负面占比（%）",
        reference=reference,
        reference_text="总体 70.0%",
    )
    [text] = re.findall(r"<text [^>]*>总体 70.0%</text>", draw_rows(plot, 350, narrow=True).body)
    assert f'text-anchor="{anchor}"' in text


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
def test_charts_fit_the_window_and_can_be_read(pages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    page = folder / "life.html"
    page.write_text(pages["zh"], encoding="utf-8")
    browser = Browser(folder / "profile")
    try:
        for width, size in ((1280, "wide"), (390, "narrow")):
            browser.open(page, width, dark=size == "narrow")
            assert browser.complaints() == []
            assert browser.evaluate("document.documentElement.scrollWidth") == width
            for key in KEYS:
                chart = f"document.getElementById('chart-{key}-{size}')"
                sizes = f"[...{chart}.querySelectorAll('text')].filter(t => t.textContent.trim())"
                smallest = f"Math.min(...{sizes}.map(t => t.getBoundingClientRect().height))"
                assert browser.evaluate(smallest) > 11, key
                outside = f"""(() => {{ const box = {chart}.getBoundingClientRect();
                    return {sizes}.filter(t => {{ const r = t.getBoundingClientRect();
                        return r.left < box.left - 1 || r.right > box.right + 1; }}).length; }})()"""
                assert browser.evaluate(outside) == 0, key
    finally:
        browser.close()
