from __future__ import annotations

import base64
import contextlib
import copy
import hashlib
import os
import pickle
import pty
import shutil
import subprocess
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from cheap_age import age_file, armour, write_cheap_key
from lossproof.errors import FormatError, InputError, KeyRequiredError, LossproofError, StoreError, UnsupportedError
from lossproof.ledger.keys import (
    PrivateKey,
    Secret,
    fingerprint,
    make_key,
    open_key,
    parse_private,
    parse_public,
    public_path,
    public_text,
    read_passphrase,
    read_public,
    verifying_key,
)

WORDS = "seven blue herons över Loch Tay"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, bytes]:
    """The one real key of this file: scrypt takes a second or two."""
    path = tmp_path_factory.mktemp("keys") / "log.key"
    return path, make_key(path, Secret(WORDS))


@pytest.fixture
def cheap(tmp_path) -> tuple[Path, PrivateKey]:
    path = tmp_path / "cheap.key"
    return path, write_cheap_key(path, WORDS)


def test_a_key_that_was_made_opens_and_signs_for_the_public_half_beside_it(made):
    path, public = made
    key = open_key(path, Secret(WORDS))
    assert key.public == public == read_public(public_path(path))
    assert key.keyid == fingerprint(public) == hashlib.sha256(public).hexdigest()
    verifying_key(public).verify(key.sign(b"message"), b"message")


def test_only_the_owner_can_read_the_secret_half_and_no_other_file_is_left(made):
    path, _ = made
    assert path.stat().st_mode & 0o777 == 0o600
    assert public_path(path).stat().st_mode & 0o777 == 0o644
    assert sorted(child.name for child in path.parent.iterdir()) == ["log.key", "log.key.pub"]


def test_the_secret_half_is_not_in_the_file(made):
    path, _ = made
    assert path.read_bytes().startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n")
    assert b"PRIVATE KEY" not in path.read_bytes()


@pytest.mark.skipif(shutil.which("age") is None, reason="the age program is not installed")
def test_the_age_program_opens_the_key_and_openssl_signs_with_it(made, tmp_path):
    path, public = made
    pem = _decrypt_with_age(path, WORDS)
    (tmp_path / "secret.pem").write_bytes(pem)
    (tmp_path / "message").write_bytes(b"message")
    subprocess.run(
        ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", "secret.pem", "-in", "message", "-out", "sig"],
        check=True,
        cwd=tmp_path,
    )
    verifying_key(public).verify((tmp_path / "sig").read_bytes(), b"message")


@pytest.mark.skipif(shutil.which("age") is None, reason="the age program is not installed")
def test_a_cheap_key_of_the_tests_is_a_real_age_file(cheap):
    path, _ = cheap
    assert b"PRIVATE KEY" in _decrypt_with_age(path, WORDS)


def _decrypt_with_age(path: Path, passphrase: str) -> bytes:
    """`age -d` asks for the passphrase on a terminal, so it is given one."""
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - another process
        os.execvp("sh", ["sh", "-c", 'exec age -d -o "$1" "$2"', "sh", f"{path}.plain", str(path)])
    seen = b""
    while b"passphrase" not in seen:
        seen += os.read(terminal, 1024)
    os.write(terminal, passphrase.encode() + b"\n")
    try:
        while os.read(terminal, 1024):
            pass
    except OSError:
        pass
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    plain = Path(f"{path}.plain")
    try:
        return plain.read_bytes()
    finally:
        plain.unlink()


def test_a_wrong_passphrase_asks_for_the_right_one(cheap):
    path, _ = cheap
    with pytest.raises(KeyRequiredError, match="does not open") as caught:
        open_key(path, Secret("seven blue heron"))
    assert "again" in caught.value.hint


def test_an_empty_passphrase_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="empty"):
        make_key(tmp_path / "k", Secret(""))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["k", "k.pub"])
@pytest.mark.parametrize("dangling", [False, True])
def test_nothing_is_overwritten(tmp_path, taken, dangling):
    if dangling:
        (tmp_path / taken).symlink_to("nowhere")
    else:
        (tmp_path / taken).write_text("theirs")
    with pytest.raises(StoreError, match="is there already"):
        make_key(tmp_path / "k", Secret(WORDS))
    assert [child.name for child in tmp_path.iterdir()] == [taken]
    assert dangling or (tmp_path / taken).read_text() == "theirs"


def test_a_file_that_appears_while_the_key_is_made_is_not_overwritten(tmp_path, monkeypatch):
    def slow(plain: bytes, passphrase: str, armored: bool) -> bytes:
        (tmp_path / "k").write_text("theirs")
        return b"sealed"

    monkeypatch.setattr("lossproof.ledger.keys.pyrage.passphrase.encrypt", slow)
    with pytest.raises(StoreError, match="is there already"):
        make_key(tmp_path / "k", Secret(WORDS))
    assert [child.name for child in tmp_path.iterdir()] == ["k"]
    assert (tmp_path / "k").read_text() == "theirs"


def test_a_folder_that_is_not_there_and_a_full_disk_are_plain_errors(tmp_path, monkeypatch):
    monkeypatch.setattr("lossproof.ledger.keys.pyrage.passphrase.encrypt", lambda *_, armored: b"sealed")
    with pytest.raises(StoreError, match="cannot write"):
        make_key(tmp_path / "no" / "k", Secret(WORDS))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lossproof.ledger.new_file.os.fsync", full)
    with pytest.raises(StoreError, match="No space"):
        make_key(tmp_path / "k", Secret(WORDS))
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_that_cannot_keep_it_private_gets_no_key(tmp_path, monkeypatch):
    monkeypatch.setattr("lossproof.ledger.keys.pyrage.passphrase.encrypt", lambda *_, armored: b"sealed")
    chmod = os.fchmod
    monkeypatch.setattr("lossproof.ledger.new_file.os.fchmod", lambda descriptor, mode: chmod(descriptor, 0o666))
    with pytest.raises(StoreError, match="private"):
        make_key(tmp_path / "k", Secret(WORDS))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_key_file_and_a_folder_are_input_errors(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match="cannot read the key file"):
            open_key(path, Secret(WORDS))
        with pytest.raises(InputError, match="cannot read the public key file"):
            read_public(path)


@pytest.mark.parametrize("log_n", [23, 30, 63, 99])
def test_a_file_that_asks_for_too_much_work_is_refused_at_once(tmp_path, log_n):
    path = tmp_path / "k"
    path.write_bytes(age_file(b"x", WORDS, written_log_n=log_n))
    with pytest.raises(UnsupportedError, match="more work"):
        open_key(path, Secret(WORDS))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 4\n",
        armour(b""),
        armour(b"age-encryption.org/v1\n-> X25519 AAAAAAAAAAAAAAAAAAAAAA\n"),
        armour(b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 04\n"),
        b"-----BEGIN AGE ENCRYPTED FILE-----\n=\n-----END AGE ENCRYPTED FILE-----\n",
        b"-----BEGIN AGE ENCRYPTED FILE-----\nAB=CD===\n-----END AGE ENCRYPTED FILE-----\n",
    ],
)
def test_what_is_not_an_age_file_under_a_passphrase_is_a_format_error(tmp_path, content):
    (tmp_path / "k").write_bytes(content)
    with pytest.raises(FormatError):
        open_key(tmp_path / "k", Secret(WORDS))


def test_a_file_that_is_far_too_long_is_not_read(tmp_path):
    (tmp_path / "k").write_bytes(bytes(1 << 20))
    with pytest.raises(InputError, match="too long"):
        open_key(tmp_path / "k", Secret(WORDS))


def test_an_age_file_with_something_else_inside_is_refused(tmp_path):
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content, error in [(b"hello", FormatError), (b"", FormatError), (other, UnsupportedError)]:
        (tmp_path / "k").write_bytes(age_file(content, WORDS))
        with pytest.raises(error):
            open_key(tmp_path / "k", Secret(WORDS))


def test_every_changed_byte_of_a_key_file_is_refused_or_changes_nothing(cheap, tmp_path):
    path, key = cheap
    good = path.read_bytes()
    for position in range(len(good)):
        (tmp_path / "k").write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        with contextlib.suppress(LossproofError):
            assert open_key(tmp_path / "k", Secret(WORDS)).public == key.public


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_refused_as_a_key_file(tmp_path_factory, content, armoured):
    path = tmp_path_factory.getbasetemp() / "any.key"
    path.write_bytes(armour(content) if armoured else content)
    with pytest.raises((FormatError, UnsupportedError, KeyRequiredError)):
        open_key(path, Secret(WORDS))


@pytest.mark.parametrize("curve", range(0x6C, 0x76))
def test_a_key_that_is_said_to_be_of_another_curve_is_refused(curve):
    key = PrivateKey.generate().ed25519
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for der, kind, read in ((private, "PRIVATE", parse_private), (public, "PUBLIC", parse_public)):
        changed = base64.b64encode(der.replace(b"\x2b\x65\x70", bytes((0x2B, 0x65, curve)))).decode()
        text = f"-----BEGIN {kind} KEY-----\n{changed}\n-----END {kind} KEY-----\n".encode()
        if curve != 0x70:
            with pytest.raises((FormatError, UnsupportedError)):
                read(text)


def test_a_public_key_is_written_and_read_back():
    key = PrivateKey.generate()
    text = public_text(key.public)
    assert text.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert parse_public(text.encode()) == key.public


def test_another_spelling_or_kind_of_public_key_is_refused():
    good = public_text(PrivateKey.generate().public).encode()
    spki = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    others = [
        good + b"\n",
        b"# mine\n" + good,
        good.replace(b"\n", b"\r\n"),
        good + good,
        good[:-2],
        b"",
        bytes(1 << 16),
        rsa.generate_private_key(65537, 2048).public_key().public_bytes(*spki),
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*spki),
    ]
    for other in others:
        with pytest.raises(FormatError):
            parse_public(other)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_as_a_public_key(content):
    with pytest.raises(FormatError):
        parse_public(content)
    with pytest.raises(FormatError):
        parse_public(b"-----BEGIN PUBLIC KEY-----\n" + content + b"\n-----END PUBLIC KEY-----\n")


@given(st.binary(min_size=32, max_size=32))
def test_32_bytes_are_a_key_or_refused(raw):
    with contextlib.suppress(FormatError):
        assert parse_public(public_text(raw).encode()) == raw


P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def _root(square: int) -> int:
    """A square root modulo p, or 0 if there is none (RFC 8032 section 5.1.3)."""
    root = pow(square, (P + 3) // 8, P)
    if (root * root - square) % P:
        root = root * pow(2, (P - 1) // 4, P) % P
    return root if (root * root - square) % P == 0 else 0


def _on_curve(y: int) -> list[tuple[int, int]]:
    """The two points of edwards25519 with this y."""
    x = _root((y * y - 1) * pow(D * y * y + 1, -1, P) % P)
    return [(x, y), (-x % P, y)]


def _double(point: tuple[int, int]) -> tuple[int, int]:
    x, y = point
    product = D * x * x * y * y % P
    return 2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P


def _encode(point: tuple[int, int]) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def test_exactly_the_eight_points_of_small_order_are_refused():
    # Twice a point of order 8 has y = 0, so its x² = -y²; with the equation of the curve, d y⁴ + 2 y² = 1.
    y = next(y for s in (_root(1 + D), -_root(1 + D)) if (y := _root((s - 1) * pow(D, -1, P) % P)))
    order_8 = _on_curve(y)[0]
    small = set()
    for x, y in [order_8, _double(order_8), _double(_double(order_8)), (0, 1)]:
        small |= {(x, y), (-x % P, y), (x, -y % P), (-x % P, -y % P)}
    assert len(small) == 8
    for point in small:
        assert _double(_double(_double(point))) == (0, 1)
        for encoded in (_encode(point), _encode((point[0] ^ 1, point[1]))):
            with pytest.raises(FormatError):
                verifying_key(encoded)
    base = _on_curve(4 * pow(5, -1, P) % P)[0]
    verifying_key(_encode(base))


def test_a_key_of_small_order_would_sign_any_message_and_so_none_may_be_enrolled():
    identity = (1).to_bytes(32, "little")
    forged = identity + bytes(32)
    for message in (b"one", b"two"):
        Ed25519PublicKey.from_public_bytes(identity).verify(forged, message)
    with pytest.raises(FormatError):
        verifying_key(identity)


@pytest.mark.parametrize("raw", [b"", bytes(31), bytes(33), P.to_bytes(32, "little"), b"\xff" * 32])
def test_a_key_of_another_length_or_not_reduced_is_refused(raw):
    with pytest.raises(FormatError):
        verifying_key(raw)


def test_secrets_show_themselves_nowhere():
    secret, key = Secret(WORDS), PrivateKey.generate()
    raw = key.ed25519.private_bytes_raw()
    for thing, inside in [(secret, WORDS), (key, raw.hex()), ([secret, {"k": key}], WORDS)]:
        for text in (repr(thing), str(thing), f"{thing}"):
            assert inside not in text
            assert "redacted" in text
    for thing in (secret, key):
        for copier in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError):
                copier(thing)


def test_an_error_names_the_file_and_never_the_passphrase(cheap):
    path, _ = cheap
    with pytest.raises(KeyRequiredError) as caught:
        open_key(path, Secret("wrong-passphrase"))
    shown = "".join(traceback.format_exception(caught.value)) + caught.value.hint
    assert str(path) in shown
    assert "wrong-passphrase" not in shown.replace('Secret("wrong-passphrase")', "")


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_passphrase_file_is_the_passphrase_and_one_line_end(tmp_path, ending):
    (tmp_path / "p").write_bytes((" pass word " + ending).encode())
    assert read_passphrase(tmp_path / "p").reveal() == " pass word "


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b"a\nb\n", b"a\n\n", b"a\0", b"\xff\xfe", b"x" * 5000])
def test_a_passphrase_file_with_none_or_several_is_refused(tmp_path, content):
    (tmp_path / "p").write_bytes(content)
    with pytest.raises(InputError):
        read_passphrase(tmp_path / "p")


def test_a_passphrase_file_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="passphrase file"):
        read_passphrase(tmp_path / "p")
