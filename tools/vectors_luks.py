"""Makes the LUKS test images: `python tools/vectors_luks.py`, part of `make vectors`.

The bases were made by cryptsetup on a plain file, with the command in their label; their salts and keys are random, so they
are kept as they are and made anew only with `--fresh`. Of each only the header is kept: keyslot areas and data are zeros,
but for some bytes that stand for ciphertext. Every other image is a base with something changed, and comes out the same
each time. The passphrase was "pass"; nothing can be opened with it, the keyslots being gone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[1] / "tests" / "vectors"
LUKS2 = "cryptsetup luksFormat -q --type luks2 --luks2-metadata-size 16k --key-size 256 --key-file pw"
CHEAP = "--pbkdf pbkdf2 --pbkdf-force-iterations 1000"
SMALL = "truncate -s 4M image; "
FIRST, SECOND, HEADER_BYTES = 0, 16384, 16384

# name: (command that made it, what is expected of it)
BASES: dict[str, tuple[str, dict[str, Any]]] = {
    "luks1/default": (
        SMALL + "cryptsetup luksFormat -q --type luks1 --key-file pw image",
        {
            "protection": "protected",
            "reasons": ["encrypted"],
            "cipher": "aes-xts-plain64",
            "key_bits": 512,
            "state": "encrypted",
        },
    ),
    "luks1/weak_iterations": (
        SMALL + "cryptsetup luksFormat -q --type luks1 --pbkdf-force-iterations 1000 --hash sha1 --key-file pw image",
        {"protection": "weak", "reasons": ["weak_kdf", "old_kdf_hash"], "cipher": "aes-xts-plain64", "key_bits": 512},
    ),
    "luks2/default": (
        SMALL + LUKS2 + " --luks2-keyslots-size 256k image",
        {
            "protection": "protected",
            "reasons": ["encrypted"],
            "cipher": "aes-xts-plain64",
            "key_bits": 256,
            "state": "encrypted",
        },
    ),
    "luks2/weak_pbkdf2": (
        SMALL + LUKS2 + f" --luks2-keyslots-size 1000k {CHEAP} image",
        {"protection": "weak", "reasons": ["weak_kdf"], "cipher": "aes-xts-plain64", "key_bits": 256},
    ),
    "luks2/reencrypting": (
        SMALL
        + LUKS2
        + f" --luks2-keyslots-size 1000k {CHEAP} image; "
        + f"cryptsetup reencrypt -q --force-offline-reencrypt --init-only {CHEAP} --key-file pw image",
        {
            "protection": "weak",
            "reasons": ["weak_kdf", "reencryption_in_progress"],
            "cipher": "aes-xts-plain64",
            "state": "reencrypting",
        },
    ),
    "luks2/encrypting": (
        "truncate -s 20M image; cryptsetup reencrypt -q --encrypt --init-only --type luks2 --reduce-device-size 8M "
        + f"{CHEAP} --key-file pw image",
        {
            "protection": "unprotected",
            "reasons": ["no_cipher", "linear_segment", "conversion_incomplete", "data_cut_short"],
            "state": "encrypting",
        },
    ),
}


def make_base(command: str) -> bytes:
    """The image that a command makes, with everything but the header taken out."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pw").write_text("pass")
        subprocess.run(command, shell=True, cwd=folder, check=True)
        image = bytearray(Path(folder, "image").read_bytes())
    if image[6:8] == b"\0\x01":
        payload = int.from_bytes(image[104:108], "big") * 512
        image[592:payload] = bytes(payload - 592)
    else:
        segments = metadata_of(image)["segments"].values()
        payload = min(int(segment["offset"]) for segment in segments if segment["offset"] != "0")
        image[2 * HEADER_BYTES : payload] = bytes(payload - 2 * HEADER_BYTES)
    del image[payload + 65536 :]
    image[payload:] = stand_in(1024) + bytes(65536 - 1024)
    return bytes(image)


def stand_in(size: int) -> bytes:
    """Bytes that look random, the same each time: what ciphertext looks like."""
    return b"".join(hashlib.sha256(b"stand-in %d" % n).digest() for n in range(size // 32))


def metadata_of(image: bytes | bytearray, place: int = FIRST) -> dict[str, Any]:
    """The JSON of the LUKS2 header at `place`."""
    return json.loads(image[place + 4096 : place + HEADER_BYTES].partition(b"\0")[0])


def sealed(header: bytes | bytearray) -> bytes:
    """A LUKS2 header with its checksum made right."""
    blank = bytes(header[:448]) + bytes(64) + bytes(header[512:])
    return blank[:448] + hashlib.sha256(blank).digest() + bytes(32) + blank[512:]


def with_json(image: bytes, text: bytes, places: tuple[int, ...] = (FIRST, SECOND)) -> bytes:
    """`image` with other JSON text in its headers, and right checksums."""
    changed = bytearray(image)
    for place in places:
        header = changed[place : place + 4096] + text.ljust(HEADER_BYTES - 4096, b"\0")
        changed[place : place + HEADER_BYTES] = sealed(header)
    return bytes(changed)


def edited(
    change: Callable[[dict[str, Any]], None], places: tuple[int, ...] = (FIRST, SECOND)
) -> Callable[[bytes], bytes]:
    """A change of the LUKS2 JSON, made in both headers."""

    def edit(image: bytes) -> bytes:
        metadata = metadata_of(image)
        change(metadata)
        return with_json(image, json.dumps(metadata, separators=(",", ":")).encode(), places)

    return edit


def put(*changes: tuple[int, bytes]) -> Callable[[bytes], bytes]:
    """A change of bytes at offsets."""

    def edit(image: bytes) -> bytes:
        changed = bytearray(image)
        for at, new in changes:
            changed[at : at + len(new)] = new
        return bytes(changed)

    return edit


def resealed(*changes: tuple[int, bytes]) -> Callable[[bytes], bytes]:
    """A change of bytes in both LUKS2 headers, with right checksums."""

    def edit(image: bytes) -> bytes:
        changed = bytearray(image)
        for place in (FIRST, SECOND):
            for at, new in changes:
                changed[place + at : place + at + len(new)] = new
            changed[place : place + HEADER_BYTES] = sealed(changed[place : place + HEADER_BYTES])
        return bytes(changed)

    return edit


def luks1_cipher(name: str, mode: str) -> Callable[[bytes], bytes]:
    """Another cipher-name and cipher-mode in a LUKS1 header."""
    return put((8, name.encode().ljust(32, b"\0")), (40, mode.encode().ljust(32, b"\0")))


def segment_of(**fields: Any) -> Callable[[dict[str, Any]], None]:
    """Other fields in the first data segment; None takes one away."""

    def change(metadata: dict[str, Any]) -> None:
        segment = metadata["segments"]["0"]
        segment.update(fields)
        for key in [key for key, value in segment.items() if value is None]:
            del segment[key]

    return change


def add_segment(**fields: Any) -> Callable[[dict[str, Any]], None]:
    """One more segment behind the first, which ends after 32 KiB."""

    def change(metadata: dict[str, Any]) -> None:
        first = metadata["segments"]["0"]
        first["size"] = "32768"
        metadata["segments"]["1"] = {"offset": str(int(first["offset"]) + 32768), "size": "dynamic", **fields}

    return change


def requirement(*names: str) -> Callable[[dict[str, Any]], None]:
    """Mandatory requirements."""
    return lambda metadata: metadata["config"].update(requirements={"mandatory": list(names)})


def keyslot_of(part: str, **fields: Any) -> Callable[[dict[str, Any]], None]:
    """Other fields in a part of the first keyslot."""
    return lambda metadata: metadata["keyslots"]["0"][part].update(fields)


def add_token(**fields: Any) -> Callable[[dict[str, Any]], None]:
    """A token that holds the first keyslot's secret."""
    return lambda metadata: metadata["tokens"].update({"0": {"keyslots": ["0"], **fields}})


def no_keyslot(metadata: dict[str, Any]) -> None:
    """What `luksErase` leaves."""
    metadata["keyslots"] = {}
    for digest in metadata["digests"].values():
        digest["keyslots"] = []


def plain_start(image: bytes) -> bytes:
    """Readable text where the ciphertext should begin."""
    payload = (
        int.from_bytes(image[104:108], "big") * 512
        if image[7] == 1
        else int(metadata_of(image)["segments"]["0"]["offset"])
    )
    text = (b"Nothing here is encrypted, whatever the header says. " * 100)[:4096]
    return image[:payload] + text + image[payload + 4096 :]


def plain_inside(image: bytes) -> bytes:
    """Readable text far behind the start of the data, as a medium in use before may have."""
    text = (b"An old letter that was here before the stick was encrypted. " * 100)[:4096]
    return image + bytes(65536) + text * 32


WHOLE = {"protection": "protected", "reasons": ["encrypted"]}


def unknown(*codes: str) -> dict[str, Any]:
    """Expected where nothing can be said."""
    return {"protection": "unknown", "reasons": list(codes)}


def weak(*codes: str, **fields: Any) -> dict[str, Any]:
    """Expected where something is too weak."""
    return {"protection": "weak", "reasons": list(codes), **fields}


def readable(*codes: str) -> dict[str, Any]:
    """Expected where it can be read."""
    return {"protection": "unprotected", "reasons": list(codes)}


def partly(*codes: str) -> dict[str, Any]:
    """Expected where a part of it can be read."""
    return {"protection": "partial", "reasons": list(codes)}


def be(value: int, size: int) -> bytes:
    """A big-endian field."""
    return value.to_bytes(size, "big")


BOMB = b"[" * 12000
# name: (base, change, what is expected of it, the change in words)
DERIVED: dict[str, tuple[str, Callable[[bytes], bytes], dict[str, Any], str]] = {
    "luks1/null_cipher": (
        "luks1/default",
        luks1_cipher("cipher_null", "ecb"),
        readable("null_cipher"),
        "cipher_null-ecb",
    ),
    "luks1/aes_ecb": ("luks1/default", luks1_cipher("aes", "ecb"), weak("weak_mode"), "aes-ecb"),
    "luks1/cbc_plain": ("luks1/default", luks1_cipher("aes", "cbc-plain"), weak("weak_mode"), "aes-cbc-plain"),
    "luks1/unknown_cipher": (
        "luks1/default",
        luks1_cipher("rot13", "xts-plain64"),
        unknown("cipher_unknown"),
        "a cipher that does not exist",
    ),
    "luks1/short_key": ("luks1/default", put((108, be(16, 4))), weak("short_key"), "key bytes 16, which XTS halves"),
    "luks1/no_keyslot": (
        "luks1/default",
        put((208, be(0xDEAD, 4))),
        {"protection": "protected", "reasons": ["no_active_keyslot", "encrypted"]},
        "keyslot 0 off",
    ),
    "luks1/detached": ("luks1/default", put((104, be(0, 4))), unknown("detached_header"), "payload offset 0"),
    "luks1/unusable": (
        "luks1/default",
        put((4, b"\xde\xad")),
        unknown("reencryption_interrupted"),
        "magic of an unfinished offline re-encryption",
    ),
    "luks1/overlapping_keyslots": (
        "luks1/default",
        put((208 + 48 + 40, be(9, 4))),
        unknown("header_inconsistent"),
        "keyslot 1 over keyslot 0",
    ),
    "luks1/other_stripes": (
        "luks1/default",
        put((208 + 44, be(1, 4))),
        unknown("header_inconsistent"),
        "keyslot 0 with one stripe",
    ),
    "luks1/material_past_payload": (
        "luks1/default",
        put((208 + 7 * 48 + 40, be(4095, 4))),
        unknown("header_inconsistent"),
        "keyslot 7 over the payload",
    ),
    "luks1/material_over_header": (
        "luks1/default",
        put((208 + 40, be(0, 4))),
        unknown("header_inconsistent"),
        "keyslot 0 over the header",
    ),
    "luks1/payload_in_header": (
        "luks1/default",
        put((104, be(1, 4))),
        unknown("header_inconsistent"),
        "payload offset 1",
    ),
    "luks1/plain_data": (
        "luks1/default",
        plain_start,
        readable("ciphertext_looks_plain"),
        "text at the payload's start",
    ),
    "luks1/plain_inside": ("luks1/default", plain_inside, partly("plaintext_in_data_area"), "text further on"),
    "luks1/header_alone": ("luks1/default", lambda image: image[:4096], unknown("truncated"), "the first 4,096 bytes"),
    "luks2/null_cipher": (
        "luks2/default",
        edited(segment_of(encryption="cipher_null-ecb")),
        readable("null_cipher"),
        "cipher_null-ecb",
    ),
    "luks2/null_cipher_kernel": (
        "luks2/default",
        edited(segment_of(encryption="capi:ecb(cipher_null)-plain")),
        readable("null_cipher"),
        "capi:ecb(cipher_null)-plain",
    ),
    "luks2/keyslot_null_cipher": (
        "luks2/default",
        edited(keyslot_of("area", encryption="cipher_null-ecb")),
        readable("keyslot_null_cipher"),
        "keyslot 0 with cipher_null-ecb",
    ),
    "luks2/kernel_cipher": (
        "luks2/default",
        edited(segment_of(encryption="capi:xts(ecb(aes-generic))-plain64")),
        WHOLE,
        "capi:xts(ecb(aes-generic))-plain64",
    ),
    "luks2/adiantum": (
        "luks2/default",
        edited(segment_of(encryption="xchacha12,aes-adiantum-plain64")),
        WHOLE,
        "xchacha12,aes-adiantum-plain64",
    ),
    "luks2/aes_ecb": ("luks2/default", edited(segment_of(encryption="aes-ecb")), weak("weak_mode"), "aes-ecb"),
    "luks2/cbc_plain": (
        "luks2/default",
        edited(segment_of(encryption="aes-cbc-plain")),
        weak("weak_mode"),
        "aes-cbc-plain",
    ),
    "luks2/des": (
        "luks2/default",
        edited(segment_of(encryption="des-cbc-essiv:sha256")),
        weak("weak_cipher"),
        "des-cbc-essiv:sha256",
    ),
    "luks2/weak_argon2": (
        "luks2/default",
        edited(keyslot_of("kdf", time=4, memory=32)),
        weak("weak_kdf"),
        "argon2id with 32 KiB",
    ),
    "luks2/unknown_kdf": (
        "luks2/default",
        edited(keyslot_of("kdf", type="scrypt")),
        unknown("kdf_unknown"),
        "a KDF the format does not have",
    ),
    "luks2/linear_beside": (
        "luks2/default",
        edited(add_segment(type="linear")),
        partly("conversion_incomplete", "linear_segment"),
        "a linear segment behind the encrypted one",
    ),
    "luks2/linear_only": (
        "luks2/default",
        edited(segment_of(type="linear", encryption=None, sector_size=None, iv_tweak=None)),
        readable("no_cipher", "linear_segment"),
        "the one segment linear",
    ),
    "luks2/linear_backup": (
        "luks2/default",
        edited(add_segment(type="linear", flags=["backup-previous"])),
        WHOLE,
        "a linear segment that is only a backup",
    ),
    "luks2/opal_only": (
        "luks2/default",
        edited(segment_of(type="hw-opal", encryption=None, sector_size=None)),
        unknown("opal_only"),
        "the one segment hw-opal",
    ),
    "luks2/opal_and_crypt": (
        "luks2/weak_pbkdf2",
        edited(segment_of(type="hw-opal-crypt", encryption="aes-cbc-essiv:sha256", opal_key_size=16)),
        weak("weak_kdf", cipher="aes-cbc-essiv:sha256", key_bits=128),
        "the segment hw-opal-crypt, half of the key the drive's",
    ),
    "luks2/unknown_segment": (
        "luks2/default",
        edited(segment_of(type="quantum")),
        unknown("unknown_segment"),
        "a segment of no known type",
    ),
    "luks2/integrity": (
        "luks2/default",
        edited(
            segment_of(
                encryption="aes-gcm-random",
                integrity={"type": "aead", "journal_encryption": "none", "journal_integrity": "none"},
            )
        ),
        {"protection": "protected", "reasons": ["integrity_protected", "encrypted"]},
        "aes-gcm-random with integrity",
    ),
    "luks2/unknown_requirement": (
        "luks2/default",
        edited(requirement("levitation")),
        unknown("unknown_requirement"),
        "a requirement nobody knows",
    ),
    "luks2/tpm2": (
        "luks2/weak_pbkdf2",
        edited(add_token(type="systemd-tpm2", **{"tpm2-pin": False})),
        {"protection": "protected", "reasons": ["automatic_unlock", "encrypted"]},
        "a TPM2 token without a PIN, as systemd-cryptenroll writes",
    ),
    "luks2/no_keyslot": (
        "luks2/default",
        edited(no_keyslot),
        {"protection": "protected", "reasons": ["no_active_keyslot", "encrypted"]},
        "all keyslots gone",
    ),
    "luks2/detached": (
        "luks2/default",
        edited(segment_of(offset="0")),
        unknown("detached_header"),
        "a segment at offset 0",
    ),
    "luks2/data_in_header": (
        "luks2/default",
        edited(segment_of(offset="16384")),
        unknown("header_inconsistent"),
        "a segment over the second header",
    ),
    "luks2/segments_overlap": (
        "luks2/default",
        edited(lambda metadata: metadata["segments"].update({"1": dict(metadata["segments"]["0"])})),
        unknown("header_inconsistent"),
        "the segment twice",
    ),
    "luks2/areas_overlap": (
        "luks2/default",
        edited(lambda metadata: metadata["keyslots"].update({"1": metadata["keyslots"]["0"]})),
        unknown("header_inconsistent"),
        "two keyslots in one area",
    ),
    "luks2/number_too_large": (
        "luks2/default",
        edited(segment_of(offset="9" * 40)),
        unknown("header_inconsistent"),
        "an offset of forty digits",
    ),
    "luks2/wrong_types": (
        "luks2/default",
        edited(lambda metadata: metadata.update(segments=[])),
        unknown("header_inconsistent"),
        "segments a list",
    ),
    "luks2/key_twice": (
        "luks2/default",
        lambda image: with_json(
            image, json.dumps(metadata_of(image)).encode().replace(b'"segments"', b'"segments":{},"segments"', 1)
        ),
        unknown("header_damaged"),
        "the member segments twice",
    ),
    "luks2/json_bomb": (
        "luks2/default",
        lambda image: with_json(image, BOMB),
        unknown("header_damaged"),
        "12,000 opening brackets",
    ),
    "luks2/not_json": (
        "luks2/default",
        lambda image: with_json(image, b"\xff\xfe"),
        unknown("header_damaged"),
        "no JSON at all",
    ),
    "luks2/absurd_size": (
        "luks2/default",
        resealed((8, be(2**63, 8))),
        unknown("header_damaged"),
        "a header size of 2^63",
    ),
    "luks2/bad_checksums": (
        "luks2/default",
        put((4200, b"?"), (SECOND + 4200, b"?")),
        unknown("header_damaged"),
        "a byte of JSON in each header",
    ),
    "luks2/first_damaged": (
        "luks2/default",
        put((4200, b"?")),
        unknown("first_header_damaged"),
        "a byte of JSON in the first header",
    ),
    "luks2/second_damaged": (
        "luks2/default",
        put((SECOND + 4200, b"?")),
        unknown("second_header_damaged"),
        "a byte of JSON in the second header",
    ),
    "luks2/second_alone": (
        "luks2/default",
        put((0, bytes(SECOND))),
        unknown("first_header_damaged"),
        "the first header zeros",
    ),
    "luks2/older_second": (
        "luks2/default",
        lambda image: sealed(image[:16] + be(9, 8) + image[24:HEADER_BYTES]) + image[HEADER_BYTES:],
        {"protection": "protected", "reasons": ["header_copies_of_different_age", "encrypted"]},
        "sequence number 9 in the first header",
    ),
    "luks2/headers_differ": (
        "luks2/default",
        edited(segment_of(encryption="aes-xts-plain"), (SECOND,)),
        unknown("headers_differ"),
        "another cipher in the second header, same sequence number",
    ),
    "luks2/plain_data": (
        "luks2/default",
        plain_start,
        readable("ciphertext_looks_plain"),
        "text at the segment's start",
    ),
    "luks2/plain_inside": ("luks2/default", plain_inside, partly("plaintext_in_data_area"), "text further on"),
    "luks2/header_alone": ("luks2/default", lambda image: image[:4096], unknown("truncated"), "the first 4,096 bytes"),
}


def write(name: str, image: bytes, expected: dict[str, Any], tool: str, how: str) -> None:
    """One image and its label."""
    path = VECTORS / f"{name}.img.xz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(image, preset=9))
    lines = [f"tool = {json.dumps(tool)}", how, "", "[expect]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in expected.items()]
    path.with_name(path.name.partition(".")[0] + ".toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(name: str) -> bytes:
    """An image as it is kept."""
    return lzma.decompress((VECTORS / f"{name}.img.xz").read_bytes())


def main() -> None:
    """Make the images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="make the bases anew with cryptsetup")
    fresh = parser.parse_args().fresh
    for name, (command, expected) in BASES.items():
        image = make_base(command) if fresh else read(name)
        write(name, image, expected, "cryptsetup 2.6.1", f"command = {json.dumps(command)}")
    for name, (base, change, expected, words) in DERIVED.items():
        how = f"recipe = {json.dumps(f'{base} with: {words}')}"
        write(name, change(read(base)), expected, "tools/vectors_luks.py", how)


if __name__ == "__main__":
    main()
