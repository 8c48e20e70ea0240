"""What `voc export` is told and prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from voc.cli.session import Session, Summary
from voc.errors import UsageError

if TYPE_CHECKING:
    from voc.pipeline.protection.export import Export
    from voc.pipeline.protection.export_columns import ColumnWishes

__all__ = ["export_summary", "only_for_rows", "parse_steps"]


def parse_steps(pairs: Sequence[str] | None) -> dict[str, str]:
    """Turn `column=step` pairs into a mapping. Raises UsageError for anything else."""
    steps: dict[str, str] = {}
    for pair in pairs or ():
        column, _, step = pair.rpartition("=")
        if not column or not step:
            raise UsageError(
                "a step is written column=step",
                where="--coarsen",
                hint="--coarsen 时间=month --coarsen 金额=100",
            )
        steps[column] = step
    return steps


def only_for_rows(given: Mapping[str, object]) -> None:
    """Refuse options that counts have no use for.

    Parameters
    ----------
    given
        Options and what the user gave for them.
    """
    told = [option for option, value in given.items() if value]
    if told:
        are = "is" if len(told) == 1 else "are"
        raise UsageError(f"{', '.join(told)} {are} for rows", where="--by", hint="leave --by away")


def export_summary(session: Session, done: Export, wishes: ColumnWishes, output: str) -> Summary:
    """Summarise rows that left: how well they hide, and what that rests on."""
    found = done.anonymity
    session.note(f"quasi-identifiers: {', '.join(found.quasi) or 'none'}; {done.grade.why}")
    if done.roles.undecided:
        session.note(f"not compared: {', '.join(done.roles.undecided)}; --quasi COL compares one more")
    if wishes.not_identifying:
        session.note(f"not identifying, on your word: {', '.join(wishes.not_identifying)}")
    if done.roles.texts:
        session.warn(
            f"hardly two rows share their text in {', '.join(done.roles.texts)}, and its words are not "
            "compared: whoever knows a text finds its row. --leave-out leaves it away; "
            "--not-identifying says that it may go out"
        )
    facts = {
        "output": output,
        "rows": done.rows,
        "dropped": done.dropped,
        "quasi": list(found.quasi),
        "not_compared": list(done.roles.undecided),
        "texts": list(done.roles.texts),
        "not_identifying": list(wishes.not_identifying),
        "left_out": list(wishes.leave_out),
        "coarsened": dict(wishes.coarsen),
        "k": found.k,
        "l": found.l,
        "grade": done.grade._asdict(),
    }
    lines = (
        f"{done.rows:,} rows → {output}, {done.dropped:,} left out",
        f"grade {done.grade.level} {done.grade.zh}",
    )
    return Summary(facts, lines, stdout_is_data=output == "-")
