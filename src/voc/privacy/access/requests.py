"""Requests to open values, and the decisions on them, each signed by who makes it.

A request names tokens, or a filter that is turned into tokens at once, so that what is approved is what is
opened. A decision signs the digest of the whole request, so it cannot be moved to another one. The request
names the policy too: who approves and who opens must have the same one, or whoever asks could bring a weaker.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from voc.errors import InputError, UsageError, nearest
from voc.how_many import how_many
from voc.privacy.access.actors import Actor, Signer, find_actor
from voc.privacy.access.rules import AccessRules
from voc.privacy.vault.vault import Vault

if TYPE_CHECKING:
    from voc.privacy.policy import Policy

__all__ = [
    "Decision",
    "Request",
    "Verdict",
    "all_requests",
    "decide",
    "decisions_on",
    "load_request",
    "make_request",
    "revoke",
]


class Verdict(StrEnum):
    """What an approver decides."""

    APPROVE = "approve"
    DENY = "deny"


class Request(NamedTuple):
    """A request, as its requester signed it."""

    id: str
    requester: str
    role: str
    purpose: str
    tokens: tuple[str, ...]
    max_uses: int
    created: datetime
    expires: datetime
    policy: str
    signature: str
    used: int
    revoked: str
    """Who revoked it, or nothing."""

    def body(self) -> dict[str, Any]:
        """What is signed."""
        return {
            "id": self.id,
            "requester": self.requester,
            "role": self.role,
            "purpose": self.purpose,
            "tokens": list(self.tokens),
            "max_uses": self.max_uses,
            "created": self.created.isoformat(),
            "expires": self.expires.isoformat(),
            "policy": self.policy,
        }

    def message(self, vault_id: str) -> bytes:
        """Bytes that the requester signs."""
        return _canonical("voc request", vault_id, self.body())

    def digest(self, vault_id: str) -> str:
        """Names this request and no other, as 64 hex digits."""
        return hashlib.sha256(self.message(vault_id)).hexdigest()


class Decision(NamedTuple):
    """What one approver decided."""

    actor: str
    role: str
    verdict: Verdict
    at: str
    request: str
    """Digest of the request."""
    signature: str

    def message(self, vault_id: str) -> bytes:
        """Bytes that the approver signs."""
        body = {
            "actor": self.actor,
            "role": self.role,
            "verdict": str(self.verdict),
            "at": self.at,
            "request": self.request,
        }
        return _canonical("voc decision", vault_id, body)


def make_request(
    vault: Vault,
    policy: Policy,
    signer: Signer,
    *,
    tokens: Sequence[str],
    purpose: str,
    hours: float = 24.0,
    uses: int = 1,
) -> Request:
    """Ask for values.

    Raises
    ------
    UsageError
        For a purpose that the policy does not list, too many rows, too long a time, or too many uses.
    """
    actor = _own(vault, signer)
    rules = policy.access
    _check_purpose(rules, purpose)
    wanted = tuple(dict.fromkeys(tokens))
    if not wanted:
        raise UsageError(
            "the request names no value", hint="give --token, --tokens-file or a filter that matches"
        )
    limits = (
        (len(wanted), rules.max_rows, "values", "max_rows"),
        (hours, rules.max_hours, "hours", "max_hours"),
        (uses, rules.max_uses, "uses", "max_uses"),
    )
    for asked, most, what, name in limits:
        if not 0 < asked <= most:
            raise UsageError(
                f"{asked:g} {what} are asked for, the policy allows {most:g}", where=f"access.{name}"
            )
    known = {token for token, _ in vault.places(wanted)}
    if len(known) < len(wanted):
        raise UsageError(
            f"not in this vault: {len(wanted) - len(known):,} of {how_many(len(wanted), 'token')}"
        )
    with vault.database.writing():
        now = vault.now()
        unsigned = Request(
            secrets.token_hex(6),
            actor.name,
            actor.role,
            purpose,
            wanted,
            uses,
            now,
            now + timedelta(hours=hours),
            policy.fingerprint(),
            "",
            0,
            "",
        )
        request = unsigned._replace(signature=signer.sign(unsigned.message(vault.id)))
        vault.database.change(
            "INSERT INTO access_requests (id, body, signature, used, revoked) VALUES (?, ?, ?, 0, '')",
            [request.id, json.dumps(request.body()), request.signature],
        )
    return request


def decide(vault: Vault, policy: Policy, signer: Signer, request_id: str, verdict: Verdict) -> Decision:
    """Approve or deny a request.

    Raises
    ------
    UsageError
        For one's own request, a role that may not decide, one under another policy, or one that is over.
    """
    actor = _own(vault, signer)
    with vault.database.writing():
        request = load_request(vault, request_id)
        if request.requester == actor.name:
            raise UsageError("nobody approves their own request", where=request.id)
        may = sorted({role for rule in policy.access.approvals.values() for role in rule.roles})
        if actor.role not in may:
            raise UsageError(
                f"role {actor.role!r} does not decide on requests",
                where=request.id,
                hint=f"roles: {', '.join(may)}",
            )
        if request.policy != policy.fingerprint():
            raise UsageError(
                f"this request was made under another policy than {policy.name!r}",
                where=request.id,
                hint="agree on one: give the same --policy, or have a new request made",
            )
        now = vault.now()
        if request.revoked or now >= request.expires:
            raise UsageError("this request is over", where=request.id, hint="make a new one")
        if any(decision.actor == actor.name for decision in decisions_on(vault, request.id)):
            raise UsageError(f"{actor.name!r} has decided already", where=request.id)
        unsigned = Decision(actor.name, actor.role, verdict, now.isoformat(), request.digest(vault.id), "")
        decision = unsigned._replace(signature=signer.sign(unsigned.message(vault.id)))
        vault.database.change(
            "INSERT INTO access_decisions (request, actor, body, signature) VALUES (?, ?, ?, ?)",
            [request.id, actor.name, json.dumps(decision._asdict()), decision.signature],
        )
    return decision


def revoke(vault: Vault, signer: Signer, request_id: str) -> Request:
    """End a request: its requester or anybody who may decide."""
    actor = _own(vault, signer)
    with vault.database.writing():
        request = load_request(vault, request_id)
        deciders = {decision.actor for decision in decisions_on(vault, request.id)}
        if actor.name != request.requester and actor.name not in deciders and actor.role != "compliance":
            raise UsageError(
                "only its requester, its approvers and compliance revoke a request", where=request.id
            )
        vault.database.change("UPDATE access_requests SET revoked = ? WHERE id = ?", [actor.name, request.id])
    return request


def load_request(vault: Vault, request_id: str) -> Request:
    """Return a request. Raises UsageError with the nearest id when there is none."""
    for request in all_requests(vault, request_id):
        return request
    known = [row[0] for row in vault.database.rows("SELECT id FROM access_requests")]
    near = nearest(request_id, known)
    raise UsageError(
        "there is no such request", hint=f"did you mean {near}?" if near else "see `voc access list`"
    )


def all_requests(vault: Vault, request_id: str | None = None) -> list[Request]:
    """Return all requests, or those of one id."""
    where, values = ("WHERE id = ?", [request_id]) if request_id is not None else ("", [])
    rows = vault.database.rows(
        f"SELECT id, body, signature, used, revoked FROM access_requests {where}",  # noqa: S608 - a constant
        values,
    )
    found = [_request(*row) for row in rows]
    return sorted(found, key=lambda request: (request.created, request.id))


def decisions_on(vault: Vault, request_id: str) -> list[Decision]:
    """Return the decisions on a request, as they stand; `voc.privacy.access.reveal` checks them."""
    rows = vault.database.rows("SELECT body, signature FROM access_decisions WHERE request = ?", [request_id])
    found = []
    for body, signature in rows:
        try:
            told = json.loads(body)
            verdict = Verdict(told["verdict"])
            found.append(
                Decision(
                    str(told["actor"]),
                    str(told["role"]),
                    verdict,
                    str(told["at"]),
                    str(told["request"]),
                    signature,
                )
            )
        except (ValueError, KeyError, TypeError):
            continue  # no decision: it counts for nothing
    return sorted(found, key=lambda decision: (decision.at, decision.actor))


def _request(request_id: str, body: str, signature: str, used: int, revoked: str) -> Request:
    try:
        told = json.loads(body)
        return Request(
            request_id,
            str(told["requester"]),
            str(told["role"]),
            str(told["purpose"]),
            tuple(str(token) for token in told["tokens"]),
            int(told["max_uses"]),
            datetime.fromisoformat(told["created"]),
            datetime.fromisoformat(told["expires"]),
            str(told["policy"]),
            signature,
            int(used),
            revoked,
        )
    except (ValueError, KeyError, TypeError):
        raise InputError("this request is damaged", where=request_id) from None


def _own(vault: Vault, signer: Signer) -> Actor:
    """Return the signer's entry in the registry; the key must be the registered one."""
    actor = find_actor(vault, signer.name)
    if actor.public_key != signer.public_key:
        raise UsageError(f"this key is not the registered one of {signer.name!r}")
    return actor


def _check_purpose(rules: AccessRules, purpose: str) -> None:
    if purpose in rules.purposes:
        return
    near = nearest(purpose, rules.purposes)
    listed = ", ".join(rules.purposes) or "none: add access.purposes to the policy"
    raise UsageError(
        f"no purpose {purpose!r}", hint=f"did you mean {near!r}?" if near else f"purposes: {listed}"
    )


def _canonical(kind: str, vault_id: str, body: dict[str, Any]) -> bytes:
    return json.dumps([kind, vault_id, body], sort_keys=True, separators=(",", ":")).encode()
