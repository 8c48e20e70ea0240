"""`voc audit …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voc.cli.options import Force, Output
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.how_many import how_many

__all__ = ["anchor", "export", "show", "verify"]

group = typer.Typer(help="The log of who did what.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="audit")


@command(group, "show", example="voc audit show --last 20")
def show(
    session: Session,  # noqa: ARG001 - given to every command
    last: Annotated[int, typer.Option(min=1, metavar="N", help="How many entries.")] = 20,
    action: Annotated[str | None, typer.Option(metavar="ACTION", help="Such as access.reveal.")] = None,
    actor: Annotated[str | None, typer.Option(metavar="NAME", help="Of one actor.")] = None,
    request: Annotated[str | None, typer.Option(metavar="REQUEST", help="Of one request.")] = None,
) -> Summary:
    """Show the last entries: who, what, when, under which right. No values are ever in it."""
    from voc.pipeline.protection.audit import show_log

    entries = show_log(last=last, action=action, actor=actor, request=request)
    lines = []
    for entry in entries:
        words = [
            entry.get(name) for name in ("actor", "role", "action", "outcome", "reason", "purpose", "request")
        ]
        counts = ", ".join(f"{count} {name}" for name, count in entry.get("entities", {}).items())
        rows = f"rows {entry['rows']}" if "rows" in entry else None
        told = [str(word) for word in [*words, rows, counts] if word]
        lines.append(f"{entry.get('seq'):>6}  {str(entry.get('at'))[:19]}  {'  '.join(told)}")
    return Summary({"entries": entries}, tuple(lines) or ("the log is empty",))


@command(group, "verify", example="voc audit verify --anchor anchor.json")
def verify(
    session: Session,
    anchor: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="An anchor that was kept elsewhere; may be repeated."),
    ] = None,
    public_key: Annotated[
        str | None, typer.Option("--public-key", metavar="HEX", help="Key that signed the anchors.")
    ] = None,
) -> Summary:
    """Check that no entry was changed, removed, moved or cut off; exit 1 when one was."""
    from voc.pipeline.protection.audit import verify_log

    found = verify_log(anchor or (), public_key)
    if not anchor:
        session.note("without an anchor, a cut end is found by audit.head alone: give --anchor")
    facts = {
        "entries": found.entries,
        "sound": found.sound,
        "head": {"seq": found.head.seq, "mac": found.head.mac},
        "findings": [finding._asdict() for finding in found.findings],
    }
    lines = [f"{how_many(found.entries, 'entry', 'entries')}, {'sound' if found.sound else 'NOT SOUND'}"]
    lines += [f"  line {item.line}: {item.kind}: {item.message}" for item in found.findings]
    return Summary(facts, tuple(lines), exit_code=0 if found.sound else 1)


@command(group, "export", example="voc audit export -o audit.csv")
def export(session: Session, output: Output, force: Force = False) -> Summary:  # noqa: ARG001
    """Write the log as a table."""
    from voc.pipeline.protection.audit import export_log

    count = export_log(output, force=force)
    return Summary(
        {"output": output, "entries": count},
        (f"{how_many(count, 'entry', 'entries')} → {output}",),
        stdout_is_data=output == "-",
    )


@command(group, "anchor", example="voc audit anchor -o anchor.json")
def anchor(
    session: Session,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")],
    force: Force = False,
) -> Summary:
    """Sign the head of the log; keep the file where nobody who can write the log can reach it."""
    from voc.pipeline.protection.audit import anchor_log

    head = anchor_log(output, force=force)
    session.note(
        "mail it to the auditors, or put it into a write-once store; check with voc audit verify --anchor"
    )
    return Summary(
        {"output": str(output), "seq": head.seq, "mac": head.mac}, (f"entry {head.seq} → {output}",)
    )
