"""Signed notes: a text is seen only once a trusted key has signed it, and a note has one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger import note, signatures
from trace.ledger.note import Signer, Verifier

from .build import private_key, raw

TEXT = "log.example\n7\nsome words\n"
LOG = Signer("log.example", private_key("log"))
OTHER = Signer("other.example", private_key("other"))


def cosign(text: str, name: str, time: int) -> note.Signature:
    """A cosignature/v1 line as C2SP tlog-cosignature defines it, made by hand."""
    message = f"cosignature/v1\ntime {time}\n{text}".encode()
    verifier = Verifier(name, raw(name), note.COSIGNATURE)
    return note.Signature(name, verifier.key_id, time.to_bytes(8, "big") + private_key(name).sign(message))


def test_a_note_opens_to_the_text_that_was_signed() -> None:
    opened = note.open_note(note.sign_note(TEXT, LOG), [LOG.verifier])
    assert opened.text == TEXT
    assert [signature.name for signature in opened.by] == ["log.example"]
    assert opened.unknown == ()


def test_signatures_of_strangers_are_set_apart_and_not_counted() -> None:
    text = note.sign_note(TEXT, OTHER, LOG)
    opened = note.open_note(text.encode(), [LOG.verifier])
    assert [signature.name for signature in opened.unknown] == ["other.example"]
    assert [signature.line for signature in opened.by] == text.splitlines()[-1:]


def test_a_note_that_only_strangers_signed_shows_no_text() -> None:
    with pytest.raises(note.NoteUnsigned) as refusal:
        note.open_note(note.sign_note(TEXT, OTHER), [LOG.verifier])
    assert refusal.value.params() == {"names": "other.example"}


def test_a_stranger_under_the_logs_name_is_a_stranger() -> None:
    impostor = Signer("log.example", private_key("impostor"))
    with pytest.raises(note.NoteUnsigned):
        note.open_note(note.sign_note(TEXT, impostor), [LOG.verifier])


def test_a_changed_text_is_refused_though_another_signature_may_hold() -> None:
    forged = note.sign_note(TEXT, LOG).replace("\n7\n", "\n8\n")
    with pytest.raises(note.NoteSignatureInvalid) as refusal:
        note.open_note(forged, [LOG.verifier])
    assert refusal.value.params() == {"name": "log.example"}
    mixed = note.format_note(TEXT, [OTHER.sign(TEXT), LOG.sign(TEXT + "more\n")])
    with pytest.raises(note.NoteSignatureInvalid):
        note.open_note(mixed, [OTHER.verifier, LOG.verifier])


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = "first\n\nlast\n"
    assert note.open_note(note.sign_note(text, LOG), [LOG.verifier]).text == text


@given(st.integers(6, 2**63 - 1))
def test_a_witness_cosignature_is_verified_with_its_time(time: int) -> None:
    witness = Verifier("witness.example", raw("witness.example"), note.COSIGNATURE)
    signature = cosign(TEXT, "witness.example", time)
    opened = note.open_note(note.format_note(TEXT, [signature]), [witness])
    assert opened.by == (signature,)
    shifted = note.Signature(signature.name, signature.key_id, bytes(7) + b"\x05" + signature.value[8:])
    with pytest.raises(note.NoteSignatureInvalid):
        note.open_note(note.format_note(TEXT, [shifted]), [witness])


def test_a_cosignature_dated_beyond_the_specified_range_is_refused() -> None:
    witness = Verifier("witness.example", raw("witness.example"), note.COSIGNATURE)
    assert not witness.verify(TEXT, cosign(TEXT, "witness.example", 2**63))


def test_a_witness_key_is_no_log_key_though_the_bytes_are_the_same() -> None:
    plain = Verifier("log.example", raw("log"))
    witness = Verifier("log.example", raw("log"), note.COSIGNATURE)
    assert plain.key_id != witness.key_id
    assert Verifier.from_text(witness.to_text()) == witness
    with pytest.raises(note.NoteUnsigned):
        note.open_note(note.sign_note(TEXT, LOG), [witness])


GOOD = note.sign_note(TEXT, LOG)
LINE = GOOD.splitlines()[-1]


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "\n",
        TEXT,
        TEXT + "\n",
        GOOD.removesuffix("\n"),
        GOOD + "\n",
        GOOD + "more\n",
        GOOD.replace("\n\n", "\n"),
        GOOD.replace("— ", "- "),
        GOOD.replace("— ", "—  "),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("7", "7\t"),
        GOOD.replace("— log.example", "— log+example"),
        GOOD.replace("— log.example", "— log\u00a0example"),
        GOOD.replace("— log.example ", "— "),
        GOOD[:-3] + "\n",
        GOOD.replace("=\n", "==\n"),
        TEXT + "\n— log.example AAAA\n",
        TEXT + "\n— log.example\n",
        TEXT + "\n" + (LINE + "\n") * 101,
        b"\xff" + GOOD.encode(),
    ],
)
def test_a_note_in_any_other_form_is_refused(bad: str | bytes) -> None:
    with pytest.raises(note.NoteMalformed):
        note.open_note(bad, [LOG.verifier])


def test_sixteen_signatures_are_not_too_many() -> None:
    signers = [Signer(f"w{number}.example", private_key(str(number))) for number in range(16)]
    opened = note.open_note(note.sign_note(TEXT, *signers), [signers[3].verifier])
    assert len(opened.unknown) == 15


@pytest.mark.parametrize("text", ["no newline", "tab\there\n", "zero\0\n"])
def test_a_text_that_could_not_be_read_back_is_not_signed(text: str) -> None:
    with pytest.raises(note.NoteMalformed):
        note.sign_note(text, LOG)


def test_a_note_without_a_signer_is_not_made() -> None:
    with pytest.raises(note.NoteMalformed):
        note.sign_note(TEXT)


def test_keys_read_back_from_their_text() -> None:
    signer = Signer.generate("log.example/a")
    assert Signer.from_text(signer.to_text()).verifier == signer.verifier
    assert Verifier.from_text(note.vkey_text(signer)) == signer.verifier
    assert signer.name == "log.example/a"


def test_a_signer_shown_in_a_log_file_shows_no_secret() -> None:
    secret = LOG.to_text().rpartition("+")[2]
    assert secret not in repr(LOG)
    with pytest.raises(note.NoteKeyMalformed) as refusal:
        Signer.from_text(LOG.to_text()[:-1])
    assert secret[:20] not in str(refusal.value)


VKEY = note.vkey_text(LOG)
NAME, ID, MATERIAL = VKEY.split("+", 2)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "log.example",
        f"{NAME}+{ID}",
        f"+{ID}+{MATERIAL}",
        f"{NAME}+{ID.upper() if ID.upper() != ID else 'ABCDEFAB'}+{MATERIAL}",
        f"{NAME}+{ID[:-1]}+{MATERIAL}",
        f"{NAME}+00000000+{MATERIAL}",
        f"{NAME}x+{ID}+{MATERIAL}",
        f"a b+{ID}+{MATERIAL}",
        f"{NAME}+{ID}+{MATERIAL}=",
        f"{NAME}+{ID}+{MATERIAL[:-4]}",
        f"{NAME}+{ID}+!!!!",
        f"{VKEY}\n",
        f"{NAME}+{ID}+{signatures.b64encode(bytes([2]) + raw('log'))}",
    ],
)
def test_a_verifier_key_that_was_mistyped_is_refused(bad: str) -> None:
    with pytest.raises(note.NoteKeyMalformed):
        Verifier.from_text(bad)


@pytest.mark.parametrize(
    "bad",
    [
        VKEY,
        "PRIVATE+KEY+",
        LOG.to_text().replace(ID, "00000000"),
        LOG.to_text().replace("log.example", "log.exampel"),
        f"PRIVATE+KEY+{NAME}+{ID}+{signatures.b64encode(bytes([4]) + bytes(32))}",
    ],
)
def test_a_signing_key_that_was_mistyped_is_refused(bad: str) -> None:
    with pytest.raises(note.NoteKeyMalformed):
        Signer.from_text(bad)


def test_a_key_name_that_would_break_the_line_is_refused() -> None:
    for name in ("", "a b", "a+b", "a\nb", "a\x01b"):
        with pytest.raises(note.NoteKeyMalformed):
            Signer.generate(name)


@given(st.integers(0, len(GOOD.encode()) - 1), st.integers(1, 255))
def test_no_byte_of_a_note_can_change_unnoticed(at: int, flip: int) -> None:
    data = bytearray(GOOD.encode())
    data[at] ^= flip
    with pytest.raises(note.LedgerError):
        note.open_note(bytes(data), [LOG.verifier])
