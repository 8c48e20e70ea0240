"""Opens values under a request, after everything about it was checked, and records it either way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from voc.errors import GateError, InputError, UsageError
from voc.privacy.access.actors import Actor, Signer, actors
from voc.privacy.access.requests import Decision, Request, Verdict, decisions_on, load_request
from voc.privacy.access.rules import AccessRules, Sight
from voc.privacy.access.views import role_view
from voc.privacy.audit.entry import Entry
from voc.privacy.audit.log import AuditLog
from voc.privacy.policy import Policy
from voc.privacy.vault.vault import Opened, Vault
from voc.types import Tier

__all__ = ["DeniedError", "RequestState", "Revealed", "reveal", "state_of"]


class DeniedError(GateError):
    """A value may not be opened. `reason` is one of a fixed list and stands in the log."""

    def __init__(
        self, reason: str, message: str, *, hint: str | None = None, outcome: str = "denied"
    ) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.outcome = outcome


class Revealed(NamedTuple):
    """What was opened."""

    request: Request
    values: tuple[Opened, ...]
    uses_left: int


class RequestState(NamedTuple):
    """Where a request stands."""

    state: str
    """`waiting`, `approved`, `denied`, `expired`, `revoked`, `used`."""
    approved_by: tuple[str, ...]
    missing: int
    """Approvals that it still needs."""


def state_of(vault: Vault, policy: Policy, request: Request, now: datetime) -> RequestState:
    """Tell where a request stands; approvals count only when their signature holds."""
    entities = {cell.entity for _, cell in vault.places(request.tokens)}
    approvals = _valid(vault, request, Verdict.APPROVE)
    needed = _missing(policy, request, entities, approvals)
    names = tuple(actor.name for actor in approvals)
    if request.revoked:
        return RequestState("revoked", names, needed)
    if _valid(vault, request, Verdict.DENY):
        return RequestState("denied", names, needed)
    if now >= request.expires:
        return RequestState("expired", names, needed)
    if request.used >= request.max_uses:
        return RequestState("used", names, needed)
    return RequestState("waiting" if needed else "approved", names, needed)


def reveal(vault: Vault, policy: Policy, log: AuditLog, signer: Signer, request_id: str) -> Revealed:
    """Open the values of a request.

    The use is counted, and the log written, before a value is returned; a second process that comes at the
    same time waits and finds it used.

    Raises
    ------
    DeniedError
        When anything is not as it must be: exit code 1. That is recorded too.
    """
    attempt = Entry(
        actor=signer.name,
        role=_role_of(vault, signer.name),
        action="access.reveal",
        outcome="failed",
        policy=policy.fingerprint(),
    )
    try:
        request = load_request(vault, request_id)
        attempt = replace(
            attempt,
            purpose=request.purpose if request.purpose in policy.access.purposes else "",
            request=request.id,
            rows=len(request.tokens),
        )
        values, uses = _open(vault, policy, log, signer, request)
    except DeniedError as denied:
        log.append(replace(attempt, outcome=denied.outcome, reason=denied.reason))
        raise
    except (InputError, UsageError) as error:  # no such request, a damaged one, or the clock
        log.append(replace(attempt, outcome="denied", reason=type(error).__name__))
        raise
    return Revealed(request, values, uses)


def _open(
    vault: Vault, policy: Policy, log: AuditLog, signer: Signer, request: Request
) -> tuple[tuple[Opened, ...], int]:
    with vault.database.writing():
        request = load_request(vault, request.id)  # as it stands now that nobody else can change it
        actor = _check(vault, policy, log, signer, request)
        changed = vault.database.change(
            "UPDATE access_requests SET used = used + 1 WHERE id = ? AND used < ?",
            [request.id, request.max_uses],
        )
        if not changed:
            raise _used(request)
        values = tuple(vault.open_tokens(request.tokens))
        entities = Counter(value.cell.entity for value in values if value.cell and value.text is not None)
        log.append(
            Entry(
                actor=actor.name,
                role=actor.role,
                action="access.reveal",
                purpose=request.purpose,
                request=request.id,
                policy=policy.fingerprint(),
                rows=sum(entities.values()),
                entities=entities,
            )
        )
    return values, request.max_uses - request.used - 1


def _check(vault: Vault, policy: Policy, log: AuditLog, signer: Signer, request: Request) -> Actor:
    actor = next((one for one in actors(vault) if one.name == signer.name), None)
    if actor is None:
        raise DeniedError("unknown_actor", f"nobody called {signer.name!r} is in the registry")
    if signer.name != request.requester or signer.public_key != actor.public_key:
        raise DeniedError("not_the_requester", "only its requester opens a request")
    if not actor.verifies(request.message(vault.id), request.signature) or request.role != actor.role:
        raise DeniedError("forged_request", "this request is not the one that its requester signed")
    if request.policy != policy.fingerprint():
        raise DeniedError(
            "policy",
            f"this request was made under another policy than {policy.name!r}",
            hint="give the one it was approved under with --policy, or make a new request",
        )
    if request.revoked:
        raise DeniedError("revoked", "this request was revoked", hint="make a new one")
    if _valid(vault, request, Verdict.DENY):
        raise DeniedError("denied", "this request was denied", hint="ask those who denied it")
    now = vault.now()
    if now < request.created:
        raise DeniedError("clock", "this request was made later than now: the clock was moved back")
    if now >= request.expires:
        hint = "make a new one"
        raise DeniedError(
            "expired",
            f"this request expired at {request.expires:%Y-%m-%d %H:%M} UTC",
            hint=hint,
            outcome="expired",
        )
    if max(request.used, _uses_in_log(log, request.id)) >= request.max_uses:
        raise _used(request)
    if len(request.tokens) > policy.access.max_rows:
        raise DeniedError(
            "too_many_rows", f"{len(request.tokens)} values, the policy allows {policy.access.max_rows}"
        )
    _check_purpose_and_sight(vault, policy, request, actor)
    return actor


def _check_purpose_and_sight(vault: Vault, policy: Policy, request: Request, actor: Actor) -> None:
    rules: AccessRules = policy.access
    if request.purpose not in rules.purposes:
        raise DeniedError("purpose", "the policy does not list this purpose any more")
    view = role_view(policy, actor.role)
    entities = {cell.entity for _, cell in vault.places(request.tokens)}
    closed = sorted(
        entity
        for entity in entities
        if view.sight(entity, policy.rule(entity).tier) not in (Sight.APPROVAL, Sight.CLEAR)
    )
    if closed:
        raise DeniedError(
            "wrong_role",
            f"role {actor.role!r} never sees {', '.join(closed)}",
            hint="roles that may after approval have `approval` in access.roles of the policy",
        )
    missing = _missing(policy, request, entities, _valid(vault, request, Verdict.APPROVE))
    if missing:
        raise DeniedError(
            "not_approved",
            f"{missing} more approval{'s' * (missing != 1)} of another role needed",
            hint=f"voc access approve {request.id} --as NAME",
        )


def _missing(policy: Policy, request: Request, entities: set[str], approvals: list[Actor]) -> int:
    """How many approvals are missing for the most sensitive of the entities."""
    tiers = [policy.rule(entity).tier for entity in entities] or [Tier.CORE]
    missing = 0
    for tier in set(tiers):
        rule = policy.access.approvals.get(tier) or policy.access.approvals.get(Tier.CORE)
        if rule is None:
            return 9
        roles = {
            actor.role for actor in approvals if actor.role in rule.roles and actor.name != request.requester
        }
        missing = max(missing, rule.approvers - len(roles))
    return missing


def _valid(vault: Vault, request: Request, verdict: Verdict) -> list[Actor]:
    """Return those whose decision holds: signed with the registered key, for this very request."""
    digest = request.digest(vault.id)
    found = []
    for decision in decisions_on(vault, request.id):
        actor = _signer_of(vault, decision)
        if actor is not None and decision.verdict is verdict and decision.request == digest:
            found.append(actor)
    return found


def _signer_of(vault: Vault, decision: Decision) -> Actor | None:
    for actor in actors(vault):
        if actor.name == decision.actor and actor.role == decision.role:
            return actor if actor.verifies(decision.message(vault.id), decision.signature) else None
    return None


def _uses_in_log(log: AuditLog, request_id: str) -> int:
    """Count uses in the log, which nobody winds back together with the vault."""
    mark = f'"request":"{request_id}"'
    if not log.path.exists():
        return 0
    with log.path.open(encoding="utf-8") as lines:
        return sum(
            1
            for line in lines
            if mark in line and '"action":"access.reveal"' in line and '"outcome":"done"' in line
        )


def _used(request: Request) -> DeniedError:
    times = f"{request.max_uses} time{'s' * (request.max_uses != 1)}"
    return DeniedError("used", f"this request was for {times} and is used up", hint="make a new one")


def _role_of(vault: Vault, name: str) -> str:
    return next((actor.role for actor in actors(vault) if actor.name == name), "")
