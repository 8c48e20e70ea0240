"""`voc access …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voc.cli.options import Force, KeyPlace, VaultPlace
from voc.cli.root import app
from voc.cli.session import Session, Summary, command
from voc.how_many import how_many

if TYPE_CHECKING:
    from voc.pipeline.protection.access import ListedRequest

__all__ = ["approve", "deny", "enroll", "keygen", "list_", "people", "remove", "request", "reveal", "revoke"]

group = typer.Typer(
    help="Requests to open encrypted values, and approvals.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(group, name="access")

As = Annotated[str, typer.Option("--as", metavar="NAME", help="Who you are; your key is used.")]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="FILE", help="Your private key, if not in the usual place."),
]
Id = Annotated[str, typer.Argument(metavar="REQUEST", help="Id that `voc access request` printed.")]
PolicyFile = Annotated[str, typer.Option("--policy", metavar="FILE", help="Policy file, or a packed one.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits, _ . and -.")]
Role = Annotated[str, typer.Option(metavar="ROLE", help="One of the roles that the policy names.")]


@command(group, "keygen", example="voc access keygen alice --role risk")
def keygen(
    session: Session,
    name: Name,
    role: Role,
    enrolled: Annotated[
        bool, typer.Option("--enroll/--no-enroll", help="Put the public key into the vault's registry.")
    ] = True,
    key_file: KeyFile = None,
    policy: PolicyFile = "protected",
    vault: VaultPlace = None,
    key: KeyPlace = None,
) -> Summary:
    """Make a signing key for somebody, and register them with their role."""
    from voc.pipeline.protection.access import Desk, make_key

    signer, path = make_key(Desk(policy, vault, key, name, key_file), name, role, enrolled=enrolled)
    if not enrolled:
        session.note(
            f"to register it: voc access enroll {name} --role {role} --public-key {signer.public_key}"
        )
    facts = {"name": name, "role": role, "public_key": signer.public_key, "key_file": str(path)}
    return Summary(facts, (f"private key: {path}", f"public key:  {signer.public_key}"))


@command(
    group,
    "enroll",
    example="voc access enroll bob --role compliance --public-key HEX",
)
def enroll(
    session: Session,  # noqa: ARG001 - given to every command
    name: Name,
    role: Role,
    public_key: Annotated[str, typer.Option("--public-key", metavar="HEX", help="Of `voc access keygen`.")],
    policy: PolicyFile = "protected",
    vault: VaultPlace = None,
    key: KeyPlace = None,
) -> Summary:
    """Register somebody who made their key on another machine."""
    from voc.pipeline.protection.access import Desk, enroll_actor

    actor = enroll_actor(Desk(policy, vault, key), name, role, public_key)
    return Summary(actor._asdict(), (f"{actor.name}: {actor.role}",))


@command(group, "people", example="voc access people")
def people(
    session: Session,  # noqa: ARG001 - given to every command
    vault: VaultPlace = None,
    key: KeyPlace = None,
) -> Summary:
    """List who is registered, with their roles."""
    from voc.pipeline.protection.access import Desk, list_actors

    found = list_actors(Desk(vault=vault, key=key))
    lines = tuple(f"{actor.name}: {actor.role}" for actor in found) or ("nobody is registered",)
    return Summary({"people": [actor._asdict() for actor in found]}, lines)


@command(group, "remove", example="voc access remove alice")
def remove(
    session: Session,  # noqa: ARG001 - given to every command
    name: Name,
    vault: VaultPlace = None,
    key: KeyPlace = None,
) -> Summary:
    """Take somebody out of the registry; their approvals no longer count."""
    from voc.pipeline.protection.access import Desk, remove_actor

    remove_actor(Desk(vault=vault, key=key), name)
    return Summary({"removed": name}, (f"{name} was removed",))


@command(
    group,
    "request",
    example="voc access request --as alice --purpose fraud_investigation --entity CN_MOBILE --table reviews",
)
def request(
    session: Session,
    actor: As,
    purpose: Annotated[str, typer.Option(metavar="PURPOSE", help="One of the policy's purposes.")],
    token: Annotated[
        list[str] | None, typer.Option(metavar="TOKEN", help="A token, <label:token> too; may be repeated.")
    ] = None,
    tokens_file: Annotated[
        Path | None, typer.Option("--tokens-file", metavar="FILE", help="Tokens, one a line.")
    ] = None,
    entity: Annotated[str | None, typer.Option(metavar="ENTITY", help="All of one entity.")] = None,
    table: Annotated[str | None, typer.Option(metavar="TABLE", help="All of one table.")] = None,
    column: Annotated[str | None, typer.Option(metavar="COL", help="All of one column.")] = None,
    subject: Annotated[str | None, typer.Option(metavar="KEY", help="All of one customer_key.")] = None,
    hours: Annotated[float, typer.Option(metavar="H", help="How long it may be used.")] = 24.0,
    uses: Annotated[int, typer.Option(metavar="N", help="How often it may be used.")] = 1,
    key_file: KeyFile = None,
    policy: PolicyFile = "protected",
    vault: VaultPlace = None,
    key: KeyPlace = None,
) -> Summary:
    """Ask for values to be opened, for a purpose and a time."""
    from voc.pipeline.protection.access import Desk, Filter, ask

    listed = tuple(token or ()) + (_lines(tokens_file) if tokens_file else ())
    made = ask(
        Desk(policy, vault, key, actor, key_file),
        Filter(listed, entity, table, column, subject),
        purpose=purpose,
        hours=hours,
        uses=uses,
    )
    session.note(f"approvers: voc access approve {made.request.id} --as NAME")
    return Summary(_facts(made), _told(made))


@command(group, "list", example="voc access list")
def list_(
    session: Session,  # noqa: ARG001 - given to every command
    policy: PolicyFile = "protected",
    vault: VaultPlace = None,
    key: KeyPlace = None,
) -> Summary:
    """List requests and where they stand."""
    from voc.pipeline.protection.access import Desk, list_requests

    found = list_requests(Desk(policy, vault, key))
    lines = tuple(line for made in found for line in _told(made)) or ("no requests",)
    return Summary({"requests": [_facts(made) for made in found]}, lines)


@command(group, "approve", example="voc access approve 3f9a0c51d2e7 --as bob")
def approve(
    session: Session,
    request_id: Id,
    actor: As,
    key_file: KeyFile = None,
    policy: PolicyFile = "protected",
    vault: VaultPlace = None,
    key: KeyPlace = None,
) -> Summary:
    """Agree to a request, with your signature."""
    return _decide(session, "approve", request_id, actor, key_file, policy, vault, key)


@command(group, "deny", example="voc access deny 3f9a0c51d2e7 --as bob")
def deny(
    session: Session,
    request_id: Id,
    actor: As,
    key_file: KeyFile = None,
    policy: PolicyFile = "protected",
    vault: VaultPlace = None,
    key: KeyPlace = None,
) -> Summary:
    """Refuse a request; one refusal ends it."""
    return _decide(session, "deny", request_id, actor, key_file, policy, vault, key)


@command(group, "reveal", example="voc access reveal 3f9a0c51d2e7 --as alice -o opened.csv")
def reveal(
    session: Session,
    request_id: Id,
    actor: As,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="OUTPUT", help="File, or - for stdout.")
    ] = "-",
    key_file: KeyFile = None,
    policy: PolicyFile = "protected",
    vault: VaultPlace = None,
    key: KeyPlace = None,
    force: Force = False,
) -> Summary:
    """Open the values of an approved request. This uses it up by one."""
    from voc.pipeline.protection.access import Desk, open_values

    done = open_values(Desk(policy, vault, key, actor, key_file), request_id, output, force=force)
    if done.not_opened:
        values = how_many(done.not_opened, "value")
        session.warn(f"{values} could not be opened: shredded, or changed; see column state")
    line = f"{how_many(done.opened, 'value')} opened → {output}, {how_many(done.uses_left, 'use')} left"
    return Summary(done._asdict(), (line,), stdout_is_data=output == "-")


@command(group, "revoke", example="voc access revoke 3f9a0c51d2e7 --as alice")
def revoke(
    session: Session,  # noqa: ARG001 - given to every command
    request_id: Id,
    actor: As,
    key_file: KeyFile = None,
    vault: VaultPlace = None,
    key: KeyPlace = None,
) -> Summary:
    """End a request before its time."""
    from voc.pipeline.protection.access import Desk, end

    ended = end(Desk(vault=vault, key=key, actor=actor, key_file=key_file), request_id)
    return Summary({"request": ended.id}, (f"{ended.id} was revoked",))


def _decide(
    session: Session,
    verdict: str,
    request_id: str,
    actor: str,
    key_file: Path | None,
    policy: str,
    vault: str | None,
    key: str | None,
) -> Summary:
    from voc.pipeline.protection.access import Desk, Verdict, judge

    decision, state = judge(Desk(policy, vault, key, actor, key_file), request_id, Verdict(verdict))
    session.note(f"signed by {decision.actor} as {decision.role}")
    facts = {"request": request_id, "verdict": verdict, "state": state.state, "missing": state.missing}
    return Summary(facts, (f"{request_id}: {state.state}, {state.missing} approvals missing",))


def _facts(made: ListedRequest) -> dict[str, object]:
    request, state = made
    return {
        "request": request.id,
        "requester": request.requester,
        "role": request.role,
        "purpose": request.purpose,
        "values": len(request.tokens),
        "uses": request.max_uses,
        "used": request.used,
        "expires": request.expires.isoformat(),
        "state": state.state,
        "approved_by": list(state.approved_by),
        "missing": state.missing,
    }


def _told(made: ListedRequest) -> tuple[str, ...]:
    request, state = made
    who = f"{request.requester} ({request.role}), {request.purpose}"
    until = f"{request.expires:%Y-%m-%d %H:%M}"
    what = f"{how_many(len(request.tokens), 'value')}, {request.used}/{request.max_uses} uses, until {until}"
    needs = f", {state.missing} approvals missing" if state.state == "waiting" else ""
    return (f"{request.id}  {state.state}{needs}", f"  {who}: {what}")


def _lines(path: Path) -> tuple[str, ...]:
    from voc.errors import InputError

    try:
        return tuple(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError):
        raise InputError(
            "cannot be read", where=str(path), hint="a text file with a token on each line"
        ) from None
