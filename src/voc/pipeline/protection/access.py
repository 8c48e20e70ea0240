"""The commands of requests and approvals; every attempt is recorded, also the refused ones."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from voc.errors import UsageError, VocError
from voc.io import open_sink
from voc.pipeline.protection.recorded import audit_log, opened_vault, recorded
from voc.privacy.access.actors import Actor, Signer, actors, enroll, keygen, load_signer, strike_off
from voc.privacy.access.requests import (
    Decision,
    Request,
    Verdict,
    all_requests,
    decide,
    make_request,
    revoke,
)
from voc.privacy.access.reveal import RequestState, Revealed, reveal, state_of
from voc.privacy.audit.entry import Entry
from voc.privacy.audit.log import system_actor
from voc.privacy.policy import load_policy
from voc.privacy.vault.vault import Opened, State, Vault

if TYPE_CHECKING:
    from voc.privacy.policy import Policy

__all__ = [
    "Desk",
    "Filter",
    "ListedRequest",
    "RevealedFile",
    "Verdict",
    "ask",
    "end",
    "enroll_actor",
    "judge",
    "list_actors",
    "list_requests",
    "make_key",
    "open_values",
    "remove_actor",
]


@dataclass(frozen=True)
class Desk:
    """Where an access command works."""

    policy: str = "protected"
    vault: str | None = None
    key: str | None = None
    actor: str | None = None
    """Who acts."""
    key_file: Path | None = None
    """Their private key; the usual file when not given."""

    def signer(self) -> Signer:
        """Load the private key of who acts."""
        if not self.actor:
            raise UsageError("who are you?", where="--as", hint="give the name that `voc access keygen` got")
        return load_signer(self.actor, path=self.key_file)


class Filter(NamedTuple):
    """Which values a request asks for."""

    tokens: Sequence[str] = ()
    entity: str | None = None
    table: str | None = None
    column: str | None = None
    subject: str | None = None


class ListedRequest(NamedTuple):
    """A request and where it stands."""

    request: Request
    state: RequestState


class RevealedFile(NamedTuple):
    """What was opened into a file."""

    request: str
    opened: int
    not_opened: int
    uses_left: int


def make_key(desk: Desk, name: str, role: str, *, enrolled: bool) -> tuple[Signer, Path]:
    """Make a key for somebody, and put them into the registry of this vault."""
    from voc.privacy.access.actors import key_file

    policy = load_policy(desk.policy)
    _check_role(policy, role)

    def work() -> Signer:
        if not enrolled:
            return keygen(name, path=desk.key_file)
        with opened_vault(desk.vault, desk.key) as vault:
            signer = keygen(name, path=desk.key_file)
            try:
                enroll(vault, name, role, signer.public_key)
            except VocError:
                key_file(name, desk.key_file).unlink()
                raise
            return signer

    entry = Entry(system_actor(), "access.enroll" if enrolled else "access.keygen", role=role)
    return recorded(entry, work), key_file(name, desk.key_file)


def enroll_actor(desk: Desk, name: str, role: str, public_key: str) -> Actor:
    """Put somebody with a key of their own into the registry."""
    _check_role(load_policy(desk.policy), role)

    def work() -> Actor:
        with opened_vault(desk.vault, desk.key) as vault:
            return enroll(vault, name, role, public_key)

    return recorded(Entry(system_actor(), "access.enroll", role=role), work)


def remove_actor(desk: Desk, name: str) -> None:
    """Take somebody out of the registry."""

    def work() -> None:
        with opened_vault(desk.vault, desk.key) as vault:
            strike_off(vault, name)

    recorded(Entry(system_actor(), "access.strike-off"), work)


def list_actors(desk: Desk) -> list[Actor]:
    """Return everybody in the registry."""
    with opened_vault(desk.vault, desk.key, read_only=True) as vault:
        return actors(vault)


def ask(desk: Desk, wanted: Filter, *, purpose: str, hours: float, uses: int) -> ListedRequest:
    """Make a request."""
    policy = load_policy(desk.policy)
    fingerprint = policy.fingerprint()
    signer = _known(desk, Entry(system_actor(), "access.request", policy=fingerprint))

    def work() -> ListedRequest:
        with opened_vault(desk.vault, desk.key) as vault:
            request = make_request(
                vault,
                policy,
                signer,
                tokens=_tokens(vault, wanted, policy.access.max_rows),
                purpose=purpose,
                hours=hours,
                uses=uses,
            )
            return ListedRequest(request, state_of(vault, policy, request, vault.now()))

    entry = Entry(signer.name, "access.request", role=_role(desk), policy=fingerprint)
    return recorded(entry, work, after=lambda made: _about(entry, made.request))


def judge(desk: Desk, request_id: str, verdict: Verdict) -> tuple[Decision, RequestState]:
    """Approve or deny a request."""
    policy = load_policy(desk.policy)
    attempt = Entry(
        system_actor(), f"access.{verdict}", policy=policy.fingerprint(), request=_plain(request_id)
    )
    signer = _known(desk, attempt)

    def work() -> tuple[Decision, RequestState, Request]:
        with opened_vault(desk.vault, desk.key) as vault:
            decision = decide(vault, policy, signer, request_id, verdict)
            [request] = all_requests(vault, request_id)
            return decision, state_of(vault, policy, request, vault.now()), request

    entry = replace(attempt, actor=signer.name, role=_role(desk))
    decision, state, _ = recorded(
        entry, work, after=lambda done: replace(_about(entry, done[2]), role=done[0].role)
    )
    return decision, state


def end(desk: Desk, request_id: str) -> Request:
    """Revoke a request."""
    attempt = Entry(system_actor(), "access.revoke", request=_plain(request_id))
    signer = _known(desk, attempt)

    def work() -> Request:
        with opened_vault(desk.vault, desk.key) as vault:
            return revoke(vault, signer, request_id)

    entry = replace(attempt, actor=signer.name, role=_role(desk))
    return recorded(entry, work, after=lambda done: replace(_about(entry, done), role=entry.role))


def list_requests(desk: Desk) -> list[ListedRequest]:
    """Return all requests and where they stand."""
    policy = load_policy(desk.policy)
    with opened_vault(desk.vault, desk.key, read_only=True) as vault:
        now = vault.now(write=False)
        return [
            ListedRequest(request, state_of(vault, policy, request, now)) for request in all_requests(vault)
        ]


def open_values(desk: Desk, request_id: str, output: str, *, force: bool) -> RevealedFile:
    """Open the values of a request into a file or to stdout."""
    import pyarrow as pa

    policy = load_policy(desk.policy)
    attempt = Entry(system_actor(), "access.reveal", policy=policy.fingerprint(), request=_plain(request_id))
    signer = _known(desk, attempt)
    schema = pa.schema(
        [(name, pa.string()) for name in ("token", "entity", "table", "column", "row", "state", "value")]
    )

    def opening() -> Revealed:
        with opened_vault(desk.vault, desk.key) as vault:
            return reveal(vault, policy, audit_log(), signer, request_id)

    # a file must be writable before the use is counted, and no one else may read what is in clear there;
    # stdout gets nothing when it is refused
    early = opening() if output == "-" else None
    with open_sink(output, schema, force=force, private=True) as sink:
        done = early or opening()
        sink.write(pa.RecordBatch.from_pylist([_row(value) for value in done.values], schema=schema))
    opened = sum(value.state is State.OPENED for value in done.values)
    return RevealedFile(request_id, opened, len(done.values) - opened, done.uses_left)


def _known(desk: Desk, attempt: Entry) -> Signer:
    """Load the key of who acts; that there is none is recorded in the name of this account."""
    try:
        return desk.signer()
    except VocError as error:
        audit_log().append(replace(attempt, outcome="denied", reason=type(error).__name__))
        raise


def _role(desk: Desk) -> str:
    """Role of who acts, for the record; nothing for somebody unknown."""
    with suppress(VocError):  # what is wrong with the vault is told by what comes next
        return next((actor.role for actor in list_actors(desk) if actor.name == desk.actor), "")
    return ""


def _row(value: Opened) -> dict[str, str | None]:
    table, column, row, entity = value.cell or (None, None, None, None)
    return {
        "token": value.token,
        "entity": entity,
        "table": table,
        "column": column,
        "row": row,
        "state": str(value.state),
        "value": value.text,
    }


def _tokens(vault: Vault, wanted: Filter, most: int) -> list[str]:
    given = [token.strip().strip("<>").rpartition(":")[2] for token in wanted.tokens if token.strip()]
    chosen = wanted._replace(tokens=())
    if any(value is not None for value in chosen[1:]):
        found = vault.find(
            entity=wanted.entity,
            table=wanted.table,
            column=wanted.column,
            subject=wanted.subject,
            limit=most + 1,
        )
        return [*given, *found]
    return given


def _about(entry: Entry, request: Request) -> Entry:
    return replace(
        entry, role=request.role, purpose=request.purpose, request=request.id, rows=len(request.tokens)
    )


def _plain(request_id: str) -> str:
    """The id, when it can be one; what somebody typed does not go into the log as it is."""
    return (
        request_id if len(request_id) == 12 and all(char in "0123456789abcdef" for char in request_id) else ""
    )


def _check_role(policy: Policy, role: str) -> None:
    from voc.privacy.access.views import role_view

    role_view(policy, role)
