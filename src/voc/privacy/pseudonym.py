"""Keyed pseudonyms: one token for a value in every table, which nobody undoes without the key.

The key is 32 random bytes in a file that only its owner can read. It is made on first use, never printed,
never pickled (stages carry the path) and never part of a fingerprint beyond its key id.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
import tempfile
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from voc.config.resources import data_home
from voc.errors import InputError, OutputError, UsageError
from voc.text.normalise import fold

__all__ = [
    "CUSTOMER_DOMAIN",
    "Pseudonyms",
    "canonical",
    "key_path",
    "load_pseudonyms",
    "sm3_hmac",
    "token_text",
]

CUSTOMER_DOMAIN: Final = "customer"
"""Domain of customer ids, whatever their column is called."""

TOKEN_LENGTH: Final = 16
"""Characters of a token: 80 bits, base 32 in lower case."""

_KEY_BYTES: Final = 32
_PHONES: Final = frozenset({"CN_MOBILE", "CN_LANDLINE"})
_COMPACT: Final = frozenset(
    [
        "CN_RESIDENT_ID",
        "CN_FOREIGNER_ID",
        "CN_PASSPORT",
        "CN_HKMO_PERMIT",
        "CN_TW_PERMIT",
        "HK_ID",
        "TW_ID",
        "CN_BANK_CARD",
        "CN_PLATE",
        "VIN",
        "CN_USCC",
        "IMEI",
        "IMSI",
        "MAC_ADDRESS",
        "WAYBILL_NO",
        "ORDER_NO",
        "QQ_ID",
        "CN_SOCIAL_SECURITY",
    ]
)
_WHOLE_NUMBER: Final = re.compile(r"(?P<whole>[+-]?[0-9]+)\.0+")
_SEPARATORS: Final = re.compile(r"[^0-9A-Za-z\u3400-\u9fff]+")


@cache
def _hashlib_knows_sm3() -> bool:
    return "sm3" in hashlib.algorithms_available


def sm3_hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SM3 (RFC 2104 with GB/T 32905), 32 bytes."""
    if _hashlib_knows_sm3():  # quicker where the interpreter's OpenSSL has it
        return hmac.digest(key, message, "sm3")
    from cryptography.hazmat.primitives.hashes import SM3
    from cryptography.hazmat.primitives.hmac import HMAC

    work = HMAC(key, SM3())
    work.update(message)
    return work.finalize()


class Pseudonyms:
    """Makes tokens with one key. Cannot be pickled: a worker loads the key from its file."""

    __slots__ = ("_key", "_suite", "key_id")

    def __init__(self, key: bytes, suite: str = "aes") -> None:
        if len(key) < _KEY_BYTES:
            raise UsageError(f"a pseudonym key needs {_KEY_BYTES} bytes, this one has {len(key)}")
        self._key = key
        self._suite = suite
        self.key_id = _token(key, suite, "key id", "voc")[:8]
        """Names the key without telling anything about it."""

    def __repr__(self) -> str:
        return f"Pseudonyms(key_id={self.key_id!r})"

    def __reduce__(self) -> tuple[object, ...]:
        raise UsageError("a pseudonym key is never pickled", hint="pass the path of the key file instead")

    def token(self, domain: str, value: str) -> str:
        """Token of a value: an HMAC (RFC 2104, FIPS 198-1) over the domain and the canonical value.

        The hash is SHA-256, or SM3 (GB/T 32905) in the suite `gm`.

        Parameters
        ----------
        domain
            Entity type, or `CUSTOMER_DOMAIN`. Equal values of different domains have different tokens.
        value
            The value as it was found.
        """
        return _token(self._key, self._suite, domain, canonical(domain, value))


def _token(key: bytes, suite: str, domain: str, value: str) -> str:
    message = f"{domain}\x00{value}".encode("utf-8", "surrogatepass")
    return token_text(sm3_hmac(key, message) if suite == "gm" else hmac.digest(key, message, "sha256"))


_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)


def token_text(digest: bytes) -> str:
    """Write the first 80 bits of a digest in base 32 (RFC 4648), lower case: ten bits to two characters."""
    bits = int.from_bytes(digest[:10], "big")
    two = _PAIRS
    return (
        f"{two[bits >> 70]}{two[bits >> 60 & 1023]}{two[bits >> 50 & 1023]}{two[bits >> 40 & 1023]}"
        f"{two[bits >> 30 & 1023]}{two[bits >> 20 & 1023]}{two[bits >> 10 & 1023]}{two[bits & 1023]}"
    )


def canonical(domain: str, value: str) -> str:  # noqa: PLR0911 - one return for each kind of value
    """Write a value in one way, so that its spellings have one token.

    Phone numbers lose +86, 0086 and separators, other numbers their separators and become upper case,
    e-mail addresses become lower case; customer ids 123, "123" and 123.0 are one.
    """
    plain = value.isascii() and value.isdigit()  # nothing to fold: most ids, at a fraction of the cost
    if plain and not (domain in _PHONES and value.startswith(("86", "0086"))):
        return value
    text = value if plain else fold(value).text.strip()
    if domain in (CUSTOMER_DOMAIN, "CUSTOMER_ID"):
        match = _WHOLE_NUMBER.fullmatch(text)
        return match["whole"] if match else text
    if domain in _PHONES:
        digits = re.sub(r"[^0-9]", "", text)
        for country in ("0086", "86"):
            if digits.startswith(country) and len(digits) >= len(country) + 10:
                return digits.removeprefix(country)
        return digits or text
    if domain in _COMPACT:
        return _SEPARATORS.sub("", text.replace("×", "X")).upper()
    if domain == "EMAIL":
        return re.sub(r"\s+", "", text).replace("。", ".").lower()
    return re.sub(r"\s+", " ", text)


def key_path(given: Path | None = None) -> Path:
    """Path of the key file: `given`, else `VOC_KEY_FILE`, else `keys/pseudonym.key` in the data folder."""
    if given is not None:
        return given
    if named := os.environ.get("VOC_KEY_FILE"):
        return Path(named)
    return data_home() / "keys" / "pseudonym.key"


def load_pseudonyms(given: Path | None = None, suite: str = "aes") -> Pseudonyms:
    """Load the key, or make one when its file is not there yet. `suite` is that of the policy.

    Where `VOC_NO_NEW_KEY` is set, on the executors of a cluster for example, a missing key is an error:
    tokens under a key of the node's own would fit no other table.

    Raises
    ------
    InputError
        When the file cannot be read, others than its owner can read or write it, or it holds no key.
    OutputError
        When a key cannot be written.
    """
    path = key_path(given)
    if not path.exists():
        if os.environ.get("VOC_NO_NEW_KEY"):
            hint = "copy the driver's key file to this node, or name it in VOC_KEY_FILE"
            raise InputError("the pseudonym key is not here", where=str(path), hint=hint)
        _create(path)
    return _read(path, suite)


def _create(path: Path) -> None:
    """Write a new key beside `path` and link it into place: whole or not at all, and the first one wins."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp opens with O_EXCL and mode 0600
        handle, temporary = tempfile.mkstemp(prefix=".key-", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(_KEY_BYTES) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)
        except FileExistsError:
            pass  # another process was first: its key is the key
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"the pseudonym key cannot be written ({error.strerror})", where=str(path)
        ) from None


def _read(path: Path, suite: str) -> Pseudonyms:
    try:
        status = path.stat()
        if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
            raise InputError(
                "the pseudonym key can be read by others", where=str(path), hint=f"chmod 600 {path}"
            )
        return _pseudonyms(path.read_text(encoding="ascii").strip(), suite)
    except OSError as error:
        raise InputError(f"the pseudonym key cannot be read ({error.strerror})", where=str(path)) from None
    except ValueError:
        raise InputError(
            "this file holds no pseudonym key", where=str(path), hint="64 hexadecimal digits are expected"
        ) from None


@lru_cache(maxsize=4)
def _pseudonyms(text: str, suite: str) -> Pseudonyms:
    key = bytes.fromhex(text)
    if len(key) < _KEY_BYTES:
        raise ValueError
    return Pseudonyms(key, suite)
