"""Ed25519 keys that verify everything, and base64 in other spellings, do not get in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger import signatures

from .build import private_key, raw

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def test_the_refused_coordinates_are_those_of_the_points_of_small_order() -> None:
    def double(y: int) -> int:
        # y of 2P on the curve -x^2 + y^2 = 1 + d x^2 y^2, from y alone: x^2 = (y^2 - 1) / (d y^2 + 1).
        square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
        return (y * y + square) * pow(1 - D * square * y * y, -1, P) % P

    for y in signatures.SMALL_ORDER_Y:
        assert double(double(double(y))) == 1
    assert len(signatures.SMALL_ORDER_Y) == 5  # eight points: two have x = 0, six share their y in pairs


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [*sorted(signatures.SMALL_ORDER_Y), P, P + 1])
def test_a_key_under_which_anybody_can_sign_is_refused(y: int, sign: int) -> None:
    key = (y | sign << 255).to_bytes(32, "little")
    with pytest.raises(signatures.WeakKey):
        signatures.check_public_key(key)
    with pytest.raises(signatures.WeakKey):
        signatures.verify(key, bytes(64), b"")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(signatures.WeakKey):
        signatures.check_public_key(b"\x07" * size)


def test_a_signature_is_good_for_its_key_and_message_alone() -> None:
    signature = private_key("a").sign(b"message")
    assert signatures.verify(raw("a"), signature, b"message")
    assert not signatures.verify(raw("a"), signature, b"massage")
    assert not signatures.verify(raw("b"), signature, b"message")
    assert not signatures.verify(raw("a"), signature[:-1], b"message")
    assert not signatures.verify(raw("a"), b"", b"message")


@given(st.binary(max_size=40))
def test_base64_reads_back(data: bytes) -> None:
    assert signatures.b64decode(signatures.b64encode(data)) == data


@pytest.mark.parametrize(
    "text", ["A", "AA", "AAA", "AB==", "AAB=", "AA==\n", "A A=", "_-==", "AA=", "AAAA====", "é"]
)
def test_base64_in_a_second_spelling_is_refused_so_that_no_byte_is_free(text: str) -> None:
    with pytest.raises(signatures.Base64Refused):
        signatures.b64decode(text)
