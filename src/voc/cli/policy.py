"""`voc policy …`."""

from __future__ import annotations

from typing import Annotated

import typer

from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["check", "diff", "show"]

group = typer.Typer(help="Privacy policies.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="policy")

Source = Annotated[str, typer.Argument(metavar="POLICY", help="Policy file, or 'default'.")]


@command(group, "check", example="voc policy check mine.yaml")
def check(
    session: Session,
    policy: Source,
    fail_weaker: Annotated[
        bool,
        typer.Option("--fail-weaker", help="Exit 1 when it protects something sensitive less than usual."),
    ] = False,
) -> Summary:
    """Tell every fault of a policy file; exit 2 when there is one.

    Warns of sensitive kinds that stay in clear, or whose tier is lower than in the packed policy.
    """
    from voc.cli.policies import check_summary
    from voc.privacy.policy import load_policy
    from voc.privacy.weak_rules import weak_rules

    loaded = load_policy(policy)
    return check_summary(session, loaded, weak_rules(loaded), policy, fail_weaker=fail_weaker)


@command(group, "show", example="voc policy show default")
def show(session: Session, policy: Source = "default") -> Summary:  # noqa: ARG001 - given to every command
    """Show what a policy says about each kind of personal information."""
    from voc.cli.policies import show_summary
    from voc.privacy.policy import load_policy

    return show_summary(load_policy(policy))


@command(group, "diff", example="voc policy diff default mine.yaml")
def diff(
    session: Session,  # noqa: ARG001 - given to every command
    before: Source,
    after: Source,
    fail_weaker: Annotated[
        bool, typer.Option("--fail-weaker", help="Exit 1 when the second policy protects less anywhere.")
    ] = False,
) -> Summary:
    """Tell what the second policy changes against the first."""
    from voc.cli.policies import diff_summary
    from voc.privacy.policy import load_policy
    from voc.privacy.policy_diff import differences

    found = differences(load_policy(before), load_policy(after))
    return diff_summary(found, fail_weaker=fail_weaker)
