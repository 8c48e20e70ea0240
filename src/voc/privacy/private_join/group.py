"""A commutative blinding of values: points of Curve25519 times a secret number.

A value is hashed to a point; `X25519` multiplies it by a party's secret, and the order of two parties does
not matter. Multiplication is that of `cryptography` (RFC 7748, section 5). Hashing: SHA-256 of the value with
a counter until it is the u-coordinate of a point on the curve itself, so that nothing is told by whether it
lies on the curve or on its twist.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

__all__ = ["Secret", "hash_to_point"]

_PRIME: Final = 2**255 - 19
_A: Final = 486662  # v² = u³ + A u² + u
_LABEL: Final = b"voc private join v1\x00"


def hash_to_point(value: str, context: bytes) -> bytes:
    """Return the u-coordinate (32 bytes, little-endian) of a point that stands for a value.

    Parameters
    ----------
    context
        Both parties' agreement; another one gives unrelated points.
    """
    message = _LABEL + len(context).to_bytes(4, "big") + context + value.encode("utf-8", "surrogatepass")
    for counter in range(256):
        digest = hashlib.sha256(counter.to_bytes(1, "big") + message).digest()
        u = int.from_bytes(digest, "little") & ((1 << 255) - 1)
        if _on_curve(u):
            return u.to_bytes(32, "little")
    raise AssertionError("unreachable: half of all numbers are on the curve")


def _on_curve(u: int) -> bool:
    """Euler's criterion for u³ + A u² + u; points of small order are left out."""
    u %= _PRIME
    right = u * (u * u + _A * u + 1) % _PRIME
    return right != 0 and pow(right, (_PRIME - 1) // 2, _PRIME) == 1


class Secret:
    """One party's secret number. It is never written except by `private_bytes`, into a protected file."""

    __slots__ = ("_key",)

    def __init__(self, data: bytes | None = None) -> None:
        self._key = X25519PrivateKey.generate() if data is None else X25519PrivateKey.from_private_bytes(data)

    def __repr__(self) -> str:
        return "Secret()"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is never pickled")

    def private_bytes(self) -> bytes:
        """The 32 bytes, for a file that its owner alone can read."""
        return self._key.private_bytes_raw()

    def blind(self, point: bytes) -> bytes:
        """Multiply a point by the secret.

        Raises
        ------
        ValueError
            For bytes that are no point, or one of small order.
        """
        return self._key.exchange(X25519PublicKey.from_public_bytes(point))
