"""`voc taxonomy …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force, Input, Output, QuarantineFile
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.how_many import how_many

__all__ = ["check", "diff", "migrate", "show"]

group = typer.Typer(help="The complaint taxonomy and your own.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="taxonomy")

File = Annotated[Path, typer.Argument(metavar="FILE", help="Taxonomy file.")]
Lexicon = Annotated[Path | None, typer.Option(metavar="TSV", help="Own terms: term, tag, polarity.")]


@command(group, "show", example="voc taxonomy show logistics")
def show(
    session: Session,
    wanted: Annotated[
        str | None, typer.Argument(metavar="TAG", help="A group or tag; all when left out.")
    ] = None,
    taxonomy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own; the packed one by default.")
    ] = None,
) -> Summary:
    """List tags with their names and definitions."""
    from voc.tagging.taxonomy import load_taxonomy

    found = load_taxonomy(taxonomy)
    if wanted is not None and wanted not in {tag.group for tag in found.tags}:
        found.require(wanted)
    tags = [tag for tag in found.tags if wanted in (None, tag.group, tag.id)]
    lines = [f"taxonomy version {found.version}"]
    for tag in tags:
        lines.append(
            f"  {tag.id:<26}{tag.display}  {tag.definition}"
            + (f"（不含：{tag.excludes}）" if tag.excludes else "")
        )
    session.note(how_many(len(tags), "tag"))
    return Summary({"version": found.version, "tags": [tag._asdict() for tag in tags]}, tuple(lines))


@command(group, "check", example="voc taxonomy check ours.yaml --lexicon own-terms.tsv")
def check(session: Session, taxonomy: File, lexicon: Lexicon = None) -> Summary:
    """Check a taxonomy file: exit 2 when it is wrong, 1 when it is right but something will not be found."""
    from voc.tagging.taxonomy import load_taxonomy
    from voc.tagging.taxonomy_change import check_taxonomy
    from voc.text.lexicons import read_user_terms

    found = load_taxonomy(taxonomy)
    terms = read_user_terms(lexicon, found.ids) if lexicon else ()
    problems = check_taxonomy(found, load_taxonomy(), terms)
    tags, groups = how_many(len(found.tags), "tag"), how_many(len(found.groups), "group")
    session.note(f"{tags} in {groups}, version {found.version}")
    facts = {"tags": len(found.tags), "problems": problems}
    return Summary(
        facts, tuple(problems) or (f"{taxonomy}: nothing to complain of",), exit_code=1 if problems else 0
    )


@command(group, "diff", example="voc taxonomy diff old.yaml new.yaml")
def diff(
    session: Session,
    old: Annotated[str, typer.Argument(metavar="OLD", help="Taxonomy file, or voc for the packed one.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Taxonomy file, or voc for the packed one.")],
) -> Summary:
    """Tell what changed between two taxonomies."""
    from voc.tagging.taxonomy import load_taxonomy
    from voc.tagging.taxonomy_change import diff_taxonomies

    one, other = (load_taxonomy(None if name == "voc" else Path(name)) for name in (old, new))
    changes = diff_taxonomies(one, other)
    session.note(f"version {one.version} → {other.version}, {how_many(len(changes), 'change')}")
    lines = [f"{change.kind:<10}{change.tag}  {change.before} → {change.after}" for change in changes]
    return Summary({"changes": [change._asdict() for change in changes]}, tuple(lines))


@command(
    group,
    "migrate",
    example="voc taxonomy migrate tagged.parquet -o new.parquet --to ours.yaml --moves moves.tsv",
)
def migrate(
    session: Session,
    source: Input,
    output: Output,
    taxonomy: Annotated[
        Path, typer.Option("--to", metavar="FILE", help="The taxonomy to carry the tags over to.")
    ],
    moves: Annotated[Path | None, typer.Option(metavar="TSV", help="Old id, new id; - drops a tag.")] = None,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Carry the tags of a tagged table over to another taxonomy."""
    from voc.cli.summaries import with_rows_set_aside
    from voc.pipeline.files import open_quarantine
    from voc.pipeline.learning.taxonomy import migrate_table

    with open_quarantine(output, quarantine) as bad:
        result = migrate_table(source, output, taxonomy, moves=moves, quarantine=bad, force=force)
    session.note(f"{how_many(result.rows, 'row')} read")
    lines = [f"{how_many(result.rows, 'row')} → {output}"]
    lines += [f"  {count:>9,}  {name}" for name, count in sorted(result.moved.items())]
    lines += [f"  {count:>9,}  {name} dropped" for name, count in sorted(result.dropped.items())]
    facts = {"output": output, "rows": result.rows, "moved": result.moved, "dropped": result.dropped}
    summary = Summary(facts, tuple(lines), stdout_is_data=output == "-")
    return with_rows_set_aside(summary, bad)
