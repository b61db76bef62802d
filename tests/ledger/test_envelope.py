from __future__ import annotations

import base64
import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib import dsse
from securesystemslib.signer import SSlibKey

from lossproof.errors import FormatError, LossproofError, VerificationError
from lossproof.ledger.envelope import (
    IN_TOTO,
    MAX_ENVELOPE_BYTES,
    Envelope,
    open_envelope,
    sign_statement,
    verify_envelope,
    verify_many,
)
from lossproof.ledger.keys import PrivateKey, public_text

KEY = PrivateKey.generate()
OTHER = PrivateKey.generate()
STATEMENT = b'{"_type":"https://in-toto.io/Statement/v1"}'


def test_what_was_signed_is_what_is_verified():
    assert verify_envelope(open_envelope(sign_statement(STATEMENT, KEY)), KEY.public) == STATEMENT


@given(st.binary(min_size=1, max_size=300))
def test_any_payload_comes_back_and_every_envelope_has_one_spelling(payload):
    encoded = sign_statement(payload, KEY)
    envelope = open_envelope(encoded)
    assert verify_envelope(envelope, KEY.public) == payload
    assert encoded == sign_statement(payload, KEY)
    assert encoded == json.dumps(json.loads(encoded), sort_keys=True, separators=(",", ":")).encode()


def test_the_worked_example_of_the_specification_has_the_same_encoding():
    envelope = Envelope(b"hello world", "http://example.com/HelloWorld", "", b"")
    assert envelope.pae() == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_securesystemslib_reads_ours():
    theirs = dsse.Envelope.from_dict(json.loads(sign_statement(STATEMENT, KEY)))
    key = SSlibKey(KEY.keyid, "ed25519", "ed25519", {"public": KEY.public.hex()})
    assert theirs.verify([key], 1) == {KEY.keyid: key}
    assert (theirs.payload, theirs.payload_type) == (STATEMENT, IN_TOTO)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_alone_verifies_the_signature(tmp_path):
    envelope = open_envelope(sign_statement(STATEMENT, KEY))
    (tmp_path / "signer.pub").write_text(public_text(KEY.public))
    (tmp_path / "pae.bin").write_bytes(envelope.pae())
    (tmp_path / "sig.bin").write_bytes(envelope.sig)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "signer.pub", "-rawin"]
    command += ["-in", "pae.bin", "-sigfile", "sig.bin"]
    good = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert (good.returncode, good.stdout) == (0, "Signature Verified Successfully\n")
    (tmp_path / "pae.bin").write_bytes(envelope.pae() + b" ")
    assert subprocess.run(command, check=False, cwd=tmp_path, capture_output=True).returncode != 0


def test_every_changed_byte_of_an_envelope_is_refused():
    encoded = sign_statement(STATEMENT, KEY)
    for position in range(len(encoded)):
        for bit in (1, 2, 4, 32, 128):
            damaged = encoded[:position] + bytes([encoded[position] ^ bit]) + encoded[position + 1 :]
            with pytest.raises((FormatError, VerificationError)):
                verify_envelope(open_envelope(damaged), KEY.public)


def test_every_cut_and_every_addition_is_refused():
    encoded = sign_statement(STATEMENT, KEY)
    for position in range(len(encoded)):
        with pytest.raises(FormatError):
            open_envelope(encoded[:position])
        with pytest.raises((FormatError, VerificationError)):
            verify_envelope(open_envelope(encoded[:position] + b"A" + encoded[position:]), KEY.public)
    for extra in (b"\n", b" ", b"\0"):
        with pytest.raises(FormatError):
            open_envelope(encoded + extra)


def _spelled(**changes: object) -> bytes:
    fields = json.loads(sign_statement(STATEMENT, KEY)) | changes
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def test_the_liberties_of_the_specification_are_not_ours():
    good = json.loads(sign_statement(b"\xff\xfe\xfd" * 5, KEY))
    one = good["signatures"][0]
    spellings = [
        json.dumps(good, sort_keys=True).encode(),
        json.dumps(good, sort_keys=False, indent=1).encode(),
        _spelled(payload=good["payload"].replace("/", "_")),
        _spelled(payload=good["payload"].rstrip("=") + "\n"),
        _spelled(payload=""),
        _spelled(payload="QQ"),
        _spelled(payload="QR=="),
        _spelled(payload="Q==="),
        _spelled(payload=None),
        _spelled(payload=1),
        _spelled(signatures=[]),
        _spelled(signatures=[one, one]),
        _spelled(signatures=[{"sig": one["sig"]}]),
        _spelled(signatures=[one | {"extra": 1}]),
        _spelled(signatures=[one | {"keyid": one["keyid"].upper()}]),
        _spelled(signatures=[one | {"sig": one["sig"][:-3] + "R=="}]),
        _spelled(signatures={}),
        _spelled(extra=1),
        _spelled(payloadType="application/JSON"),
        _spelled(payloadType="text"),
        b'{"payload":"QQ==",' + sign_statement(STATEMENT, KEY)[1:],
        b"[" * 5000,
    ]
    for spelling in spellings:
        with pytest.raises(FormatError):
            open_envelope(spelling)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(encoded):
    with pytest.raises(FormatError):
        open_envelope(encoded)


@given(
    st.from_regex(r"[A-Za-z0-9+/=]{0,40}", fullmatch=True),
    st.sampled_from([IN_TOTO, "a/b", "a", ""]),
    st.from_regex(r"[A-Za-z0-9+/]{84,87}={0,2}", fullmatch=True),
)
def test_whatever_looks_like_an_envelope_is_read_or_refused(payload, kind, sig):
    encoded = _spelled(payload=payload, payloadType=kind, signatures=[{"keyid": KEY.keyid, "sig": sig}])
    try:
        envelope = open_envelope(encoded)
    except FormatError:
        return
    assert base64.b64encode(envelope.payload).decode() == payload
    assert base64.b64encode(envelope.sig).decode() == sig
    with pytest.raises(VerificationError):
        verify_envelope(envelope, KEY.public)


def test_another_key_is_refused_whether_named_or_not():
    envelope = open_envelope(sign_statement(STATEMENT, KEY))
    with pytest.raises(VerificationError, match="another key"):
        verify_envelope(envelope, OTHER.public)
    with pytest.raises(VerificationError, match="does not hold"):
        verify_envelope(envelope._replace(keyid=OTHER.keyid), OTHER.public)
    with pytest.raises(FormatError):
        verify_envelope(envelope, b"short")


def test_another_type_of_payload_is_refused_unless_it_was_asked_for():
    encoded = sign_statement(STATEMENT, KEY, "application/vnd.example+json")
    with pytest.raises(VerificationError, match="type of payload"):
        verify_envelope(open_envelope(encoded), KEY.public)
    assert verify_envelope(open_envelope(encoded), KEY.public, "application/vnd.example+json") == STATEMENT
    retyped = open_envelope(encoded)._replace(payload_type=IN_TOTO)
    with pytest.raises(VerificationError, match="does not hold"):
        verify_envelope(retyped, KEY.public)


@pytest.mark.parametrize("kind", ["", "text", "Application/json", 'a/"b', "a/b\n", "a/" + "b" * 200])
def test_a_payload_type_that_is_no_plain_media_type_is_not_signed(kind):
    with pytest.raises(FormatError):
        sign_statement(STATEMENT, KEY, kind)


def test_an_empty_payload_and_one_over_a_mebibyte_are_not_signed():
    with pytest.raises(FormatError):
        sign_statement(b"", KEY)
    with pytest.raises(FormatError, match="too long"):
        sign_statement(bytes(MAX_ENVELOPE_BYTES * 3 // 4), KEY)
    largest = sign_statement(bytes(MAX_ENVELOPE_BYTES * 3 // 4 - 300), KEY)
    assert verify_envelope(open_envelope(largest), KEY.public)
    with pytest.raises(FormatError, match="too long"):
        open_envelope(largest + b" " * MAX_ENVELOPE_BYTES)


def test_the_limit_may_be_another():
    encoded = sign_statement(STATEMENT, KEY)
    assert sign_statement(STATEMENT, KEY, most_bytes=len(encoded)) == encoded
    assert open_envelope(encoded, most_bytes=len(encoded)).payload == STATEMENT
    with pytest.raises(FormatError, match="too long"):
        sign_statement(STATEMENT, KEY, most_bytes=len(encoded) - 1)
    with pytest.raises(FormatError, match="too long"):
        open_envelope(encoded, most_bytes=len(encoded) - 1)


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 200])
def test_many_are_verified_in_order(count):
    payloads = [b"%d" % number for number in range(count)]
    signers = [KEY if number % 3 else OTHER for number in range(count)]
    signed = [(open_envelope(sign_statement(p, k)), k.public) for p, k in zip(payloads, signers, strict=True)]
    assert verify_many(signed) == payloads


@pytest.mark.parametrize("count", [5, 130])
def test_one_bad_one_among_many_is_refused(count):
    signed = [(open_envelope(sign_statement(b"%d" % number, KEY)), KEY.public) for number in range(count)]
    for position in (0, count // 2, count - 1):
        envelope, public = signed[position]
        damaged = [*signed[:position], (envelope._replace(payload=b"other"), public), *signed[position + 1 :]]
        with pytest.raises(LossproofError, match="does not hold"):
            verify_many(damaged)
    with pytest.raises(VerificationError, match="type"):
        verify_many(signed, "text/plain")
