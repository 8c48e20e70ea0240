"""The vault: nothing opens that should not, nothing is lost that should not."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import sqlite3
import stat
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vault_parts import values

from voc.errors import InputError, OutputError, UsageError, VocError
from voc.privacy.pseudonym import Pseudonyms, keyed_hash
from voc.privacy.vault.backup import backup, export_key, import_key, restore
from voc.privacy.vault.key_source import FileSource, KekKey, key_source, new_kek
from voc.privacy.vault.rotation import reencrypt, rotate
from voc.privacy.vault.shredding import shred
from voc.privacy.vault.suites import SUITES, SealError
from voc.privacy.vault.vault import Cell, State, Value, Vault, row_subject


@pytest.fixture(params=["aes", "gm"])
def vault(request, tmp_path):
    with Vault.create(str(tmp_path / "v.db"), suite=request.param) as made:
        yield made


def opened(vault: Vault, tokens: list[str]) -> list[str | None]:
    return [value.text for value in vault.open_tokens(tokens)]


# known answers


def test_aes_256_gcm_of_the_gcm_specification():
    """McGrew and Viega, The Galois/Counter Mode of Operation, test case 16."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = SUITES["aes"].encrypt(key, nonce, plain, bound)
    assert sealed.hex() == (
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )
    assert SUITES["aes"].decrypt(key, nonce, sealed, bound) == plain


def test_sm4_gcm_of_rfc_8998():
    """RFC 8998, appendix A.1."""
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    plain = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    bound = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    sealed = SUITES["gm"].encrypt(key, nonce, plain, bound)
    assert sealed.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert SUITES["gm"].decrypt(key, nonce, sealed, bound) == plain


def test_sm4_of_gb_t_32907():
    """GB/T 32907-2016, appendix A, example 1."""
    key = plain = bytes.fromhex("0123456789abcdeffedcba9876543210")
    work = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    assert (work.update(plain) + work.finalize()).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm3_of_gb_t_32905_and_its_hmac():
    """GB/T 32905-2016, appendix A, example 1; the HMAC against the definition of RFC 2104."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest.finalize().hex() == expected

    def sm3(data: bytes) -> bytes:
        work = hashes.Hash(hashes.SM3())
        work.update(data)
        return work.finalize()

    key = bytes(range(32)).ljust(64, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in key) + b"voc")
    assert keyed_hash("sm3", bytes(range(32)))(b"voc") == sm3(bytes(byte ^ 0x5C for byte in key) + inner)


def test_suites_have_pseudonyms_of_their_own():
    aes, gm = Pseudonyms(bytes(32)), Pseudonyms(bytes(32), "gm")
    assert aes.token("CN_MOBILE", "13800138000") != gm.token("CN_MOBILE", "13800138000")
    assert aes.key_id != gm.key_id


@settings(max_examples=40, deadline=None)
@given(
    plain=st.binary(max_size=60),
    bound=st.binary(max_size=20),
    at=st.integers(0, 10_000),
    bit=st.integers(0, 7),
)
@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_a_flipped_bit_never_opens(suite, plain, bound, at, bit):
    key = bytes(suite.key_bytes)
    sealed = bytearray(suite.seal(key, plain, bound))
    assert suite.open(key, bytes(sealed), bound) == plain
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(SealError):
        suite.open(key, bytes(sealed), bound)


# records


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=[]), max_size=20), max_size=8))
def test_what_is_sealed_comes_back(vault, texts):
    sealed = [Value(Cell("t", "c", str(at), "PERSON"), "p", text) for at, text in enumerate(texts)]
    assert opened(vault, vault.seal(sealed)) == texts


def test_same_cell_same_token_and_one_record(vault):
    first = vault.seal(values(4))
    assert vault.seal(values(4)) == first
    assert vault.status().records == 4
    assert len(set(first)) == 4
    elsewhere = vault.seal(values(4, table="u"))
    assert set(elsewhere).isdisjoint(first)


def test_nothing_is_in_clear_on_disk(vault, tmp_path):
    vault.seal(values(50))
    vault.database.forget_freed_pages()
    for path in tmp_path.iterdir():
        assert b"13800000" not in path.read_bytes()
    assert "138" not in repr(vault.open_tokens(vault.find())[0])


def test_a_bit_flip_in_the_file_is_told_and_the_rest_opens(vault):
    tokens = vault.seal(values(3))
    sealed = bytearray(
        vault.database.rows("SELECT sealed FROM vault_records WHERE token = ?", [tokens[0]])[0][0]
    )
    sealed[-1] ^= 1
    vault.database.change("UPDATE vault_records SET sealed = ? WHERE token = ?", [bytes(sealed), tokens[0]])
    states = [value.state for value in vault.open_tokens(tokens)]
    assert states == [State.BROKEN, State.OPENED, State.OPENED]


@pytest.mark.parametrize("column", ["row_key", "column_name", "table_name", "entity"])
def test_a_ciphertext_moved_to_another_cell_does_not_open(vault, column):
    [token, *_] = vault.seal(values(3))
    vault.database.change(f"UPDATE vault_records SET {column} = ? WHERE token = ?", ["other", token])
    assert vault.open_tokens([token])[0].state is State.BROKEN


def test_two_ciphertexts_swapped_do_not_open(vault):
    tokens = vault.seal(values(2))
    [first, second] = [
        vault.database.rows("SELECT sealed FROM vault_records WHERE token = ?", [token])[0][0]
        for token in tokens
    ]
    vault.database.change("UPDATE vault_records SET sealed = ? WHERE token = ?", [second, tokens[0]])
    vault.database.change("UPDATE vault_records SET sealed = ? WHERE token = ?", [first, tokens[1]])
    assert {value.state for value in vault.open_tokens(tokens)} == {State.BROKEN}


def test_a_value_of_a_row_becomes_its_persons_once_they_are_known(vault):
    cell = Cell("t", "c", "#7", "CN_MOBILE")
    [token] = vault.seal([Value(cell, row_subject("t", "#7"), "13800000007")])
    assert vault.seal([Value(cell, "person", "13800000007")]) == [token]
    assert opened(vault, [token]) == ["13800000007"]
    assert vault.seal([Value(cell, "somebody else", "13800000007")]) == [token]  # a person's stays theirs
    assert shred(vault, "person") == 1
    assert vault.open_tokens([token])[0].state is State.SHREDDED
    vault.seal([Value(cell, "somebody else", "13800000007")])
    assert vault.open_tokens([token])[0].state is State.SHREDDED


# keys


def test_after_a_rotation_the_old_key_opens_nothing(vault, tmp_path):
    source = key_source()
    old = source.load()[0]
    tokens = vault.seal(values(30))
    before = vault.database.rows("SELECT token, sealed FROM vault_records ORDER BY token")
    told: list[tuple[int, int]] = []
    done = rotate(vault, source, progress=lambda *step: told.append(step), batch=3)
    assert told[-1] == (10, 10)
    assert len(told) == 4
    assert done.kek_id != old.id
    assert vault.database.rows("SELECT token, sealed FROM vault_records ORDER BY token") == before
    assert opened(vault, tokens) == [value.text for value in values(30)]
    stolen = FileSource(tmp_path / "old.key")
    stolen.save(old)
    with pytest.raises(InputError, match="does not open this vault"):
        Vault.open(vault.database.name, source=stolen)
    assert source.load()[0].id == done.kek_id
    assert len(source.load()) == 1


def test_reencrypt_changes_every_ciphertext_and_the_suite(vault):
    tokens = vault.seal(values(10))
    before = dict(vault.database.rows("SELECT token, sealed FROM vault_records"))
    other = "gm" if vault.suite.name == "aes" else "aes"
    done = reencrypt(vault, suite=other, batch=2)
    after = dict(vault.database.rows("SELECT token, sealed FROM vault_records"))
    assert done.records == 10
    assert all(before[token] != after[token] for token in tokens)
    assert opened(vault, tokens) == [value.text for value in values(10)]
    assert vault.suite.name == other
    assert vault.status().data_keys == 3


def test_a_stopped_rotation_goes_on_and_another_work_waits(vault):
    tokens = vault.seal(values(30))

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(vault, key_source(), progress=stop, batch=2)
    assert opened(vault, tokens) == [value.text for value in values(30)]
    assert vault.status().unfinished == "rotate"
    assert vault.status().waiting == 8
    with pytest.raises(UsageError, match="waits"):
        reencrypt(vault)
    done = rotate(vault, key_source())
    assert done.resumed
    assert done.subjects == 8
    assert vault.status().unfinished is None


def test_another_process_notices_new_keys(vault):
    tokens = vault.seal(values(6))
    with Vault.open(vault.database.name) as other:
        assert opened(other, tokens)[0] == "13800000000"
        reencrypt(vault)
        assert opened(other, tokens) == [value.text for value in values(6)]
        more = other.seal(values(8))
    assert None not in opened(vault, more)


def test_shredding_one_person_leaves_the_rest(vault, tmp_path):
    tokens = vault.seal(values(9))
    copy = tmp_path / "copy.db"
    backup(vault, copy)
    assert shred(vault, "person1") == 3
    states = [value.state for value in vault.open_tokens(tokens)]
    assert states == [State.OPENED] * 3 + [State.SHREDDED] * 3 + [State.OPENED] * 3
    # masking the same table again does not bring them back
    assert vault.seal(values(9)) == tokens
    assert [value.state for value in vault.open_tokens(tokens)] == states
    with pytest.raises(InputError, match="already"):
        shred(vault, "person1")
    with pytest.raises(InputError, match="nobody"):
        shred(vault, "person99")
    # nor does a backup from before
    location = vault.database.name
    vault.close()
    assert restore(copy, location, key_source(), force=True) == (9, 1)
    with Vault.open(location) as again:
        assert [value.state for value in again.open_tokens(tokens)] == states


def test_backup_and_exported_key_bring_all_back(vault, tmp_path):
    tokens = vault.seal(values(12))
    kek = key_source().load()[0]
    export_key(kek, "correct horse battery", tmp_path / "k.json")
    backup(vault, tmp_path / "b.db")
    assert stat.S_IMODE((tmp_path / "k.json").stat().st_mode) == 0o600
    assert kek.text not in (tmp_path / "k.json").read_text()
    with pytest.raises(InputError, match="passphrase"):
        import_key(tmp_path / "k.json", "wrong horse battery")
    with pytest.raises(UsageError, match="12 characters"):
        export_key(kek, "short", tmp_path / "s.json")
    source = FileSource(tmp_path / "new" / "vault.key")
    source.save(import_key(tmp_path / "k.json", "correct horse battery"))
    elsewhere = str(tmp_path / "new" / "v.db")
    assert restore(tmp_path / "b.db", elsewhere, source) == (12, 0)
    with Vault.open(elsewhere, source=source) as again:
        assert opened(again, tokens) == [value.text for value in values(12)]
    wrong = FileSource(tmp_path / "wrong.key")
    wrong.save(new_kek())
    with pytest.raises(InputError, match="needs key"):
        restore(tmp_path / "b.db", str(tmp_path / "x.db"), wrong)


def test_key_sources(tmp_path, monkeypatch):
    kek = new_kek()
    path = tmp_path / "k"
    path.write_text(kek.text)
    path.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        key_source(f"file:{path}").load()
    path.chmod(0o600)
    assert key_source(f"file:{path}").load() == [kek]
    monkeypatch.setenv("MY_KEY", kek.text)
    assert key_source("env:MY_KEY").load() == [kek]
    with pytest.raises(InputError, match="not set"):
        key_source("env:NO_KEY").load()
    assert key_source(f"command:cat {path}").load() == [kek]
    with pytest.raises(InputError, match="exit code"):
        key_source(f"command:cat {tmp_path}/none").load()
    with pytest.raises(InputError, match="no such program"):
        key_source("command:/no/such/program").load()
    with pytest.raises(UsageError, match="kind"):
        key_source(f"fil:{path}")
    path.write_text("no key")
    with pytest.raises(InputError, match="64 hexadecimal"):
        key_source(f"file:{path}").load()
    with pytest.raises(UsageError, match="never pickled"):
        pickle.dumps(kek)
    assert kek.text not in repr(kek)


def test_keyring(monkeypatch):
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 1  # type: ignore[assignment]
        kept: ClassVar[dict[tuple[str, str], str]] = {}

        def get_password(self, service, username):
            return self.kept.get((service, username))

        def set_password(self, service, username, password):
            self.kept[service, username] = password

        def delete_password(self, service, username):
            del self.kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        source = key_source("keyring:voc/vault")
        with pytest.raises(InputError, match="no such entry"):
            source.load()
        kek = new_kek()
        source.save(kek)
        assert source.load() == [kek]
    finally:
        keyring.set_keyring(before)


def test_a_wrong_key_is_told(vault, tmp_path):
    wrong = FileSource(tmp_path / "wrong")
    wrong.save(KekKey(bytes(32)))
    with pytest.raises(InputError, match="does not open"):
        Vault.open(vault.database.name, source=wrong)


# trouble


def test_read_only(vault):
    tokens = vault.seal(values(3))
    with Vault.open(vault.database.name, read_only=True) as reader:
        assert opened(reader, tokens)[0] == "13800000000"
        with pytest.raises(OutputError, match="reading only"):
            reader.seal(values(9))
        with pytest.raises(OutputError, match="reading only"):
            shred(reader, "person0")


def test_what_is_no_vault_is_told(tmp_path):
    Vault.create(str(tmp_path / "v.db")).close()
    (tmp_path / "text.db").write_text("no database at all" * 100)
    with pytest.raises(VocError, match="no vault"):
        Vault.open(str(tmp_path / "text.db"))
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(InputError, match="voc vault init"):
        Vault.open(str(tmp_path / "empty.db"))
    with pytest.raises(InputError, match="voc vault init"):
        Vault.open(str(tmp_path / "none.db"))
    with pytest.raises(UsageError, match="already"):
        Vault.create(str(tmp_path / "v.db"))


def test_a_person_whose_key_could_not_be_kept_gets_another(vault, monkeypatch):
    """A failed batch leaves no key behind in memory under which later values would be sealed in vain."""

    def full(*_):
        raise OutputError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(vault, "bound", full)
        with pytest.raises(OutputError):
            vault.seal(values(3))
    tokens = vault.seal(values(3))
    with Vault.open(vault.database.name) as again:
        assert opened(again, tokens) == [value.text for value in values(3)]


def test_disk_full_loses_nothing_that_was_kept(tmp_path):
    with Vault.create(str(tmp_path / "v.db")) as vault:
        tokens = vault.seal(values(100))
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = max(path.stat().st_size for path in tmp_path.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 65536, size + 65536))
        code = 9
        try:
            with Vault.open(str(tmp_path / "v.db")) as filled:
                for at in range(200):
                    filled.seal(values(500, table=f"t{at}"))
        except OutputError as error:
            code = 0 if "disk" in error.message else 8
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with Vault.open(str(tmp_path / "v.db")) as vault:
        assert opened(vault, tokens) == [value.text for value in values(100)]
        assert {value.state for value in vault.open_tokens(vault.find())} == {State.OPENED}


def test_a_file_of_keys_is_made_with_its_mode(tmp_path):
    old = os.umask(0)
    try:
        Vault.create(str(tmp_path / "d" / "v.db"), source=FileSource(tmp_path / "d" / "k")).close()
    finally:
        os.umask(old)
    for name in ("k", "v.db"):
        assert stat.S_IMODE((tmp_path / "d" / name).stat().st_mode) == 0o600
    assert sys.platform != "win32"
    assert Path(tmp_path / "d").stat().st_mode & 0o777 == 0o700
