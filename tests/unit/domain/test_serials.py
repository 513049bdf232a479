"""A serial is told from a made-up one by its own characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.domain import serials
from trace.domain.serials import Keys, SerialForged, SerialMisspelt, Series
from trace.identifiers.short_code import ALPHABET, check_character

KEYS = Keys(b"c" * 32, b"u" * 32)
BATCH = Series.of_batch("https://trace.example/t/7K3M9QW2X0C")
ROLL = Series.of_roll("RK0T1")
KINDS = {"batch": BATCH, "roll": ROLL}

numbers = st.integers(1, 32**4 - 1)
series = st.sampled_from(list(KINDS.values()))


@given(series, numbers)
def test_every_printed_serial_is_good_however_it_is_typed(one: Series, number: int) -> None:
    """Lower case, groups of four, O for 0 and I or L for 1: the same number comes back."""
    serial = one.serial(KEYS, number)
    typed = serials.shown(serial).lower().replace("0", "o").replace("1", "l")
    assert one.number(KEYS, serial) == one.number(KEYS, f" {typed} ") == number
    assert len(serial) == {"batch": serials.BATCH_SERIAL, "roll": serials.ROLL_SERIAL}[one.kind]


@given(series, st.text(max_size=40) | st.text(ALPHABET, min_size=12, max_size=16))
def test_no_made_up_text_is_a_serial(one: Series, text: str) -> None:
    """Whatever somebody prints: without the key he makes none (one in 2^30 by chance)."""
    with pytest.raises((SerialForged, SerialMisspelt)):
        one.number(KEYS, text)


@given(series, numbers, st.text(ALPHABET, min_size=6, max_size=6))
def test_a_forger_who_knows_the_form_is_called_one(one: Series, number: int, check: str) -> None:
    """The plain check alone can be made by anybody: then the keyed one tells a forgery, not a slip."""
    right = one.serial(KEYS, number)
    body = right[:-7] + check
    if body == right[:-1]:
        return
    with pytest.raises(SerialForged):
        one.number(KEYS, body + check_character(body))


@given(series, numbers, st.data())
def test_one_misread_character_is_a_slip_and_no_forgery(
    one: Series, number: int, data: st.DataObject
) -> None:
    """Nobody is called a forger because his glasses are at home: one wrong character, or two exchanged."""
    serial = one.serial(KEYS, number)
    place = data.draw(st.integers(0, len(serial) - 2))
    other = data.draw(st.sampled_from(ALPHABET.replace(serial[place], "")))
    wrong = [serial[:place] + other + serial[place + 1 :]]
    if serial[place] != serial[place + 1]:
        wrong.append(serial[:place] + serial[place + 1] + serial[place] + serial[place + 2 :])
    for text in wrong:
        with pytest.raises(SerialMisspelt):
            one.number(KEYS, text)


@given(numbers)
def test_a_serial_of_one_batch_is_forged_on_another(number: int) -> None:
    """Genuine labels of cheap goods do not vouch for dear ones; nor do a roll's for a batch of its name."""
    other = Series.of_batch("https://trace.example/t/7A8GFH2NDR9")
    with pytest.raises(SerialForged):
        other.number(KEYS, BATCH.serial(KEYS, number))
    with pytest.raises((SerialForged, SerialMisspelt)):
        Series("roll", BATCH.name, "", 5).number(KEYS, BATCH.serial(KEYS, number))


def test_another_key_makes_other_serials() -> None:
    """What one service issued is made up for another with its own master key."""
    with pytest.raises(SerialForged):
        BATCH.number(Keys(b"x" * 32, b"u" * 32), BATCH.serial(KEYS, 7))


@given(series, numbers)
def test_the_second_code_cannot_be_made_from_the_first(one: Series, number: int) -> None:
    """It hangs on another key, fits its own serial alone, and may be typed as people type."""
    cover = one.cover(KEYS, number)
    assert one.uncovers(KEYS, number, cover.lower().replace("0", "o"))
    assert not one.uncovers(KEYS, number + 1 if number < 32**4 - 1 else number - 1, cover)
    assert one.cover(Keys(KEYS.check, b"x" * 32), number) != cover
    assert cover not in one.serial(KEYS, number)


@given(st.text(max_size=60))
def test_nothing_but_the_second_code_uncovers(text: str) -> None:
    """Signs of any script are wrong codes, never an error."""
    assert not BATCH.uncovers(KEYS, 7, text)


@pytest.mark.parametrize("number", [-1, 32**5])
def test_a_batch_has_no_number_beyond_its_last(number: int) -> None:
    """A number too large would come out as another one's serial."""
    with pytest.raises(ValueError, match="no number"):
        BATCH.serial(KEYS, number)


def test_keys_do_not_show_in_a_log() -> None:
    assert "c" * 8 not in repr(KEYS)
