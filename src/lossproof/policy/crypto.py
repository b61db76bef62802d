"""The dated table of ciphers, modes, key lengths and KDF costs, and what it says of a layer. Pure.

A row holds from its date on, so that an old inspection can be judged by the rules of its day or of today: `at` is the
moment whose rules count, and `next_change` says when they next change of themselves. Dates and sources marked
"recalled" were not looked up again. Left out: the strength of passphrases, which no header shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lossproof.model.volume import Kdf, Layer

AS_OF = "2026-11-23T00:00:00Z"
"""The day of the table: the moment whose rules count where the caller names none."""

MINIMUM_KEY_BITS = 128
"""NIST SP 800-131A: the shortest key of a block cipher that is acceptable without an end date."""

ALWAYS = "1970-01-01T00:00:00Z"


class Row(NamedTuple):
    """One judgement: from `since` (RFC 3339) on, `name` of kind `of` has the finding `code`, as `source` says."""

    of: str
    name: str
    code: str
    since: str
    source: str


TABLE = (
    Row("cipher", "cipher_null", "null_cipher", ALWAYS, "Linux crypto/crypto_null.c: output equals input"),
    Row("cipher", "null", "null_cipher", ALWAYS, "Linux crypto/crypto_null.c: output equals input"),
    Row("cipher", "des", "weak_cipher", "2005-05-19T00:00:00Z", "withdrawal of FIPS 46-3 (recalled)"),
    Row("cipher", "arc4", "weak_cipher", "2015-02-01T00:00:00Z", "RFC 7465 (recalled)"),
    Row("cipher", "blowfish", "weak_cipher", "2016-08-24T00:00:00Z", "64-bit block: Sweet32, CVE-2016-2183 (recalled)"),
    Row("cipher", "cast5", "weak_cipher", "2016-08-24T00:00:00Z", "64-bit block: Sweet32, CVE-2016-2183 (recalled)"),
    Row("cipher", "khazad", "weak_cipher", "2016-08-24T00:00:00Z", "64-bit block: Sweet32, CVE-2016-2183 (recalled)"),
    Row("cipher", "tea", "weak_cipher", "2016-08-24T00:00:00Z", "64-bit block: Sweet32, CVE-2016-2183 (recalled)"),
    Row("cipher", "xtea", "weak_cipher", "2016-08-24T00:00:00Z", "64-bit block: Sweet32, CVE-2016-2183 (recalled)"),
    Row("cipher", "des3_ede", "weak_cipher", "2024-01-01T00:00:00Z", "NIST SP 800-131A Rev. 2, section 2 (recalled)"),
    Row("mode", "ecb", "weak_mode", ALWAYS, "equal blocks stay equal"),
    Row("mode", "pcbc", "weak_mode", ALWAYS, "no standard of disk encryption names it"),
    Row("mode", "ctr", "weak_mode", ALWAYS, "a sector written twice gives away the difference"),
    Row("mode", "cbc-predictable", "weak_mode", "2004-07-01T00:00:00Z", "watermarking: Saarinen 2004 (recalled)"),
    Row("mode", "xts-constant", "weak_mode", ALWAYS, "IEEE 1619 section 5: the tweak must differ by sector"),
    Row("mode", "lrw", "weak_mode", "2008-04-18T00:00:00Z", "IEEE 1619-2007 took XTS instead (recalled)"),
    Row("hash", "md4", "weak_kdf_hash", "2011-03-01T00:00:00Z", "RFC 6150 (recalled)"),
    Row("hash", "md5", "weak_kdf_hash", "2011-03-01T00:00:00Z", "RFC 6151 (recalled)"),
    Row("hash", "sha1", "old_kdf_hash", "2022-12-15T00:00:00Z", "NIST announcement of 15 December 2022 (recalled)"),
    Row("hash", "sha1", "weak_kdf_hash", "2031-01-01T00:00:00Z", "NIST announcement of 15 December 2022 (recalled)"),
)
"""The judgements on names. Of two rows with the same name, both hold once both have begun."""


class Floor(NamedTuple):
    """From `since` on, a KDF is `weak_kdf` under `iterations` (PBKDF2), `memory_kib` or `kib_passes` (Argon2)."""

    kdf: str
    since: str
    source: str
    iterations: int = 0
    memory_kib: int = 0
    kib_passes: int = 0


FLOORS = (
    Floor("pbkdf2", "2000-09-01T00:00:00Z", "RFC 2898 section 4.2", iterations=1_000),
    Floor("pbkdf2", "2017-06-22T00:00:00Z", "NIST SP 800-63B section 5.1.1.2 (recalled)", iterations=10_000),
    # Current software sets several hundred thousand, a small board with one second to spend about this many.
    Floor("pbkdf2", "2023-01-01T00:00:00Z", "ours: 10,000 guards no common passphrase any more", iterations=100_000),
    Floor("bitlocker", ALWAYS, "libbde, BDE format: always 2^20 rounds", iterations=1 << 20),
    # The least of OWASP's equivalent settings: 7 MiB with five passes; 19 MiB with two and the others cost more.
    Floor("argon2", ALWAYS, "OWASP Password Storage Cheat Sheet (recalled)", memory_kib=7 * 1024, kib_passes=35 * 1024),
)
"""The least costs. Of the rows of one KDF, the latest that has begun counts."""

_SOUND_CIPHERS = """
aes serpent twofish camellia aria sm4 seed anubis cast6 kuznyechik xchacha12 xchacha20 chacha20 aegis128 aegis256
"""
_SOUND_HASHES = """
sha224 sha256 sha384 sha512 sha3-224 sha3-256 sha3-384 sha3-512 blake2b-512 blake2s-256 sm3 stribog256 stribog512
whirlpool rmd160 ripemd160
"""
SOUND_CIPHERS = frozenset(_SOUND_CIPHERS.split())
SOUND_HASHES = frozenset(_SOUND_HASHES.split())
_TABLED_CIPHERS = frozenset(row.name for row in TABLE if row.of == "cipher")
_TABLED_HASHES = frozenset(row.name for row in TABLE if row.of == "hash")
_MODES = ("xts", "cbc", "lrw", "ctr", "gcm", "ccm", "adiantum", "hctr2", "rfc7539", "pcbc", "ecb")
_SOUND_MODES = frozenset({"xts", "cbc", "gcm", "ccm", "adiantum", "hctr2", "rfc7539", "aead"})
_PREDICTABLE_IVS = frozenset({"plain", "plain64", "plain64be", "benbi", "null", "tcw", ""})
_IVS = _PREDICTABLE_IVS | {"essiv", "random", "eboiv", "lmk", "elephant"}

MACHINE_MADE_SECRETS = frozenset({"tpm2", "fido2", "pkcs11", "recovery_key", "clevis", "unbound_keyslot"})
"""Kinds of LUKS2 keyslots whose passphrase is a long random key, so that the cost of one guess does not matter."""


class Cipher(NamedTuple):
    """A cipher string taken apart: base cipher, mode of operation and IV generator; "" where it is not there."""

    name: str
    mode: str
    iv: str


def parse_cipher(text: str) -> Cipher:
    """The parts of a dm-crypt string (`aes-xts-plain64`, `capi:xts(aes)-plain64`) or a BitLocker one (`aes-cbc`).

    Source: Linux Documentation/admin-guide/device-mapper/dm-crypt.rst. Never raises: the unknown stays as it stands.
    """
    text = text.strip().lower()
    if text.startswith("capi:"):
        return _parse_kernel_cipher(text[5:])
    name, _, rest = text.partition("-")
    if "," in name:  # xchacha12,aes-adiantum-plain64
        name = name.split(",", 1)[0]
    mode, _, iv = rest.partition("-")
    if (
        mode in _IVS and mode
    ):  # dm-crypt reads `aes-plain` as `aes-cbc-plain`, and an AEAD cipher has no mode of its own
        return Cipher(name, "aead" if mode == "random" else "cbc", mode)
    return Cipher(name, mode, iv.partition(":")[0])


def is_null_cipher(text: str) -> bool:
    """Whether the cipher string `text` names a cipher that changes nothing."""
    cipher = parse_cipher(text)
    return any(row.code == "null_cipher" and row.name in {cipher.name, cipher.mode} for row in TABLE)


def hazards(layer: Layer, *, at: str = AS_OF) -> tuple[str, ...]:
    """What the table says at `at` (RFC 3339) of a layer's cipher, key length and protectors, as finding codes.

    A layer with several ciphers names them all, joined by ` + `.
    """
    codes: list[str] = []
    for text in (layer.cipher or "").split(" + "):
        codes += _cipher_codes(text, layer, at)
    for protector in layer.protectors:
        if protector.kdf is not None and protector.kind not in MACHINE_MADE_SECRETS:
            codes += _kdf_codes(protector.kdf, at)
    return tuple(dict.fromkeys(codes))


def next_change(after: str) -> str | None:
    """The first moment after `after` (both RFC 3339, UTC) at which a row of the table begins, or None."""
    moments = {row.since for row in TABLE} | {floor.since for floor in FLOORS}
    return min((moment for moment in moments if moment > after), default=None)


def table_digest() -> str:
    """SHA-256, in hexadecimal, over everything here that judges, as JSON: an inspection names the rules that were shown."""
    import hashlib  # only what is recorded needs it: start-up counts modules
    import json

    rules = {
        "minimum_key_bits": MINIMUM_KEY_BITS,
        "table": TABLE,
        "floors": FLOORS,
        "sound": [sorted(names) for names in (SOUND_CIPHERS, SOUND_HASHES, _SOUND_MODES)],
        "ivs": [sorted(names) for names in (_IVS, _PREDICTABLE_IVS)],
        "machine_made_secrets": sorted(MACHINE_MADE_SECRETS),
    }
    text = json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _cipher_codes(text: str, layer: Layer, at: str) -> Iterator[str]:
    cipher = parse_cipher(text)
    if is_null_cipher(text):
        yield "null_cipher"
        return
    mode = cipher.mode
    on_luks = layer.scheme.startswith("luks")
    if mode == "cbc" and cipher.iv in _PREDICTABLE_IVS and on_luks:
        mode = "cbc-predictable"
    elif mode == "xts" and cipher.iv == "null":
        mode = "xts-constant"
    found = [
        row.code for row in TABLE if row.since <= at and (row.of, row.name) in {("cipher", cipher.name), ("mode", mode)}
    ]
    yield from found
    known_mode = mode in _SOUND_MODES or any(row.of == "mode" and row.name == mode for row in TABLE)
    needs_iv = on_luks and mode not in {"ecb", "aead"}
    if (
        cipher.name not in SOUND_CIPHERS | _TABLED_CIPHERS
        or not known_mode
        or cipher.iv not in _IVS
        or (needs_iv and not cipher.iv)
    ):
        yield "cipher_unknown"
    if layer.key_bits is None:
        if "no_active_keyslot" in layer.findings:
            return
        yield "key_size_unknown"
    elif _effective_key_bits(cipher, layer.key_bits, halved=on_luks) < MINIMUM_KEY_BITS:
        yield "short_key"


def _effective_key_bits(cipher: Cipher, key_bits: int, *, halved: bool) -> int:
    """The base cipher's key: dm-crypt counts both XTS keys and the LRW tweak of 128 bits, BitLocker does not."""
    if not halved:
        return key_bits
    return {"xts": key_bits // 2, "lrw": key_bits - 128}.get(cipher.mode, key_bits)


def _kdf_codes(kdf: Kdf, at: str) -> Iterator[str]:
    family = "argon2" if kdf.name in {"argon2", "argon2i", "argon2id"} else kdf.name
    floors = [floor for floor in FLOORS if floor.kdf == family]
    if not floors:
        yield "kdf_unknown"
        return
    floor = max((floor for floor in floors if floor.since <= at), key=lambda floor: floor.since, default=None)
    if floor is not None and _is_under(kdf, floor):
        yield "weak_kdf"
    if family == "pbkdf2":
        name = (kdf.hash or "").lower()
        yield from (row.code for row in TABLE if row.of == "hash" and row.name == name and row.since <= at)
        if name not in SOUND_HASHES | _TABLED_HASHES:
            yield "kdf_unknown"


def _is_under(kdf: Kdf, floor: Floor) -> bool:
    """Whether `kdf` costs less than `floor`; a cost that is not stated is none."""
    passes, memory = kdf.iterations or 0, kdf.memory_kib or 0
    return passes < floor.iterations or memory < floor.memory_kib or passes * memory < floor.kib_passes


def _parse_kernel_cipher(text: str) -> Cipher:
    """A kernel template, `authenc(hmac(sha256),xts(aes))-plain64`: its outermost known mode, its first known cipher."""
    template, _, iv = text.rpartition(")-") if ")-" in text else (text, "", "")
    words = [
        word.removesuffix("-generic") for word in template.replace("(", " ").replace(")", " ").replace(",", " ").split()
    ]
    mode = next((word for word in words if word in _MODES), "")
    known = SOUND_CIPHERS | _TABLED_CIPHERS
    name = next((word for word in words if word in known), words[-1] if words else "")
    return Cipher(name, mode, iv.partition(":")[0])
