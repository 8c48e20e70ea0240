"""The report in a few plain sentences with numbers, and which findings are firm enough to be in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from voc.report import figures
from voc.report.model import GroupRow, Report, Share, TagRow
from voc.report.strings import Part, Sentence, Strings

__all__ = [
    "cause_sentences",
    "change_direction",
    "complaint_sentences",
    "group_direction",
    "staying_sentences",
    "summary_topics",
    "trend_sentences",
]

_ALPHA = 0.05


def change_direction(row: TagRow) -> str:
    """Return `up`, `down` or `unclear`: a direction is told when its q-value is below 0.05."""
    if row.change is None or row.change_q_value is None or row.change_q_value >= _ALPHA:
        return "unclear"
    return "up" if row.change > 0 else "down"


def group_direction(row: GroupRow, overall: Share | None) -> str:
    """Return where the negative share of a group is: `up`, `down` or `unclear` beside the overall one.

    A direction is told when the q-value over all groups of the table is below 0.05: of thirty groups that are
    alike one has an interval beyond the overall share by chance.
    """
    negative, q_value = row.negative, row.negative_q_value
    if overall is None or row.name is None or negative is None or q_value is None or q_value >= _ALPHA:
        return "unclear"
    return "up" if negative.share > overall.share else "down"


def summary_topics(report: Report, strings: Strings) -> list[tuple[str, Sentence]]:
    """Return the head of the report: one paragraph a topic, in the order of the sections."""
    if report.headline.feedback == 0:
        return [
            ("scope", (Part(strings["empty"], strong=False),)),
            *_topic("privacy", _privacy, report, strings),
        ]
    makers: list[tuple[str, Callable[[Report, Strings], list[Sentence]]]] = [
        ("scope", _scope),
        ("complaints", complaint_sentences),
        ("trend", _largest_change),
        ("where", where_sentences),
        ("severity", _severity),
        ("causes", _churn_and_causes),
        ("privacy", _privacy),
    ]
    return [pair for topic, make in makers for pair in _topic(topic, make, report, strings)]


def _topic(
    topic: str, make: Callable[[Report, Strings], list[Sentence]], report: Report, strings: Strings
) -> list[tuple[str, Sentence]]:
    sentences = make(report, strings)
    return [(topic, join(sentences, strings["space"]))] if sentences else []


def _largest_change(report: Report, strings: Strings) -> list[Sentence]:
    return trend_sentences(report, strings)[:1]


def _churn_and_causes(report: Report, strings: Strings) -> list[Sentence]:
    return [*_churn(report, strings), *cause_sentences(report, strings)]


def join(parts: Iterable[Sentence], mark: str) -> Sentence:
    """Join sentences with a punctuation mark between them."""
    joined: list[Part] = []
    for sentence in parts:
        if joined and mark:
            joined.append(Part(mark, strong=False))
        joined.extend(sentence)
    return tuple(joined)


def _share(value: Share | None, strings: Strings) -> str:
    return figures.share(value.share) if value else strings["unknown"]


def _scope(report: Report, strings: Strings) -> list[Sentence]:
    head = report.headline
    values = {
        "feedback": figures.count(head.feedback),
        "complaint": _share(head.complaint, strings),
        "negative": _share(head.negative, strings),
    }
    unread = report.quality.without_sentiment
    without = [strings.sentence("summary.unread", n=figures.count(unread))] if unread else []
    if report.period is None:
        return [strings.sentence("summary.scope_undated", **values), *without]
    days = strings.fill("period", start=strings.day(report.period.start), end=strings.day(report.period.end))
    return [strings.sentence("summary.scope", period=(Part(days, strong=False),), **values), *without]


def complaint_sentences(report: Report, strings: Strings) -> list[Sentence]:
    """Name the most frequent complaints."""
    rows = report.tags()
    if not rows:
        return []
    first = rows[0]
    values: dict[str, object] = {
        "first": strings.quoted_tag(first.id, first.zh),
        "first_share": figures.share(first.complaints.share),
        "first_count": figures.count(first.complaints.count),
    }
    if len(rows) == 1:
        return [strings.sentence("summary.top", **values)]
    others = [
        strings.sentence(
            "summary.other", tag=strings.quoted_tag(row.id, row.zh), share=figures.share(row.complaints.share)
        )
        for row in rows[1:3]
    ]
    return [strings.sentence("summary.top_others", others=join(others, strings["list_mark"]), **values)]


def trend_sentences(report: Report, strings: Strings) -> list[Sentence]:
    """Tell the clear changes, the largest first, or that there is none."""
    trend = report.trend
    if trend is None or trend.current is None or trend.previous is None:
        return []
    names = {
        "current": strings.period_name(trend.current, trend.grain, in_text=True),
        "previous": strings.period_name(trend.previous, trend.grain, in_text=True),
    }
    clear = [row for row in report.tags() if change_direction(row) != "unclear"]
    if not clear:
        return [strings.sentence("summary.steady", **names)]
    clear.sort(key=lambda row: (-abs(row.change or 0), row.id))
    return [_change(row, names, strings) for row in clear]


def _change(row: TagRow, names: dict[str, str], strings: Strings) -> Sentence:
    assert row.change is not None
    assert row.change_ci_lower is not None
    assert row.change_ci_upper is not None
    lower, upper = row.change_ci_lower, row.change_ci_upper
    if row.change < 0:
        lower, upper = -upper, -lower
    bounds = [f"{value * 100:.1f}".replace("-", figures.MINUS) for value in (lower, upper)]
    return strings.sentence(
        "summary.rise" if row.change > 0 else "summary.fall",
        tag=strings.quoted_tag(row.id, row.zh),
        change=f"{abs(row.change) * 100:.1f}",
        interval=(Part(f"{bounds[0]} {strings['range']} {bounds[1]}", strong=False),),
        **names,
    )


def where_sentences(report: Report, strings: Strings) -> list[Sentence]:
    """Name the channel and the product that stand clear above the overall negative share."""
    sentences = []
    channel = _clearly_worst(report.channels, report.headline.negative)
    product = _clearly_worst(report.products, report.headline.negative)
    overall = _share(report.headline.negative, strings)
    if channel:
        sentences.append(_worst("summary.worst_channel", channel, overall, strings))
    elif sum(row.name is not None for row in report.channels) > 1:
        sentences.append(strings.sentence("summary.even_channels", overall=overall))
    if product:
        sentences.append(_worst("summary.worst_product", product, overall, strings))
    return sentences


def _worst(key: str, row: GroupRow, overall: str, strings: Strings) -> Sentence:
    return strings.sentence(key, name=row.name, share=_share(row.negative, strings), overall=overall)


def _clearly_worst(rows: Sequence[GroupRow], overall: Share | None) -> GroupRow | None:
    """Return the group with the highest lower bound of those that are clearly above the overall share."""
    above = [row for row in rows if group_direction(row, overall) == "up"]
    return max(above, key=lambda row: row.negative.ci_lower if row.negative else 0.0, default=None)


def _churn(report: Report, strings: Strings) -> list[Sentence]:
    churn = report.headline.churn
    if churn is None:
        return []
    return [
        strings.sentence("summary.churn", customers=figures.count(churn.n), churn=figures.share(churn.share))
    ]


def cause_sentences(report: Report, strings: Strings) -> list[Sentence]:
    """Tell which complaints go with a higher churn risk, and how many are inconclusive."""
    if report.causes is None or not report.causes.rows:
        return []
    higher = [row for row in report.causes.rows if row.verdict == "higher"]
    unclear = sum(row.verdict == "inconclusive" for row in report.causes.rows)
    if not higher:
        return [strings.sentence("summary.causes_none")]
    first = higher[0]
    assert first.adjusted_rr is not None
    assert first.adjusted_rr_ci_lower is not None
    assert first.adjusted_rr_ci_upper is not None
    interval = f"{figures.ratio(first.adjusted_rr_ci_lower)}–{figures.ratio(first.adjusted_rr_ci_upper)}"
    sentences = [
        strings.sentence(
            "summary.cause",
            tag=strings.quoted_tag(first.tag, first.zh),
            rr=figures.ratio(first.adjusted_rr),
            interval=(Part(interval, strong=False),),
            level=(Part(strings[f"level.{first.evidence_level}"], strong=False),),
        )
    ]
    others = [
        strings.sentence(
            "summary.cause_item",
            tag=strings.quoted_tag(row.tag, row.zh),
            rr=figures.ratio(row.adjusted_rr or 0),
        )
        for row in higher[1:4]
    ]
    if others:
        sentences.append(strings.sentence("summary.causes_more", others=join(others, strings["list_mark"])))
    if unclear:
        sentences.append(strings.sentence("summary.causes_unclear", n=figures.count(unclear)))
    return sentences


def staying_sentences(report: Report, strings: Strings) -> list[Sentence]:
    """Tell of each comparison of curves whether its groups stay alike."""
    return [
        strings.sentence(
            "summary.log_rank",
            comparison=(Part(strings[f"charts.staying.{found.grouping}"], strong=False),),
            statistic=f"{found.log_rank:.1f}",
            freedom=(Part(str(found.degrees_of_freedom), strong=False),),
            p=(Part(_p_text(found.p_value), strong=False),),
        )
        for found in (report.life.staying if report.life else ())
        if found.log_rank is not None and found.p_value is not None
    ]


def _p_text(p: float) -> str:
    written = figures.p_value(p)
    return f"p < {written[1:]}" if written.startswith("<") else f"p = {written}"


def _severity(report: Report, strings: Strings) -> list[Sentence]:
    if not report.severity:
        return []
    signals = [
        strings.sentence(
            "summary.signal",
            name=(Part(strings.name("severity", row.name), strong=False),),
            count=figures.count(row.feedback),
        )
        for row in report.severity
    ]
    return [strings.sentence("summary.severity", signals=join(signals, strings["list_mark"]))]


def _privacy(report: Report, strings: Strings) -> list[Sentence]:
    if report.privacy is None:
        return []
    core = sum(row.spans for row in report.privacy.rows if row.tier == "core" and not row.kept)
    return [
        strings.sentence(
            "summary.privacy", spans=figures.count(report.privacy.spans), core=figures.count(core)
        )
    ]
