"""`voc topics …`: what the taxonomy lacks, and whether tags drift."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from voc.cli.options import Input, QuarantineAsked
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.how_many import how_many

__all__ = ["discover", "drift"]

group = typer.Typer(help="New complaints and drift.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="topics")


@command(group, "discover", example="voc topics discover tagged.parquet --since 2025-06-01")
def discover(
    session: Session,
    source: Input,
    baseline: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Tagged table of the time before.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Rows before it are the baseline."),
    ] = None,
    ts: Annotated[
        str | None,
        typer.Option("--ts", metavar="COL", help="Column of times for --since. Found by name when left out."),
    ] = None,
    text: Annotated[str | None, typer.Option(metavar="COL", help="Text column.")] = None,
    least: Annotated[int, typer.Option(min=2, metavar="N", help="Texts that must hold a phrase.")] = 5,
    z: Annotated[float, typer.Option(metavar="Z", help="Least z-score of the rise.")] = 2.5,
    most: Annotated[int, typer.Option(min=1, metavar="N", help="Clusters to tell.")] = 20,
    masked: Annotated[bool, typer.Option("--masked", help="The text is masked already.")] = False,
    quarantine: QuarantineAsked = None,
) -> Summary:
    """Find complaints that rise and that the taxonomy does not explain: phrases in clusters, with
    examples.
    """
    from voc.cli.summaries import with_rows_set_aside
    from voc.io import Quarantine
    from voc.pipeline.learning.topics import discover_topics

    with Quarantine(quarantine) as bad:
        found = discover_topics(
            source, baseline=baseline, since=since.date() if since else None, ts=ts, text=text, least=least,
            z=z, most=most, masked=masked, quarantine=bad,
        )  # fmt: skip
    session.note(f"{how_many(found.now, 'complaint')} now, {found.before:,} in the baseline")
    if found.undated:
        session.note(f"{how_many(found.undated, 'complaint')} without a time left out")
    lines = []
    for cluster in found.clusters:
        names = "、".join(phrase.phrase for phrase in cluster.phrases[:5])
        told = f"{cluster.untagged:.0%} without a tag, z {cluster.phrases[0].z:.1f}"
        lines.append(f"{names}: {how_many(cluster.texts, 'text')}, {told}")
        lines += [f"    {example[:80]}" for example in cluster.examples]
    facts = {
        "texts": found.now, "baseline": found.before, "undated": found.undated,
        "clusters": [
            {**cluster._asdict(), "phrases": [phrase._asdict() for phrase in cluster.phrases]}
            for cluster in found.clusters
        ],
    }  # fmt: skip
    summary = Summary(facts, tuple(lines) or ("nothing rises",))
    return with_rows_set_aside(summary, bad)


@command(group, "drift", example="voc topics drift last.parquet now.parquet --shift 0.25")
def drift(
    session: Session,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="Tagged table of the last run.")],
    now: Annotated[str, typer.Argument(metavar="NOW", help="Tagged table of this run.")],
    shift: Annotated[float, typer.Option(min=0, metavar="X", help="Most that tag shares may shift.")] = 0.25,
    other: Annotated[
        float, typer.Option(min=0, metavar="X", help="Most that unexplained negative texts may rise by.")
    ] = 0.1,
    unknown: Annotated[
        float, typer.Option(min=0, metavar="X", help="Most that unknown words may rise by.")
    ] = 0.05,
    quarantine: QuarantineAsked = None,
) -> Summary:
    """Compare two runs; exit 1 when tags, unexplained complaints or unknown words drift too far."""
    from voc.cli.summaries import with_rows_set_aside
    from voc.io import Quarantine
    from voc.pipeline.learning.topics import compare_runs

    with Quarantine(quarantine) as bad:
        found = compare_runs(before, now, shift=shift, other=other, unknown=unknown, quarantine=bad)
    session.note(f"{before} → {now}")
    lines = [
        f"{'DRIFT' if one.broken else 'ok':<6}{one.name}: "
        f"{one.before:.3f} → {one.now:.3f}, limit {one.limit:g}"
        for one in found
    ]
    broken = any(one.broken for one in found)
    facts = {"figures": [one._asdict() for one in found], "passed": not broken}
    summary = Summary(facts, tuple(lines), exit_code=1 if broken else 0)
    return with_rows_set_aside(summary, bad)
