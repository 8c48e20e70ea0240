"""Keyed pseudonyms: one token for a value in every table, which nobody undoes without the key.

The key is 32 random bytes in a file that only its owner can read. It is made on first use, never printed,
never pickled (stages carry the path) and never part of a fingerprint beyond its key id.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Callable
from functools import lru_cache
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
    "keyed_hash",
    "load_pseudonyms",
    "token_text",
]

CUSTOMER_DOMAIN: Final = "customer"
"""Domain of customer ids, whatever their column is called."""

TOKEN_LENGTH: Final = 16
"""Characters of a token: 80 bits, base 32 in lower case."""

_KEY_BYTES: Final = 32
_BLOCK: Final = 64
"""Bytes of a block of SHA-256 and of SM3."""
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
_NUMBERS: Final = _PHONES | _COMPACT | {CUSTOMER_DOMAIN, "CUSTOMER_ID", "ACCOUNT_NO"}
"""Kinds that a spreadsheet or a float column may have written with `.0`."""
_WHOLE_NUMBER: Final = re.compile(r"(?P<whole>[+-]?[0-9]+)\.0+")
_SEPARATORS: Final = re.compile(r"[^0-9A-Za-z\u3400-\u9fff]+")


def keyed_hash(name: str, key: bytes) -> Callable[[bytes], bytes]:
    """Return the HMAC (RFC 2104) under one key, as a function of the message.

    The states after the padded key are kept and copied for each message, which is more than twice as quick as
    to begin anew.

    Parameters
    ----------
    name
        `sha256`, or `sm3` (GB/T 32905).
    key
        Of any length.
    """
    if name not in hashlib.algorithms_available:  # SM3 is not in every interpreter's OpenSSL
        return _keyed_sm3(key)
    padded = (key if len(key) <= _BLOCK else hashlib.new(name, key).digest()).ljust(_BLOCK, b"\0")
    inner = hashlib.new(name, bytes(byte ^ 0x36 for byte in padded)).copy
    outer = hashlib.new(name, bytes(byte ^ 0x5C for byte in padded)).copy

    def digest(message: bytes) -> bytes:
        work, around = inner(), outer()
        work.update(message)
        around.update(work.digest())
        return around.digest()

    return digest


def _keyed_sm3(key: bytes) -> Callable[[bytes], bytes]:
    from cryptography.hazmat.primitives.hashes import SM3
    from cryptography.hazmat.primitives.hmac import HMAC

    begun = HMAC(key, SM3())

    def digest(message: bytes) -> bytes:
        work = begun.copy()
        work.update(message)
        return work.finalize()

    return digest


class Pseudonyms:
    """Makes tokens with one key. Cannot be pickled: a worker loads the key from its file."""

    __slots__ = ("_mac", "key_id")

    def __init__(self, key: bytes, suite: str = "aes") -> None:
        if len(key) < _KEY_BYTES:
            raise UsageError(f"a pseudonym key needs {_KEY_BYTES} bytes, this one has {len(key)}")
        self._mac = keyed_hash("sm3" if suite == "gm" else "sha256", key)
        self.key_id = self._token("key id", "voc")[:8]
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
        return self._token(domain, canonical(domain, value))

    def _token(self, domain: str, value: str) -> str:
        return token_text(self._mac(f"{domain}\x00{value}".encode("utf-8", "surrogatepass")))


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
    e-mail addresses become lower case; phones and other numbers 123, "123" and 123.0 are one.
    """
    plain = value.isascii() and value.isdigit()  # nothing to fold: most ids, at a fraction of the cost
    if plain and not (domain in _PHONES and value.startswith(("86", "0086"))):
        return value
    text = value if plain else fold(value).text.strip()
    if domain in _NUMBERS and "." in text and (match := _WHOLE_NUMBER.fullmatch(text)):
        text = match["whole"]
    if domain in (CUSTOMER_DOMAIN, "CUSTOMER_ID"):
        return text
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
