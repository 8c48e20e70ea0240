"""Cipher suites: AES-256-GCM, and SM4-GCM with SM3 for the Chinese commercial-cryptography rules.

Both are authenticated encryption (NIST SP 800-38D; SM4 is GB/T 32907, SM3 is GB/T 32905) and come from the
`cryptography` library. A sealed value is nonce (12 bytes), ciphertext, tag (16 bytes), in this order.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Final, Protocol

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from voc.errors import UsageError, VocError, nearest
from voc.privacy.pseudonym import keyed_hash

__all__ = ["NONCE", "SUITES", "SealError", "SealingCipher", "Suite", "open_with", "seal_with", "suite_named"]

NONCE: Final = 12
"""Bytes of a nonce."""
_TAG: Final = 16


class SealError(VocError):
    """A sealed value does not open: it was changed, moved to another cell, or sealed under another key."""


class SealingCipher(Protocol):
    """A cipher under one key. Made once a key: to set a key up costs more than to seal a value."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Return ciphertext and tag."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Return the plain bytes. Raises InvalidTag."""


def seal_with(cipher: SealingCipher, plain: bytes, bound: bytes) -> bytes:
    """Encrypt under a fresh random nonce. `bound` is authenticated and not stored."""
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, plain, bound)


def open_with(cipher: SealingCipher, sealed: bytes, bound: bytes) -> bytes:
    """Decrypt. Raises SealError when anything differs from what was sealed."""
    if len(sealed) < NONCE + _TAG:
        raise SealError("a sealed value is too short to be one")
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound)
    except InvalidTag:
        raise SealError("a sealed value was changed, moved, or belongs to another key") from None


class Suite(ABC):
    """Authenticated encryption with associated data, and what goes with it."""

    name: ClassVar[str]
    key_bytes: ClassVar[int]
    hash_name: ClassVar[str]

    def seal(self, key: bytes, plain: bytes, bound: bytes) -> bytes:
        """Encrypt one value, as `seal_with`."""
        return seal_with(self.cipher(key), plain, bound)

    def open(self, key: bytes, sealed: bytes, bound: bytes) -> bytes:
        """Decrypt one value, as `open_with`."""
        return open_with(self.cipher(key), sealed, bound)

    def encrypt(self, key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        """Return ciphertext and tag."""
        return self.cipher(key).encrypt(nonce, plain, bound)

    def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """Return the plain bytes. Raises InvalidTag."""
        return self.cipher(key).decrypt(nonce, sealed, bound)

    def keyed_hash(self, key: bytes) -> Callable[[bytes], bytes]:
        """HMAC (RFC 2104) with the suite's hash, 32 bytes."""
        return keyed_hash(self.hash_name, key)

    @abstractmethod
    def cipher(self, key: bytes) -> SealingCipher:
        """Set up a key."""

    @abstractmethod
    def derive(self, secret: bytes, purpose: str) -> bytes:
        """Derive a key of this suite's length from a secret of 32 bytes (HKDF, RFC 5869)."""


class AesSuite(Suite):
    """AES-256-GCM and HMAC-SHA256."""

    name = "aes"
    key_bytes = 32
    hash_name = "sha256"

    def cipher(self, key: bytes) -> SealingCipher:
        """AES-256-GCM."""
        return AESGCM(key)

    def derive(self, secret: bytes, purpose: str) -> bytes:
        """HKDF-SHA256."""
        return HKDF(hashes.SHA256(), self.key_bytes, None, purpose.encode()).derive(secret)


class GmSuite(Suite):
    """SM4-GCM (RFC 8998) and HMAC-SM3."""

    name = "gm"
    key_bytes = 16
    hash_name = "sm3"

    def cipher(self, key: bytes) -> SealingCipher:
        """SM4-GCM."""
        return _Sm4Gcm(key)

    def derive(self, secret: bytes, purpose: str) -> bytes:
        """HKDF-SM3."""
        return HKDF(hashes.SM3(), self.key_bytes, None, purpose.encode()).derive(secret)


class _Sm4Gcm:
    """SM4-GCM under one key."""

    __slots__ = ("_algorithm",)

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        try:
            work = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        except UnsupportedAlgorithm:
            raise _no_gm() from None
        work.authenticate_additional_data(associated_data)
        return work.update(data) + work.finalize() + work.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        try:
            work = Cipher(self._algorithm, modes.GCM(nonce, data[-_TAG:])).decryptor()
        except UnsupportedAlgorithm:
            raise _no_gm() from None
        work.authenticate_additional_data(associated_data)
        return work.update(data[:-_TAG]) + work.finalize()


def _no_gm() -> UsageError:
    return UsageError(
        "SM4-GCM is not in this build of OpenSSL",
        hint="install the `cryptography` wheel from a package index, or choose the suite aes",
    )


SUITES: Final[dict[str, Suite]] = {suite.name: suite for suite in (AesSuite(), GmSuite())}
"""Suites by name."""


def suite_named(name: str) -> Suite:
    """Return a suite. Raises UsageError for a name that is not known."""
    if name not in SUITES:
        near = nearest(name, SUITES)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(SUITES)}"
        raise UsageError(f"no cipher suite {name!r}", hint=hint)
    return SUITES[name]
