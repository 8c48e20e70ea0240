"""The same vault on PostgreSQL: the same code, the same promises."""

from __future__ import annotations

import os

import psycopg
import pytest
from postgres_server import server  # noqa: F401 - a fixture
from vault_parts import signer, values

from voc.errors import OutputError
from voc.privacy.access.requests import Verdict, decide, make_request
from voc.privacy.access.reveal import reveal
from voc.privacy.audit.log import AuditLog
from voc.privacy.policy import load_policy
from voc.privacy.vault.backup import backup, restore
from voc.privacy.vault.key_source import key_source
from voc.privacy.vault.rotation import reencrypt, rotate
from voc.privacy.vault.shredding import shred
from voc.privacy.vault.vault import State, Vault


@pytest.fixture
def url(server):  # noqa: F811
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return server


def test_the_life_of_a_vault(url, tmp_path):
    with Vault.create(url) as vault:
        tokens = vault.seal(values(20, entity="CN_RESIDENT_ID"))
        assert vault.seal(values(20, entity="CN_RESIDENT_ID")) == tokens
        rotate(vault, key_source(), batch=3)
        reencrypt(vault, suite="gm", batch=3)
        assert [value.text for value in vault.open_tokens(tokens)] == [value.text for value in values(20)]
        assert backup(vault, tmp_path / "b.db") == 20
        assert shred(vault, "person1") == 3
        policy = load_policy("protected")
        alice, bob, carol = (
            signer(vault, *who) for who in (("alice", "risk"), ("bob", "compliance"), ("carol", "risk"))
        )
        request = make_request(vault, policy, alice, tokens=tokens, purpose="audit")
        for who in (bob, carol):
            decide(vault, policy, who, request.id, Verdict.APPROVE)
        done = reveal(vault, policy, AuditLog(tmp_path / "a"), alice, request.id)
        assert sum(value.state is State.OPENED for value in done.values) == 17
    with Vault.open(url, read_only=True) as reader, pytest.raises(OutputError, match="reading only"):
        reader.seal(values(1))
    # a vault moves from one engine to the other by backup and restore, and stays shredded
    assert restore(tmp_path / "b.db", url, key_source(), force=True) == (20, 1)
    assert restore(tmp_path / "b.db", str(tmp_path / "sqlite.db"), key_source()) == (20, 0)


def test_writers_at_once(url):
    Vault.create(url).close()
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                with Vault.open(url) as vault:
                    for part in range(4):
                        vault.seal(values(50, table=f"t{number}-{part}"))  # the same people in every table
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    with Vault.open(url) as vault:
        assert vault.status().records == 600
        assert vault.status().subjects == 17
        assert {value.state for value in vault.open_tokens(vault.find())} == {State.OPENED}
