"""The group of the private join: NIST P-256 by x-coordinates, with the primitives of `cryptography` only.

A value is hashed to a point by trying candidates until one is the x-coordinate of a point (the library
tells); raising a point to a secret exponent is an ECDH exchange. Exponents commute: x(ab·P) is the same
whoever begins, and the sign that x-coordinates leave open does not matter. The group has prime order, so
there are no small subgroups to leak a secret into.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from voc.errors import InputError

__all__ = ["SecretExponent", "hashed_to_group"]

_CURVE: Final = ec.SECP256R1()
_TRIES: Final = 256


class SecretExponent:
    """One party's secret for one join."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self._key = key or ec.generate_private_key(_CURVE)

    @classmethod
    def from_hex(cls, text: str) -> SecretExponent:
        """Read one that was written by `hex`."""
        try:
            return cls(ec.derive_private_key(int(text, 16), _CURVE))
        except ValueError:
            raise InputError("this is no secret of a private join") from None

    def hex(self) -> str:
        """Write it, to be kept private."""
        return f"{self._key.private_numbers().private_value:064x}"

    def blind(self, point: bytes) -> bytes:
        """Raise a point (its x-coordinate, 32 bytes) to the secret.

        Raises
        ------
        InputError
            When it is no point: the other party's file is damaged or hostile.
        """
        try:
            there = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, b"\x02" + point)
        except ValueError:
            raise InputError("an element is no point of the group") from None
        return self._key.exchange(ec.ECDH(), there)


def hashed_to_group(context: str, value: str) -> bytes:
    """Hash a value to a point: 32 bytes, its x-coordinate. The context keeps joins apart."""
    for attempt in range(_TRIES):
        candidate = hashlib.sha256(
            f"voc join|{context}|{attempt}|{value}".encode("utf-8", "surrogatepass")
        ).digest()
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, b"\x02" + candidate)
        except ValueError:
            continue
        return candidate
    raise AssertionError("half of all candidates are points")
