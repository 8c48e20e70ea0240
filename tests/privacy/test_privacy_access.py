"""Requests, approvals and the log: what must not open does not, and every attempt is on record."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from vault_parts import signer, values

from voc.errors import InputError, UsageError
from voc.privacy.access import requests
from voc.privacy.access.requests import Verdict, decide, load_request, make_request, revoke
from voc.privacy.access.reveal import DeniedError, reveal, state_of
from voc.privacy.audit.log import AuditLog
from voc.privacy.audit.verify import verify
from voc.privacy.policy import Policy, load_policy
from voc.privacy.vault import vault as vault_module
from voc.privacy.vault.vault import Vault


class House:
    """A vault with people, a policy and a log."""

    def __init__(self, folder) -> None:
        self.policy: Policy = load_policy("protected")
        self.vault = Vault.create(str(folder / "v.db"))
        self.log = AuditLog(folder / "audit")
        self.tokens = self.vault.seal(values(4, entity="CN_RESIDENT_ID"))
        self.alice = signer(self.vault, "alice", "risk")
        self.bob = signer(self.vault, "bob", "compliance")
        self.carol = signer(self.vault, "carol", "risk")
        self.dora = signer(self.vault, "dora", "marketing")

    def ask(self, who=None, **more):
        settings = {"tokens": self.tokens, "purpose": "audit", **more}
        return make_request(self.vault, self.policy, who or self.alice, **settings)

    def approve(self, request, *who):
        for one in who:
            decide(self.vault, self.policy, one, request.id, Verdict.APPROVE)

    def open(self, request, who=None):
        return reveal(self.vault, self.policy, self.log, who or self.alice, request.id)

    def refused(self, request, reason, who=None):
        with pytest.raises(DeniedError) as caught:
            self.open(request, who)
        assert caught.value.reason == reason
        last = list(self.log.entries())[-1]
        assert last["action"] == "access.reveal"
        assert last["reason"] == reason
        assert last["outcome"] in ("denied", "expired")

    def approved(self, **more):
        request = self.ask(**more)
        self.approve(request, self.bob, self.carol)
        return request


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.vault.close()


def test_two_people_of_two_roles_open_core_values_once(house):
    request = house.ask()
    house.refused(request, "not_approved")
    house.approve(request, house.bob)
    house.refused(request, "not_approved")
    house.approve(request, house.carol)
    done = house.open(request)
    assert [value.text for value in done.values] == [value.text for value in values(4)]
    assert done.uses_left == 0
    house.refused(request, "used")
    entry = [entry for entry in house.log.entries() if entry["outcome"] == "done"][-1]
    assert entry["entities"] == {"CN_RESIDENT_ID": 4}
    assert entry["purpose"] == "audit"
    assert entry["request"] == request.id
    assert "1380000" not in house.log.path.read_text()
    assert verify(house.log).sound


def test_general_values_need_one_approval(house):
    house.tokens = house.vault.seal(values(2, table="u"))
    request = house.ask(uses=2)
    house.approve(request, house.bob)
    assert house.open(request).uses_left == 1
    assert house.open(request).uses_left == 0
    house.refused(request, "used")


def test_nobody_approves_their_own(house):
    request = house.ask()
    with pytest.raises(UsageError, match="own request"):
        house.approve(request, house.alice)


def test_two_approvals_of_one_role_do_not_do(house):
    second = signer(house.vault, "eve", "risk")
    request = house.ask()
    house.approve(request, house.carol, second)
    house.refused(request, "not_approved")
    with pytest.raises(UsageError, match="decided already"):
        house.approve(request, house.carol)


def test_wrong_roles(house):
    request = house.ask(house.dora)
    house.approve(request, house.bob, house.carol)
    house.refused(request, "wrong_role", house.dora)
    with pytest.raises(UsageError, match="does not decide"):
        house.approve(house.ask(), house.dora)
    house.refused(house.approved(), "not_the_requester", house.bob)


def test_denied_and_revoked(house):
    request = house.ask()
    house.approve(request, house.carol)
    decide(house.vault, house.policy, house.bob, request.id, Verdict.DENY)
    house.refused(request, "denied")
    request = house.approved()
    revoke(house.vault, house.bob, request.id)
    house.refused(request, "revoked")
    with pytest.raises(UsageError, match="revoke"):
        revoke(house.vault, house.dora, house.ask().id)


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set."""

    class Clock(datetime):
        shift = timedelta()

        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + cls.shift

    monkeypatch.setattr(vault_module, "datetime", Clock)
    return Clock


def test_expired_and_the_clock_moved_back(house, clock):
    request = house.approved(hours=1)
    clock.shift = timedelta(hours=2)
    house.refused(request, "expired")
    house.vault.now()  # the vault has seen the later time
    clock.shift = timedelta()
    with pytest.raises(UsageError, match="clock"):
        house.open(request)
    state = state_of(house.vault, house.policy, request, datetime.now(UTC) + timedelta(hours=2))
    assert state.state == "expired"


def _rewrite(house, request, **changes):
    body = {**json.loads(house.vault.database.rows("SELECT body FROM access_requests")[0][0]), **changes}
    house.vault.database.change(
        "UPDATE access_requests SET body = ? WHERE id = ?", [json.dumps(body), request.id]
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": "2099-01-01T00:00:00+00:00"},
        {"max_uses": 99},
        {"purpose": "fraud_investigation"},
        {"tokens": []},
    ],
    ids=["time", "uses", "purpose", "tokens"],
)
def test_a_request_changed_in_the_database_is_forged(house, changes):
    request = house.approved()
    _rewrite(house, request, **changes)
    house.refused(request, "forged_request")


def test_nobody_brings_a_policy_of_their_own(house):
    """One approval would do under it: neither do the approvers sign, nor does it open what they signed."""
    theirs = house.policy
    rules = theirs.access.model_copy(update={"approvals": {}, "max_rows": 5})
    own = theirs.model_copy(update={"name": "own", "access": rules})
    house.policy = own
    brought = house.ask()
    with pytest.raises(UsageError, match="another policy"):
        decide(house.vault, theirs, house.bob, brought.id, Verdict.APPROVE)
    house.policy = theirs
    house.refused(brought, "policy")
    approved = house.approved()
    house.policy = own
    house.refused(approved, "policy")


def test_attempts_on_what_is_not_there_are_recorded(house, clock):
    with pytest.raises(UsageError, match="no such request"):
        reveal(house.vault, house.policy, house.log, house.alice, "0123456789ab")
    request = house.approved()
    house.vault.database.change("UPDATE access_requests SET body = 'x' WHERE id = ?", [request.id])
    with pytest.raises(InputError, match="damaged"):
        house.open(request)
    request = house.approved()
    clock.shift = timedelta(hours=-3)
    with pytest.raises(UsageError, match="clock"):
        house.open(request)
    told = [(entry["outcome"], entry["reason"], entry["role"]) for entry in house.log.entries()]
    assert told == [
        ("denied", "UsageError", "risk"),
        ("denied", "InputError", "risk"),
        ("denied", "UsageError", "risk"),
    ]


def test_uses_wound_back_in_the_database_are_found_in_the_log(house):
    request = house.approved()
    house.open(request)
    house.vault.database.change("UPDATE access_requests SET used = 0")
    house.refused(request, "used")


def test_forged_and_replayed_approvals_count_for_nothing(house):
    first = house.approved()
    second = house.ask(tokens=house.tokens[:1])
    # replayed: the approvals of another request
    house.vault.database.change(
        "INSERT INTO access_decisions (request, actor, body, signature) "
        "SELECT ?, actor, body, signature FROM access_decisions WHERE request = ?",
        [second.id, first.id],
    )
    house.refused(second, "not_approved")
    # forged: signed by somebody else in Bob's name
    third = house.ask(tokens=house.tokens[:2])
    house.approve(third, house.carol)
    decision = requests.Decision(
        "bob", "compliance", Verdict.APPROVE, "2026-01-01", third.digest(house.vault.id), ""
    )
    forged = house.alice.sign(decision.message(house.vault.id))
    house.vault.database.change(
        "INSERT INTO access_decisions (request, actor, body, signature) VALUES (?, 'bob', ?, ?)",
        [third.id, json.dumps(decision._asdict()), forged],
    )
    house.refused(third, "not_approved")


def test_an_approver_written_into_the_registry_is_none(house):
    request = house.ask()
    house.approve(request, house.carol)
    house.vault.database.change("UPDATE access_actors SET role = 'compliance' WHERE name = 'dora'")
    with pytest.raises(UsageError, match="registry"):
        house.approve(request, house.dora)
    house.refused(request, "not_approved")


def test_limits_of_the_policy(house):
    for more, word in (
        ({"purpose": "curiosity"}, "purpose"),
        ({"hours": 1000}, "max_hours"),
        ({"uses": 100}, "max_uses"),
        ({"tokens": []}, "no value"),
        ({"tokens": ["a" * 16]}, "not in this vault"),
        ({"tokens": [f"{n:016d}" for n in range(10_001)]}, "max_rows"),
    ):
        with pytest.raises(UsageError, match=word):
            house.ask(**more)


def test_two_processes_at_once_open_it_once(house, tmp_path):
    request = house.approved()
    house.vault.close()
    start, go = os.pipe()
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            code = 9
            try:
                os.read(start, 1)
                with Vault.open(str(tmp_path / "v.db")) as own:
                    reveal(own, house.policy, house.log, house.alice, request.id)
                code = 0
            except DeniedError as denied:
                code = 1 if denied.reason == "used" else 8
            finally:
                os._exit(code)
        children.append(child)
    os.write(go, b"xxxx")
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    assert codes == [0, 1, 1, 1]
    outcomes = sorted(entry["outcome"] for entry in house.log.entries())
    assert outcomes == ["denied", "denied", "denied", "done"]
    assert verify(house.log).sound
    house.vault = Vault.open(str(tmp_path / "v.db"))
    assert load_request(house.vault, request.id).used == 1
