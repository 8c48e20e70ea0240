"""Two parties find how many persons they share, and nothing else."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from voc.errors import GateError, InputError
from voc.privacy.private_join.group import Secret, hash_to_point
from voc.privacy.private_join.protocol import OTHER, answer, begin, finish, grouped

CONTEXT = b"test"


def people(first: int, last: int, groups: int = 1) -> list[tuple[str, str]]:
    return [(f"1380000{number:04}", f"g{number % groups}") for number in range(first, last)]


def test_the_library_multiplies_as_rfc_7748_says() -> None:
    scalar = bytes.fromhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
    u = bytes.fromhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
    out = bytes.fromhex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    key = X25519PrivateKey.from_private_bytes(scalar)
    assert key.exchange(X25519PublicKey.from_public_bytes(u)) == out


def test_the_order_of_two_blindings_does_not_matter() -> None:
    a, b = Secret(), Secret()
    point = hash_to_point("13800138000", CONTEXT)
    assert a.blind(b.blind(point)) == b.blind(a.blind(point))
    assert a.blind(point) != point
    assert hash_to_point("13800138000", b"other") != point


def test_points_lie_on_the_curve_and_not_on_its_twist() -> None:
    prime = 2**255 - 19
    for number in range(50):
        u = int.from_bytes(hash_to_point(str(number), CONTEXT), "little")
        right = (u**3 + 486662 * u**2 + u) % prime
        assert pow(right, (prime - 1) // 2, prime) == 1


def test_overlaps_by_group_are_those_of_the_plain_sets() -> None:
    left, right = people(0, 200, 2), people(100, 400, 3)
    a, b = Secret(), Secret()
    ours = begin(grouped(left, 10), a, CONTEXT)
    again, own = answer(ours, grouped(right, 10), b, CONTEXT)
    found = {(item.left, item.right): item.persons for item in finish(again, own, a, 10)}
    expected = {
        (x, y): len({v for v, g in left if g == x} & {v for v, g in right if g == y})
        for x in ("g0", "g1")
        for y in ("g0", "g1", "g2")
    }
    assert found == expected


def test_small_counts_are_not_told() -> None:
    a, b = Secret(), Secret()
    ours = begin(grouped(people(0, 50), 10), a, CONTEXT)
    again, own = answer(ours, grouped(people(45, 90), 10), b, CONTEXT)
    (item,) = finish(again, own, a, 10)
    assert item.persons is None


def test_small_groups_are_merged_before_anything_is_sent() -> None:
    pairs = [*people(0, 40), *[(f"1390000{n:04}", f"small{n % 3}") for n in range(12)]]
    groups = grouped(pairs, 10)
    assert set(groups) == {"g0", OTHER}
    assert len(groups[OTHER]) == 12
    with pytest.raises(GateError):
        grouped(people(0, 5), 10)


def test_messages_hold_no_value_and_tell_no_order() -> None:
    values = [value for value, _ in people(0, 60)]
    secret = Secret()
    points = begin({"g": values}, secret, CONTEXT)["g"]
    assert not any(value in json.dumps([point.hex() for point in points]) for value in values)
    straight = [secret.blind(hash_to_point(value, CONTEXT)) for value in values]
    assert points != straight
    assert sorted(points) == sorted(straight)


def test_a_forged_message_is_refused() -> None:
    with pytest.raises(InputError):
        answer({"g": [bytes(32)] * 20}, grouped(people(0, 20), 10), Secret(), CONTEXT)
