"""Signed notes: what is read is what was written, and what known keys signed is all that is believed."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, UnsupportedError, VerificationError
from lossproof.ledger.note import (
    COSIGNATURE_ML_DSA_44,
    ED25519,
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    Ed25519Cosigner,
    Ed25519Signer,
    Note,
    NoteSignature,
    VerifierKey,
    parse_note,
    parse_signature_line,
    sign_note,
    verify_note,
    verify_signature,
)
from note_keys import AT, MlDsa44Cosigner, checkpoint, log_key, secret, witness_key

TEXT = "Lost on the 17.18 to Leeds:\n\none stick, blue.\n"
ANN, BEN = Ed25519Signer("ann.example.org", secret(1)), Ed25519Signer("ben.example.org", secret(2))
NOTE = sign_note(TEXT, [ANN, BEN])

# Seed 01 x 32; the signature is what `openssl pkeyutl -sign -rawin` gives over TEXT, behind the key id.
GOLDEN = (
    TEXT
    + "\n— ann.example.org "
    + "LMkScD9/duO0MVloKAXXx4KykM9pg6hpdYhwVExzpizD2/5p2kglyLpHAN8E5clTn+XwYn7KrXPCT7mArojVVtr3CAc=\n"
)


def test_a_note_has_the_form_that_other_programs_read():
    assert sign_note(TEXT, [ANN]).decode() == GOLDEN
    assert ANN.key.text() == "ann.example.org+2cc91270+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"


def test_a_note_is_verified_by_each_known_key_and_the_others_are_passed_over():
    assert verify_note(NOTE, [ANN.key, BEN.key]).by == (ANN.key, BEN.key)
    verified = verify_note(NOTE, [log_key(9), BEN.key])
    assert (verified.text, verified.by) == (TEXT, (BEN.key,))
    assert [signature.at for signature in verified.signatures] == [None]


def test_a_note_that_no_known_key_signed_is_refused():
    same_name = VerifierKey(name=ANN.key.name, algorithm=ED25519, public=secret(7).public)
    for known in ([], [log_key(9)], [same_name]):
        with pytest.raises(VerificationError, match="not signed by a known key"):
            verify_note(NOTE, known)


def test_one_known_key_that_does_not_hold_refuses_the_note():
    parsed = parse_note(NOTE)
    other = parse_note(sign_note("another\n", [BEN])).signatures
    with pytest.raises(VerificationError, match=r"by ben\.example\.org does not hold"):
        verify_note(Note(TEXT, (*parsed.signatures[:1], *other)).to_bytes(), [ANN.key, BEN.key])


def test_every_signature_by_a_known_key_is_checked_also_the_second():
    good = parse_note(NOTE).signatures[0]
    bad = good._replace(signature=bytes(64))
    twice = Note(TEXT, (good, good)).to_bytes()
    assert verify_note(twice, [ANN.key]).by == (ANN.key,)
    for pair in ((good, bad), (bad, good)):
        with pytest.raises(VerificationError):
            verify_note(Note(TEXT, pair).to_bytes(), [ANN.key])


def test_every_changed_byte_of_a_signed_note_is_refused():
    note = sign_note(checkpoint().body(), [ANN, Ed25519Cosigner("ann.example.org", secret(2), AT)])
    known = [ANN.key, Ed25519Cosigner("ann.example.org", secret(2), AT).key]
    assert len(verify_note(note, known).by) == 2
    for at in range(len(note)):
        for bit in range(8):
            wrong = bytearray(note)
            wrong[at] ^= 1 << bit
            try:
                by = verify_note(bytes(wrong), known).by
            except (FormatError, VerificationError):
                continue
            # A changed name or key id makes a signature one by a stranger. It is not counted; the text is untouched.
            assert len(by) == 1
            assert bytes(wrong).startswith(checkpoint().body().encode())


def test_every_shortened_or_lengthened_note_is_refused():
    for at in range(len(NOTE)):
        for wrong in (NOTE[:at], NOTE[:at] + NOTE[at + 1 :], NOTE[:at] + b"A" + NOTE[at:]):
            try:
                assert verify_note(wrong, [ANN.key, BEN.key]).text == TEXT
                assert len(verify_note(wrong, [ANN.key, BEN.key]).by) < 2
            except (FormatError, VerificationError):
                pass


def test_the_text_may_hold_empty_lines_of_its_own():
    for text in ("\n", "\n\n", "a\n\n\nb\n", "a\n\n", "— looks like a signature\n\n— ann.example.org AAAA\n"):
        note = sign_note(text, [ANN])
        assert parse_note(note).text == text == verify_note(note, [ANN.key]).text


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        NOTE[:-1],
        NOTE + b"\n",
        NOTE + b"one more line\n",
        NOTE.replace(b"\n", b"\r\n"),
        b"\t" + NOTE,
        b"\x00" + NOTE,
        b"\xff" + NOTE,
        b"\xed\xa0\x80" + NOTE,
        NOTE.replace("—".encode(), b"-"),
        NOTE.replace(b"ann.example.org", b"ann example org"),
        NOTE.replace(b"ann.example.org", b"ann+example"),
        NOTE.replace(b"ann.example.org", "ann\u00a0example".encode()),
        NOTE.replace(b"ann.example.org ", b""),
        NOTE.replace(b"ann.example.org ", b"ann.example.org  "),
        TEXT.encode() + "\n— ann AAAA\n".encode(),
        TEXT.encode() + "\n— ann AAAAAA==\n".encode(),
        TEXT.encode() + "\n— ann AAAAAAB=\n".encode(),
        TEXT.encode() + "\n— ann AAAAAAA\n".encode(),
    ],
)
def test_what_is_no_note_is_refused(wrong):
    with pytest.raises(FormatError):
        parse_note(wrong)
    with pytest.raises(FormatError):
        verify_note(wrong, [ANN.key])


def test_a_hundred_signatures_are_read_and_no_more_nor_a_megabyte():
    line = parse_note(NOTE).signatures[0].line().encode()
    assert len(verify_note(TEXT.encode() + b"\n" + line * MAX_SIGNATURES, [ANN.key]).signatures) == MAX_SIGNATURES
    with pytest.raises(FormatError, match="more than 100"):
        parse_note(TEXT.encode() + b"\n" + line * (MAX_SIGNATURES + 1))
    with pytest.raises(FormatError, match="longer than 1 MiB"):
        parse_note(b"a" * MAX_NOTE_BYTES + NOTE)


@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda part: NOTE[:60] + part + NOTE[60:]))
def test_any_bytes_are_a_note_that_writes_itself_again_or_malformed(raw):
    try:
        note = parse_note(raw)
    except FormatError:
        return
    assert note.to_bytes() == raw


NAME = st.text(min_size=1, max_size=20).filter(
    lambda name: "+" not in name and not any(c.isspace() or c < " " or "\ud800" <= c <= "\udfff" for c in name)
)


@given(st.text().map(lambda text: "".join(c for c in text if c >= " " and not "\ud800" <= c <= "\udfff") + "\n"), NAME)
def test_any_text_and_name_come_back(text, name):
    signer = Ed25519Signer(name, secret(3))
    assert VerifierKey.parse(signer.key.text()) == signer.key
    assert verify_note(sign_note(text, [signer]), [signer.key]).text == text


@pytest.mark.parametrize("text", ["", "no line feed", "a tab\t\n", "half a pair \ud800\n", "carriage\r\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text):
    with pytest.raises(FormatError):
        sign_note(text, [ANN])


def test_a_note_without_a_signer_is_not_written():
    with pytest.raises(FormatError):
        sign_note(TEXT, [])


def test_a_signature_line_comes_back():
    signature = NoteSignature("ann", b"\x01\x02\x03\x04", b"\x05")
    assert parse_signature_line(signature.line().removesuffix("\n")) == signature


def test_a_verifier_key_has_the_key_id_of_the_specification():
    for key in (ANN.key, witness_key(2), MlDsa44Cosigner(3, AT).key):
        named = key.name.encode() + b"\n" + bytes((key.algorithm,)) + key.public
        assert key.key_id == sha256(named).digest()[:4]
        assert VerifierKey.parse(key.text()) == key
    same = VerifierKey(name="x", algorithm=ED25519, public=secret(1).public)
    assert same.key_id != witness_key(1, "x").key_id


def test_every_changed_or_cut_verifier_key_is_refused():
    text = ANN.key.text()
    for at in range(len(text)):
        for wrong in (text[:at], text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + "B" + text[at:]):
            with pytest.raises((FormatError, UnsupportedError)):
                VerifierKey.parse(wrong)
        changed = text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :]
        with pytest.raises((FormatError, UnsupportedError)):
            VerifierKey.parse(changed)


@given(st.text(max_size=60) | st.binary(max_size=40).map(lambda raw: f"a+00000000+{base64.b64encode(raw).decode()}"))
def test_any_text_is_a_verifier_key_that_writes_itself_again_or_refused(text):
    try:
        key = VerifierKey.parse(text)
    except (FormatError, UnsupportedError):
        return
    assert key.text() == text


def test_other_kinds_of_keys_are_unsupported():
    for algorithm in (0x00, 0x02, 0x03, 0x05, 0xFF):
        with pytest.raises(UnsupportedError):
            VerifierKey(name="x", algorithm=algorithm, public=bytes(32))


def test_a_key_that_would_verify_anything_is_no_key():
    with pytest.raises(FormatError):
        VerifierKey(name="x", algorithm=ED25519, public=(1).to_bytes(32, "little"))
    with pytest.raises(FormatError):
        VerifierKey(name="x", algorithm=ED25519, public=bytes(31))
    with pytest.raises(FormatError):
        VerifierKey(name="x", algorithm=COSIGNATURE_ML_DSA_44, public=bytes(1311))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\x00", "a\u2003b", "\ud800", "\x85"])
def test_a_name_that_no_line_can_hold_is_refused(name):
    with pytest.raises(FormatError):
        log_key(1, name)


def test_known_keys_that_cannot_be_told_apart_are_refused():
    class Twin(VerifierKey):
        key_id = ANN.key.key_id

    twin = Twin(name=ANN.key.name, algorithm=ED25519, public=secret(5).public)
    with pytest.raises(FormatError, match="same name and key id"):
        verify_note(NOTE, [ANN.key, twin])
    assert verify_note(NOTE, [ANN.key, ANN.key]).by == (ANN.key,)


def test_cosignatures_state_their_time_and_zero_is_none():
    text = checkpoint().body()
    for at, stated in ((AT, AT), (0, None), (2**63 - 1, 2**63 - 1)):
        for signer in (Ed25519Cosigner("w.example.org", secret(4), at), MlDsa44Cosigner(5, at)):
            (signature,) = verify_note(sign_note(text, [signer]), [signer.key]).signatures
            assert signature == (signer.key, stated)


def test_a_cosignature_with_another_time_text_or_length_is_refused():
    text = checkpoint().body()
    for signer in (Ed25519Cosigner("w.example.org", secret(4), AT), MlDsa44Cosigner(5, AT)):
        good = signer.sign(text)
        later = (AT + 1).to_bytes(8, "big") + good[8:]
        too_late = b"\x80" + good[1:]
        for wrong in (later, too_late, good[:-1], good + b"\x00", good[:8], good[:7], b"", good[:8] + bytes(64)):
            with pytest.raises(VerificationError):
                verify_signature(signer.key, text, wrong)
        with pytest.raises(VerificationError):
            verify_signature(signer.key, checkpoint(4).body(), good)


def test_a_time_that_no_signature_can_hold_is_not_signed():
    for at in (-1, 2**63):
        with pytest.raises(FormatError):
            Ed25519Cosigner("w.example.org", secret(4), at).sign(checkpoint().body())


def test_an_ml_dsa_cosigner_signs_nothing_but_checkpoints():
    signer = MlDsa44Cosigner(5, AT)
    with pytest.raises(FormatError):
        verify_signature(signer.key, TEXT, bytes(2428))


def test_a_log_signature_is_no_cosignature_nor_the_other_way_round():
    text = checkpoint().body()
    with pytest.raises(VerificationError):
        verify_signature(witness_key(1), text, Ed25519Signer("x", secret(1)).sign(text))
    with pytest.raises(VerificationError):
        verify_signature(log_key(1), text, Ed25519Cosigner("x", secret(1), AT).sign(text)[8:])


@given(st.binary(max_size=100))
def test_no_made_up_signature_holds(signature):
    for key in (log_key(1), witness_key(2), MlDsa44Cosigner(5, AT).key):
        with pytest.raises(VerificationError):
            verify_signature(key, checkpoint().body(), signature)
