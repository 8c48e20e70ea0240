"""Pseudonyms: one token a value, a key that only its owner can read, and that leaves by no door."""

from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.errors import InputError, OutputError, UsageError
from voc.privacy.pseudonym import Pseudonyms, canonical, key_path, load_pseudonyms

KEY = bytes(range(32))


def test_token_is_hmac_sha256_by_its_definition():
    # RFC 2104 written out: H(K ^ opad, H(K ^ ipad, text)); the first 80 bits in base 32
    import base64
    import hashlib

    block = KEY + bytes(32)
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + b"CN_MOBILE\x0013800138000").digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).digest()
    expected = base64.b32encode(outer[:10]).decode().lower()
    assert Pseudonyms(KEY).token("CN_MOBILE", "13800138000") == expected


@pytest.mark.parametrize(
    ("domain", "spellings"),
    [
        (
            "CN_MOBILE",
            [
                "13800138000",
                "+86 138 0013 8000",
                "0086-13800138000",
                "８６１３８００１３８０００",
                "138-0013-8000",
            ],
        ),
        (
            "CN_RESIDENT_ID",
            ["11010519491231002X", "11010519491231002x", "110105 19491231 002X", "11010519491231002×"],
        ),
        ("EMAIL", ["Li@QQ.com", "li@qq.com", "li @ qq.com", "li@qq。com"]),
        ("CN_PLATE", ["京A·12345", "京a12345", "京A 12345"]),
        ("customer", ["123", "123.0", " 123 ", "１２３", "123.00"]),
        ("PERSON", ["王 明", "王  明"]),
    ],
)
def test_spellings_of_one_value_have_one_token(domain, spellings):
    tokens = {Pseudonyms(KEY).token(domain, spelling) for spelling in spellings}
    assert len(tokens) == 1


def test_different_values_domains_and_keys_have_different_tokens():
    one, other = Pseudonyms(KEY), Pseudonyms(KEY[::-1])
    tokens = [
        one.token("customer", "123"),
        one.token("customer", "0123"),
        one.token("PERSON", "123"),
        other.token("customer", "123"),
    ]
    assert len(set(tokens)) == 4
    assert one.key_id != other.key_id


@given(st.sampled_from(["CN_MOBILE", "EMAIL", "customer", "CN_PLATE", "PERSON"]), st.text(max_size=30))
def test_the_canonical_form_is_stable(domain, value):
    once = canonical(domain, value)
    assert canonical(domain, once) == once


def test_key_is_made_once_for_its_owner_only():
    first = load_pseudonyms()
    mode = stat.S_IMODE(key_path().stat().st_mode)
    assert mode == 0o600
    assert load_pseudonyms().token("a", "b") == first.token("a", "b")
    assert list(key_path().parent.iterdir()) == [key_path()]


def test_many_that_start_at_once_get_one_key():
    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(lambda _: load_pseudonyms().key_id, range(64)))
    assert len(set(ids)) == 1


def test_environment_names_the_key_file(tmp_path, monkeypatch):
    monkeypatch.setenv("VOC_KEY_FILE", str(tmp_path / "elsewhere.key"))
    load_pseudonyms()
    assert (tmp_path / "elsewhere.key").exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_a_key_that_others_can_read_is_refused(mode):
    load_pseudonyms()
    key_path().chmod(mode)
    with pytest.raises(InputError, match="read by others"):
        load_pseudonyms()


@pytest.mark.parametrize("content", ["", "no key", "abcd", "é" * 64])
def test_a_file_without_a_key_is_refused_and_not_quoted(tmp_path, content):
    path = tmp_path / "k"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(InputError) as caught:
        load_pseudonyms(path)
    assert not content or content not in str(caught.value).replace("no pseudonym key", "")


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        load_pseudonyms(tmp_path / "file" / "key")


def test_the_key_leaves_by_no_door():
    pseudonyms = load_pseudonyms()
    key = key_path().read_text().strip()
    assert key not in repr(pseudonyms)
    with pytest.raises(UsageError, match="never pickled"):
        pickle.dumps(pseudonyms)


def test_tokens_do_not_depend_on_the_process():
    code = "from voc.privacy.pseudonym import Pseudonyms; print(Pseudonyms(bytes(range(32))).token('a', 'b'))"
    out = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert out == {Pseudonyms(KEY).token("a", "b")}
