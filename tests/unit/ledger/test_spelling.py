"""A batch in the spellings of others' documents is the same batch, and no other one is."""

from __future__ import annotations

import pytest

from trace.ledger.spelling import names_batch

BATCH = "https://id.gs1.org/01/04012345123456/10/998877"


@pytest.mark.parametrize(
    "text",
    [
        BATCH,
        "urn:epc:class:lgtin:4012345.012345.998877",  # GS1 EPC Tag Data Standard 2.0, section 6.3.4
        "https://example.org/shop/01/4012345123456/10/998877?17=261231",
        "https://id.gs1.org/01/04012345123456/10/99%38877",
    ],
)
def test_the_same_gtin_and_lot_are_the_names_batch(text: str) -> None:
    """An honest foreign document must not make its goods look unproved."""
    assert names_batch(text, BATCH)


@pytest.mark.parametrize(
    "text",
    [
        "https://id.gs1.org/01/04012345123456/10/998878",
        "https://id.gs1.org/01/04012345123456",
        "urn:epc:class:lgtin:4012345.012345.99887",
        "urn:epc:class:lgtin:4012345.01234.998877",
        "urn:epc:class:lgtin:401234.5012345.998877",  # the same digits, cut elsewhere: another indicator
        "https://id.gs1.org/01/04012345123456/10/998877%",
        "",
    ],
)
def test_any_other_name_is_another_batch(text: str) -> None:
    """A proof of one batch must not serve for another."""
    assert not names_batch(text, BATCH)


@pytest.mark.parametrize(
    "batch", [BATCH.replace("https", "http"), BATCH.replace("/040", "/40"), BATCH + "?17=261231"]
)
def test_a_proof_names_its_batch_in_the_one_canonical_form(batch: str) -> None:
    """The name stands outside every hash: whoever changes a letter of it must be noticed."""
    assert not names_batch(BATCH, batch)
    assert not names_batch("urn:epc:class:lgtin:4012345.012345.998877", batch)


def test_names_that_are_no_gtin_and_lot_are_compared_as_they_stand() -> None:
    """Two names of other kinds are one only when they are equal."""
    assert names_batch("urn:x:a", "urn:x:a")
    assert not names_batch("urn:x:a", "urn:x:b")
