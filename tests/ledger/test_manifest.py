"""Sealed manifests: stock age files, opened by their recipient alone, whose size says little, and refused when anything changed."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import zlib
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheap_age import age_file
from lossproof.errors import FormatError, KeyRequiredError, LossproofError, UnsupportedError
from lossproof.ledger import manifest
from lossproof.ledger.keys import Secret
from lossproof.ledger.manifest import (
    open_manifest,
    padme,
    parse_recipient,
    read_identities,
    recipient_fingerprint,
    seal_manifest,
)

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
STRANGER = pyrage.x25519.Identity.generate()
RECORDS = b'{"made": "up"}\n' * 40
SEALED = seal_manifest(RECORDS, RECIPIENT).ciphertext

with_age = pytest.mark.skipif(
    not (shutil.which("age") and shutil.which("age-keygen")), reason="the age program is not here"
)


def nobody_is_asked() -> Secret:
    raise AssertionError("asked for a passphrase that nothing needs")


def recipient_of(point: bytes) -> str:
    """An age recipient of any 32 bytes: bech32 (BIP 173), for points that age-keygen never makes."""
    letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

    def checksum(values: list[int]) -> int:
        state = 1
        for value in values:
            top, state = state >> 25, (state & 0x1FFFFFF) << 5 ^ value
            for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                state ^= generator if top >> bit & 1 else 0
        return state

    bits = int.from_bytes(point, "big") << 4
    values = [bits >> 5 * at & 31 for at in range(51, -1, -1)]
    prefix = [ord(letter) >> 5 for letter in "age"] + [0] + [ord(letter) & 31 for letter in "age"]
    check = checksum([*prefix, *values, *[0] * 6]) ^ 1
    return "age1" + "".join(letters[value] for value in [*values, *(check >> 5 * (5 - at) & 31 for at in range(6))])


def packed(records: bytes, *, length: int | None = None, padding: bytes | None = None) -> bytes:
    """The content of a manifest as a stranger may make it."""
    body = zlib.compress(records)
    plain = (len(body) if length is None else length).to_bytes(8, "big") + body
    return plain + (bytes(padme(len(plain)) - len(plain)) if padding is None else padding)


def test_what_was_sealed_is_opened_by_its_recipient_alone() -> None:
    assert open_manifest(SEALED, [STRANGER, IDENTITY]) == RECORDS
    for others in ([STRANGER], []):
        with pytest.raises(KeyRequiredError, match="another recipient"):
            open_manifest(SEALED, others)


def test_a_seal_says_what_a_fact_needs_and_nothing_of_the_people() -> None:
    sealed = seal_manifest(RECORDS, RECIPIENT)
    assert sealed.size_bytes == len(sealed.ciphertext)
    assert sealed.sha256 == hashlib.sha256(sealed.ciphertext).hexdigest()
    assert sealed.recipient_fingerprint == hashlib.sha256(RECIPIENT.encode()).hexdigest()
    assert sealed.recipient_fingerprint == recipient_fingerprint(RECIPIENT)
    assert b"made" not in sealed.ciphertext
    assert sealed.ciphertext != seal_manifest(RECORDS, RECIPIENT).ciphertext


@pytest.mark.parametrize("records", [b"", b"x", bytes(1 << 20), hashlib.shake_256(b"made up").digest(70_000)])
def test_records_of_any_size_are_opened_again(records: bytes) -> None:
    assert open_manifest(seal_manifest(records, RECIPIENT).ciphertext, [IDENTITY]) == records


@given(st.integers(2, 1 << 40))
def test_a_padme_length_hides_the_size_and_costs_less_than_twelve_percent(size_bytes: int) -> None:
    padded = padme(size_bytes)
    assert size_bytes <= padded < size_bytes * 1.12
    assert padme(padded) == padded
    exponent = size_bytes.bit_length() - 1
    assert padded % (1 << (exponent - exponent.bit_length())) == 0


def test_padme_lengths_are_those_of_its_paper() -> None:
    assert [padme(size) for size in (0, 1, 2, 8, 9, 15, 100, 1000, 65_537)] == [0, 1, 2, 8, 10, 16, 104, 1024, 67_584]


def test_sizes_near_each_other_are_padded_to_one() -> None:
    assert len({padme(size) for size in range(902_000, 917_000)}) == 1


@with_age
def test_the_age_program_opens_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{IDENTITY}\n")
    (tmp_path / "manifest.age").write_bytes(SEALED)
    run = subprocess.run(
        ["age", "-d", "-i", tmp_path / "key", tmp_path / "manifest.age"], capture_output=True, check=True
    )
    length = int.from_bytes(run.stdout[:8], "big")
    assert zlib.decompress(run.stdout[8 : 8 + length]) == RECORDS
    assert len(run.stdout) == padme(8 + length)


@with_age
def test_what_the_age_program_sealed_is_opened(tmp_path: Path) -> None:
    subprocess.run(["age-keygen", "-o", tmp_path / "key"], capture_output=True, check=True)
    key = (tmp_path / "key").read_bytes()
    (identity,) = read_identities(key, nobody_is_asked)
    recipient = str(identity.to_public())
    assert f"# public key: {recipient}" in key.decode()
    sealed = subprocess.run(["age", "-r", recipient], input=packed(RECORDS), capture_output=True, check=True).stdout
    assert open_manifest(sealed, [identity]) == RECORDS


def test_the_age_program_s_armour_is_not_a_manifest_because_its_digest_would_be_another() -> None:
    armoured = pyrage.encrypt(packed(RECORDS), [IDENTITY.to_public()], armored=True)
    with pytest.raises(FormatError, match="not an age file"):
        open_manifest(armoured, [IDENTITY])


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        (b"", "another length"),
        (b"1234567", "another length"),
        (packed(RECORDS, length=0), "another length"),
        (packed(RECORDS, length=(1 << 64) - 1), "another length"),
        (packed(RECORDS) + b"\0", "another length"),
        (packed(RECORDS, padding=b""), "another length"),
        (packed(hashlib.shake_256(b"").digest(999))[:-1] + b"\1", "not zeros"),
        (bytes(8), "end in the wrong place"),
        ((20).to_bytes(8, "big") + bytes(20), "not compressed"),
    ],
)
def test_a_stranger_s_content_is_refused(plain: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        open_manifest(pyrage.encrypt(plain, [IDENTITY.to_public()]), [IDENTITY])


def sealed_by_hand(body: bytes) -> bytes:
    plain = len(body).to_bytes(8, "big") + body
    return pyrage.encrypt(plain.ljust(padme(len(plain)), b"\0"), [IDENTITY.to_public()])


def test_compressed_records_are_one_stream_and_nothing_behind_it() -> None:
    whole = zlib.compress(RECORDS)
    assert open_manifest(sealed_by_hand(whole), [IDENTITY]) == RECORDS
    for body in (whole[:-1], whole + b"\0", whole + whole):
        with pytest.raises(FormatError, match="wrong place"):
            open_manifest(sealed_by_hand(body), [IDENTITY])
    with pytest.raises(FormatError, match="not compressed"):
        open_manifest(sealed_by_hand(whole[:-4] + bytes(4)), [IDENTITY])


def test_a_bomb_is_refused_and_exactly_as_much_as_allowed_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MOST_RECORDS_BYTES", 1 << 20)
    assert open_manifest(sealed_by_hand(zlib.compress(bytes(1 << 20))), [IDENTITY]) == bytes(1 << 20)
    for size in ((1 << 20) + 1, 64 << 20):
        with pytest.raises(FormatError, match="more than 1 MiB"):
            open_manifest(sealed_by_hand(zlib.compress(bytes(size))), [IDENTITY])
    with pytest.raises(UnsupportedError, match="too many"):
        seal_manifest(bytes((1 << 20) + 1), RECIPIENT)
    monkeypatch.setattr(manifest, "MOST_MANIFEST_BYTES", len(SEALED) - 1)
    with pytest.raises(FormatError, match="too long"):
        open_manifest(SEALED, [IDENTITY])


@given(st.data())
def test_a_manifest_that_was_changed_anywhere_is_refused(data: st.DataObject) -> None:
    changed = bytearray(SEALED)
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    if changed == SEALED:
        return
    with pytest.raises((FormatError, KeyRequiredError)):
        open_manifest(bytes(changed), [IDENTITY])


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"age-encryption.org/v1\n", b"age-encryption.org/v1\n-> X25519 "])
)
def test_any_bytes_are_refused_without_fuss(noise: bytes, start: bytes) -> None:
    with pytest.raises((FormatError, KeyRequiredError)):
        open_manifest(start + noise, [IDENTITY])
    with pytest.raises(LossproofError):
        read_identities(start + noise, lambda: Secret("made up"))
    with pytest.raises(FormatError):
        parse_recipient((start + noise).decode("latin-1"))


def test_a_recipient_is_taken_exactly_as_it_is_printed() -> None:
    assert str(parse_recipient(RECIPIENT)) == RECIPIENT
    assert recipient_of(bytes(range(32))) == str(parse_recipient(recipient_of(bytes(range(32)))))
    last = "q" if RECIPIENT[-1] != "q" else "p"
    for wrong in ("", RECIPIENT.upper(), RECIPIENT + "\n", f" {RECIPIENT}", RECIPIENT[:-1] + last, str(IDENTITY)):
        with pytest.raises(FormatError, match="not an age X25519 recipient"):
            parse_recipient(wrong)
        with pytest.raises(FormatError):
            seal_manifest(RECORDS, wrong)
        with pytest.raises(FormatError):
            recipient_fingerprint(wrong)


@pytest.mark.parametrize("number", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255, 2**255 + 1])
def test_a_recipient_of_low_order_is_refused_because_anybody_could_open_what_is_sealed_to_it(number: int) -> None:
    with pytest.raises(FormatError, match="not an age X25519 recipient"):
        parse_recipient(recipient_of(number.to_bytes(32, "little")))


def test_an_identity_file_may_hold_several_among_comments() -> None:
    file = f"# created: 2031-05-04\n# public key: {RECIPIENT}\n{IDENTITY}\r\n\n  {STRANGER}".encode()
    assert [str(one) for one in read_identities(file, nobody_is_asked)] == [str(IDENTITY), str(STRANGER)]


@pytest.mark.parametrize(
    ("file", "kind", "said"),
    [
        (b"", FormatError, "no identity in it"),
        (b"# a comment\n", FormatError, "no identity in it"),
        (f"{RECIPIENT}\n".encode(), FormatError, "line 1: not an age identity"),
        (f"{IDENTITY}\n{IDENTITY}x\n".encode(), FormatError, "line 2: not an age identity"),
        (
            f"{str(IDENTITY)[:-1]}{'Q' if str(IDENTITY)[-1] != 'Q' else 'P'}".encode(),
            FormatError,
            "not an age identity",
        ),
        (str(IDENTITY).lower().encode(), FormatError, "not an age identity"),
        (b"AGE-PLUGIN-YUBIKEY-1QQQQ\n", UnsupportedError, "only X25519"),
        (b"AGE-SECRET-KEY-PQ-1QQQQ\n", UnsupportedError, "only X25519"),
        (b"-----BEGIN OPENSSH " + b"KEY-----\n", UnsupportedError, "only X25519"),
        (b"\xff\xfe", FormatError, "not text"),
        (bytes((1 << 20) + 1), FormatError, "too long"),
    ],
    ids=range(11),  # the identities are other ones in each process
)
def test_an_identity_file_that_is_none_says_so_and_nothing_of_itself(
    file: bytes, kind: type[LossproofError], said: str
) -> None:
    with pytest.raises(kind, match=said) as raised:
        read_identities(file, nobody_is_asked)
    assert str(IDENTITY)[:30] not in str(raised.value)


def test_a_protected_identity_file_opens_with_its_passphrase_alone() -> None:
    armoured = age_file(f"{IDENTITY}\n".encode(), "made up words")
    protected = base64.b64decode(b"".join(armoured.splitlines()[1:-1]))
    for file in (protected, armoured):
        (identity,) = read_identities(file, lambda: Secret("made up words"))
        assert open_manifest(SEALED, [identity]) == RECORDS
    with pytest.raises(KeyRequiredError, match="passphrase does not open it"):
        read_identities(protected, lambda: Secret("other words"))
    with pytest.raises(FormatError, match="not one that a passphrase opens"):
        read_identities(SEALED, lambda: Secret("made up words"))


def test_a_protected_identity_file_cannot_ask_for_endless_work() -> None:
    stanza = (
        b"age-encryption.org/v1\n-> scrypt "
        + b"A" * 22
        + b" 40\n"
        + b"A" * 43
        + b"\n--- "
        + b"A" * 43
        + b"\n"
        + bytes(32)
    )
    with pytest.raises(UnsupportedError, match="more work"):
        read_identities(stanza, lambda: Secret("made up"))
