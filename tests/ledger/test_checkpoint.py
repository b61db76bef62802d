"""Checkpoints: signed by the log that they name, cosigned by witnesses, and checked by openssl alone."""

from __future__ import annotations

import base64
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, UnsupportedError, VerificationError
from lossproof.ledger.checkpoint import (
    Checkpoint,
    add_signatures,
    cosign,
    parse_checkpoint,
    read_signed,
    sign_checkpoint,
)
from lossproof.ledger.keys import public_text
from lossproof.ledger.note import Ed25519Signer, NoteSignature, parse_note, parse_signature_line, sign_note
from note_keys import AT, ORIGIN, MlDsa44Cosigner, checkpoint, log_key, secret, witness_key

SIGNED = sign_checkpoint(checkpoint(), secret(1))
COSIGNED = add_signatures(
    SIGNED, [cosign(SIGNED, secret(number), f"witness{number}.example.org", AT + number) for number in (2, 3)]
)


def test_a_checkpoint_is_three_lines():
    body = checkpoint(1).body()
    assert body == f"{ORIGIN}\n1\n{base64.b64encode(checkpoint(1).root).decode()}\n"
    assert parse_checkpoint(body) == checkpoint(1)


def test_a_signed_checkpoint_is_read_with_its_cosignatures():
    signed = read_signed(COSIGNED, [log_key()], [witness_key(3), witness_key(2), witness_key(4)])
    assert (signed.checkpoint, signed.log_key, signed.note) == (checkpoint(), log_key(), COSIGNED)
    assert signed.cosignatures == ((witness_key(2), AT + 2), (witness_key(3), AT + 3))
    assert read_signed(COSIGNED, [log_key(9), log_key()]).cosignatures == ()


def test_an_ml_dsa_witness_is_read_too():
    signer = MlDsa44Cosigner(5, AT)
    text = parse_note(SIGNED).text
    line = NoteSignature(signer.key.name, signer.key.key_id, signer.sign(text)).line()
    signed = read_signed(add_signatures(SIGNED, [line]), [log_key()], [signer.key])
    assert signed.cosignatures == ((signer.key, AT),)


def test_a_checkpoint_that_its_own_log_did_not_sign_is_refused():
    by_witness_alone = parse_note(COSIGNED)
    by_witness_alone = by_witness_alone._replace(signatures=by_witness_alone.signatures[1:]).to_bytes()
    by_another_log = sign_note(checkpoint().body(), [Ed25519Signer("other.example.org", secret(1))])
    for note, keys in (
        (by_witness_alone, [log_key()]),
        (by_another_log, [log_key(1, "other.example.org")]),
    ):
        with pytest.raises(VerificationError, match="not signed by a trusted key of the log"):
            read_signed(note, keys, [witness_key(2)])
    with pytest.raises(VerificationError):
        read_signed(SIGNED, [log_key(9)], [witness_key(2)])


def test_a_known_witness_whose_cosignature_does_not_hold_refuses_the_checkpoint():
    other = cosign(sign_checkpoint(checkpoint(4), secret(1)), secret(2), "witness2.example.org", AT)
    with pytest.raises(VerificationError):
        read_signed(add_signatures(SIGNED, [other]), [log_key()], [witness_key(2)])
    assert read_signed(add_signatures(SIGNED, [other]), [log_key()]).checkpoint == checkpoint()


def test_one_key_cannot_be_log_and_witness():
    with pytest.raises(FormatError):
        read_signed(SIGNED, [log_key()], [log_key()])


def test_every_changed_byte_of_a_signed_checkpoint_is_refused():
    for at in range(len(SIGNED)):
        for bit in range(8):
            wrong = bytearray(SIGNED)
            wrong[at] ^= 1 << bit
            with pytest.raises((FormatError, VerificationError)):
                read_signed(bytes(wrong), [log_key()])


def test_a_cosignature_line_is_about_120_bytes():
    assert len(cosign(SIGNED, secret(2), "witness2.example.org", AT).encode()) < 200


def test_a_witness_cosigns_nothing_but_checkpoints():
    with pytest.raises(FormatError):
        cosign(sign_note("a text\n", [Ed25519Signer(ORIGIN, secret(1))]), secret(2), "witness2.example.org", AT)


def test_extension_lines_are_unsupported():
    with pytest.raises(UnsupportedError):
        parse_checkpoint(checkpoint().body() + "more\n")
    with pytest.raises(UnsupportedError):
        read_signed(sign_note(checkpoint().body() + "more\n", [Ed25519Signer(ORIGIN, secret(1))]), [log_key()])


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\u2003b"])
def test_an_origin_that_no_key_can_have_as_its_name_is_refused(origin):
    with pytest.raises(FormatError):
        Checkpoint(origin=origin, size=0, root=bytes(32))


def test_sizes_and_roots_that_no_tree_has_are_refused():
    for size, root in ((-1, bytes(32)), (2**63, bytes(32)), (0, bytes(31))):
        with pytest.raises(FormatError):
            Checkpoint(origin=ORIGIN, size=size, root=root)


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_every_checkpoint_comes_back(size, root):
    one = Checkpoint(origin=ORIGIN, size=size, root=root)
    assert parse_checkpoint(one.body()) == one
    assert read_signed(sign_checkpoint(one, secret(1)), [log_key()]).checkpoint == one


@given(st.text(max_size=100))
def test_any_text_is_a_checkpoint_that_writes_itself_again_or_refused(text):
    try:
        one = parse_checkpoint(text)
    except (FormatError, UnsupportedError):
        return
    assert one.body() == text


@given(st.binary(max_size=120) | st.binary(max_size=20).map(lambda part: SIGNED + part))
def test_any_bytes_are_refused_or_the_checkpoint(raw):
    try:
        signed = read_signed(raw, [log_key()])
    except (FormatError, UnsupportedError, VerificationError):
        return
    assert signed.checkpoint == checkpoint()


def test_lines_that_are_there_are_not_added_again():
    lines = [signature.line() for signature in parse_note(COSIGNED).signatures]
    assert add_signatures(COSIGNED, lines) == COSIGNED
    assert parse_signature_line(lines[1].removesuffix("\n")).name == "witness2.example.org"
    for wrong in ("", "no line\n", lines[1] + "\n", lines[1] + lines[2]):
        with pytest.raises(FormatError):
            add_signatures(SIGNED, [wrong])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")
def test_openssl_alone_verifies_a_checkpoint_and_a_cosignature(tmp_path):
    text, log_line, witness_line, _ = COSIGNED.decode().split("\n\n")[0] + "\n", *COSIGNED.decode().splitlines()[4:]
    decode = ["sh", "-c", 'printf %s "$0" | openssl base64 -d -A | tail -c 64']
    (tmp_path / "log.pub").write_text(public_text(secret(1).public))
    (tmp_path / "witness.pub").write_text(public_text(secret(2).public))
    (tmp_path / "log.text").write_text(text)
    (tmp_path / "witness.text").write_text(f"cosignature/v1\ntime {AT + 2}\n{text}")
    for who, line in (("log", log_line), ("witness", witness_line)):
        decoded = subprocess.run([*decode, line.split(" ")[2]], capture_output=True, check=True).stdout
        (tmp_path / f"{who}.sig").write_bytes(decoded)
        verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", f"{who}.pub", "-rawin"]
        verify += ["-in", f"{who}.text", "-sigfile", f"{who}.sig"]
        run = subprocess.run(verify, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stdout.strip()) == (0, "Signature Verified Successfully")
        (tmp_path / f"{who}.text").write_text(text.replace("3", "4"))
        assert subprocess.run(verify, cwd=tmp_path, capture_output=True, check=False).returncode == 1
