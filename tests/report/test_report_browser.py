from __future__ import annotations

import numpy as np
import pytest
from report_browser import CHROMIUM, Browser
from report_png import read_png

from voc.report.html import render_html

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")

CHARTS = (
    "complaints",
    "trend",
    "trend-tags",
    "channels",
    "products",
    "segments",
    "segment-rates",
    "causes",
    "cause-curves",
    "cause-overlap",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="module", params=["zh", "en"])
def page(report, request, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / f"{request.param}.html"
    path.write_bytes(render_html(report, request.param))
    return path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 390])
def test_the_page_is_quiet_whole_and_fits(browser, page, width, dark, tmp_path):
    browser.open(page, width, dark=dark)
    assert browser.complaints() == []
    assert browser.requests() == [page.resolve().as_uri()]
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    browser.screenshot(tmp_path / "page.png", height=1400)
    pixels = read_png(tmp_path / "page.png")[:, :, :3].astype(int)
    assert pixels.shape[1] == width
    paper = pixels[2, 2]
    assert bool(paper.mean() < 60) is dark
    drawn = (np.abs(pixels - paper).sum(axis=2) > 60).mean()
    assert 0.01 < drawn < 0.5


@pytest.mark.parametrize(("width", "shown", "hidden"), [(1280, "wide", "narrow"), (390, "narrow", "wide")])
def test_each_chart_is_drawn_in_the_size_that_fits(browser, page, width, shown, hidden):
    browser.open(page, width)
    for key in CHARTS:
        box = browser.evaluate(
            f"(() => {{ const r = document.getElementById('chart-{key}-{shown}').getBoundingClientRect();"
            " return [r.width, r.height]; })()"
        )
        assert box[0] > 300
        assert box[1] > 100
        script = f"getComputedStyle(document.getElementById('chart-{key}-{hidden}')).display"
        assert browser.evaluate(script) == "none"
        marks = f"document.querySelectorAll('#chart-{key}-{shown} .role-mark path[d]:not([d=\"\"])').length"
        assert browser.evaluate(marks) > 3


def test_labels_are_large_enough_to_read(browser, page):
    """Every text of a chart that is shown has 11 pixels or more on the screen."""
    script = (
        "Math.min(...[...document.querySelectorAll('svg.chart')].filter(s => s.clientWidth)"
        ".flatMap(s => [...s.querySelectorAll('text')].map("
        "t => parseFloat(getComputedStyle(t).fontSize) * s.clientWidth / s.viewBox.baseVal.width)))"
    )
    for width in (1280, 390):
        browser.open(page, width)
        assert browser.evaluate(script) >= 11


def test_texts_of_charts_stay_inside_them(browser, page):
    script = (
        "[...document.querySelectorAll('svg.chart')].filter(s => s.clientWidth).flatMap(s => {"
        " const b = s.getBoundingClientRect();"
        " return [...s.querySelectorAll('text')].filter(t => { const r = t.getBoundingClientRect();"
        "  return r.width && (r.left < b.left - 8 || r.right > b.right + 8 || r.top < b.top - 2"
        "   || r.bottom > b.bottom + 4); }).map(t => s.id + ': ' + t.textContent); })"
    )
    for width in (1280, 390):
        browser.open(page, width)
        assert browser.evaluate(script) == []


def test_colours_of_charts_follow_the_scheme(browser, page):
    script = "getComputedStyle(document.querySelector('#chart-complaints-wide .role-mark path[fill]')).fill"
    browser.open(page, 1280)
    light = browser.evaluate(script)
    browser.open(page, 1280, dark=True)
    assert light.startswith("rgb")
    assert browser.evaluate(script) != light


def test_printing_is_light_and_shows_folded_tables(browser, page, tmp_path):
    browser.open(page, 718, dark=True, media="print")
    browser.screenshot(tmp_path / "print.png", height=800)
    assert read_png(tmp_path / "print.png")[2, 2, :3].min() > 240
    assert browser.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.evaluate("document.querySelector('details table').getBoundingClientRect().height") > 50
    assert browser.evaluate("document.documentElement.scrollWidth") == 718


def test_text_stands_out_from_the_paper(browser, page):
    """WCAG 2 contrast of ink, muted text and coloured labels, in both schemes."""
    for dark in (False, True):
        browser.open(page, 1280, dark=dark)
        paper = _luminance(browser, "--paper")
        for name, least in (
            ("--ink", 12),
            ("--muted", 4.5),
            ("--c-bad", 4.5),
            ("--c-blue", 4.5),
            ("--c-good", 4.5),
            ("--c-grey", 3),
        ):
            first, second = sorted((paper, _luminance(browser, name)), reverse=True)
            assert (first + 0.05) / (second + 0.05) >= least, (dark, name)


def _luminance(browser, name):
    value = browser.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('{name}').trim()")
    channels = np.array([int(value[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
