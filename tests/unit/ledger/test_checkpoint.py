"""Checkpoints: one form, under one log's name, and empty means the empty root."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger import checkpoint, merkle, note
from trace.ledger.checkpoint import Checkpoint
from trace.ledger.signatures import b64encode

from .build import private_key

LOG = note.Signer("log.example", private_key("log"))
ROOT = b64encode(bytes(32))


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_what_the_log_signs_is_what_a_reader_opens(size: int, root: bytes) -> None:
    head = Checkpoint("log.example", size, root)
    assert checkpoint.open(checkpoint.sign(head, LOG), LOG.verifier) == head
    assert checkpoint.parse_unverified(checkpoint.sign(head, LOG)) == head


def test_extension_lines_are_kept() -> None:
    head = Checkpoint("log.example", 3, bytes(32), ("one", "two words"))
    assert checkpoint.open(checkpoint.sign(head, LOG), LOG.verifier) == head


def test_an_empty_log_has_the_empty_root_and_no_other() -> None:
    head = Checkpoint("log.example", 0, merkle.EMPTY_ROOT)
    assert checkpoint.open(checkpoint.sign(head, LOG), LOG.verifier).size == 0
    with pytest.raises(checkpoint.CheckpointMalformed):
        checkpoint.sign(Checkpoint("log.example", 0, bytes(32)), LOG)


@pytest.mark.parametrize(
    "text",
    [
        "log.example\n",
        "log.example\n3\n",
        f"log.example\n3\n{ROOT}\n\nmore\n",
        f"log.example\n03\n{ROOT}\n",
        f"log.example\n-3\n{ROOT}\n",
        f"log.example\n+3\n{ROOT}\n",
        f"log.example\n3 \n{ROOT}\n",
        f"log.example\n٣\n{ROOT}\n",
        f"log.example\n{2**63}\n{ROOT}\n",
        f"log.example\n3\n{ROOT[:-1]}\n",
        f"log.example\n3\n{b64encode(bytes(31))}\n",
        f"log.example\n3\n{ROOT[:-2]}B=\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(checkpoint.CheckpointMalformed):
        checkpoint.open(note.sign_note(text, LOG), LOG.verifier)


def test_a_checkpoint_of_another_log_is_refused_though_the_key_is_right() -> None:
    with pytest.raises(checkpoint.OriginMismatch) as refusal:
        checkpoint.open(note.sign_note(f"other.example\n3\n{ROOT}\n", LOG), LOG.verifier)
    assert refusal.value.params() == {"origin": "other.example", "name": "log.example"}


def test_a_log_signs_only_under_its_own_name() -> None:
    with pytest.raises(checkpoint.OriginMismatch):
        checkpoint.sign(Checkpoint("other.example", 3, bytes(32)), LOG)


@pytest.mark.parametrize(
    "head",
    [
        Checkpoint("log.example", -1, bytes(32)),
        Checkpoint("log.example", 3, bytes(31)),
        Checkpoint("log.example", 3, bytes(32), ("",)),
        Checkpoint("log.example", 3, bytes(32), ("a\nb",)),
    ],
)
def test_a_head_that_could_not_be_read_back_is_not_signed(head: Checkpoint) -> None:
    with pytest.raises(checkpoint.CheckpointMalformed):
        checkpoint.sign(head, LOG)
