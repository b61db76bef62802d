"""Kinds that are known and not read: each with its reason, documents with their visible text."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from discover.formats.made import compound, read
from lossproof.discover.formats.reasons import REASONS


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_picture_is_named_whatever_its_name(kind):
    file = io.BytesIO()
    Image.new("RGB", (9, 9)).save(file, kind)
    for name in ("photo.jpg", "letter.txt", ""):
        found = read(file.getvalue(), name)
        assert found.error == "image_not_read"
        assert not found.prose


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"ID3\x04" + bytes(50), "media_not_read"),
        (b"\0\0\0\x20ftypisom" + bytes(50), "media_not_read"),
        (b"\0\0\0\x20ftypheic" + bytes(50), "image_not_read"),
        (b"RIFF\x10\0\0\0WAVEfmt " + bytes(50), "media_not_read"),
        (b"MZ" + bytes(70), "program_not_read"),
        (b"\x7fELF" + bytes(50), "program_not_read"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "archive_not_read"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(50), "archive_not_read"),
        (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(4) + struct.pack("<QQI", 0, 4, 0) + b"\x06\xf1\x07\x01", "encrypted"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(5) + b"\x04" + bytes(50), "encrypted"),
        (b"Rar!\x1a\x07\x00\0\0\x73\x80" + bytes(50), "encrypted"),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQ\n", "encrypted"),
        (b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5" + bytes(50), "encrypted"),
    ],
)
def test_a_known_kind_has_its_reason(raw, code):
    found = read(raw, "x")
    assert found.error == code
    assert code in REASONS


def test_an_old_word_document_gives_its_visible_text():
    text = bytes(600) + b"Dear Ann Example, 943 476 5919\r" + "Zoë wide text".encode("utf-16-le") + bytes(100)
    found = read(compound({"WordDocument": text, "1Table": b"x"}), "letter.doc")
    assert "Dear Ann Example, 943 476 5919" in found.prose
    assert "Zoë wide text" in found.prose
    assert found.error == "unsupported_format"


def test_an_old_word_document_with_a_password_says_so():
    fib = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0, 0, 0x0100)
    assert read(compound({"WordDocument": fib}), "letter.doc").error == "encrypted"


def test_a_scanner_picture_with_text_headers_gives_them():
    found = read(bytes(128) + b"DICM" + b"Example^Ann" + bytes(40), "scan.dcm")
    assert "Example^Ann" in found.prose
    assert found.error == "unsupported_format"


def test_a_truncated_document_keeps_its_visible_text():
    raw = compound({"WordDocument": bytes(600) + b"Dear Ann Example" + bytes(5000)})[:3000]
    found = read(raw, "letter.doc")
    assert "Dear Ann Example" in found.prose
    assert found.error == "unsupported_format"
