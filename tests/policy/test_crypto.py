from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.model.volume import Kdf, Layer, Protector
from lossproof.policy import crypto
from lossproof.policy.crypto import AS_OF, hazards, is_null_cipher, next_change, parse_cipher
from lossproof.policy.findings import MEANINGS

GOOD_KDF = Kdf(name="argon2id", iterations=4, memory_kib=1 << 20, lanes=4)


def layer(cipher="aes-xts-plain64", key_bits=512, kdf=GOOD_KDF, scheme="luks2", kind="keyslot") -> Layer:
    return Layer(
        scheme=scheme,
        offset_bytes=0,
        size_bytes=1,
        cipher=cipher,
        key_bits=key_bits,
        protectors=(Protector(kind=kind, id="0", kdf=kdf),),
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("aes-xts-plain64", ("aes", "xts", "plain64")),
        ("aes-cbc-essiv:sha256", ("aes", "cbc", "essiv")),
        ("aes-plain", ("aes", "cbc", "plain")),
        ("cipher_null-ecb", ("cipher_null", "ecb", "")),
        ("xchacha12,aes-adiantum-plain64", ("xchacha12", "adiantum", "plain64")),
        ("chacha20-random", ("chacha20", "aead", "random")),
        ("capi:xts(ecb(aes-generic))-plain64", ("aes", "xts", "plain64")),
        ("capi:authenc(hmac(sha256),xts(aes))-random", ("aes", "xts", "random")),
        ("capi:ecb(cipher_null)-plain", ("cipher_null", "ecb", "plain")),
        ("aes-cbc-elephant", ("aes", "cbc", "elephant")),
        ("", ("", "", "")),
    ],
)
def test_a_cipher_string_is_taken_apart(text, parts):
    assert tuple(parse_cipher(text)) == parts


@pytest.mark.parametrize(
    ("cipher", "key_bits", "code"),
    [
        ("aes-ecb", 256, "weak_mode"),
        ("aes-cbc-plain", 256, "weak_mode"),
        ("aes-cbc-plain64", 256, "weak_mode"),
        ("aes-plain", 256, "weak_mode"),
        ("aes-lrw-plain64", 256, "weak_mode"),
        ("aes-ctr-plain64", 256, "weak_mode"),
        ("aes-xts-null", 512, "weak_mode"),
        ("des-cbc-essiv:sha256", 128, "weak_cipher"),
        ("des3_ede-cbc-essiv:sha256", 192, "weak_cipher"),
        ("blowfish-cbc-essiv:sha256", 128, "weak_cipher"),
        ("aes-xts-plain64", 128, "short_key"),
        ("aes-cbc-essiv:sha256", 64, "short_key"),
        ("aes-xts-plain64", None, "key_size_unknown"),
        ("aes-xts", 512, "cipher_unknown"),
        ("rot13-xts-plain64", 512, "cipher_unknown"),
        ("aes-quantum-plain64", 512, "cipher_unknown"),
        ("", 512, "cipher_unknown"),
        ("cipher_null-ecb", 128, "null_cipher"),
        ("capi:ecb(cipher_null)-plain", None, "null_cipher"),
    ],
)
def test_a_hazard_of_cipher_mode_or_key_is_found(cipher, key_bits, code):
    assert hazards(layer(cipher, key_bits)) == (code,)


@pytest.mark.parametrize(
    ("cipher", "key_bits", "scheme"),
    [
        ("aes-xts-plain64", 256, "luks2"),
        ("aes-xts-plain64", 512, "luks1"),
        ("aes-cbc-essiv:sha256", 128, "luks1"),
        ("serpent-xts-plain64", 512, "luks2"),
        ("xchacha20,aes-adiantum-plain64", 256, "luks2"),
        ("aes-gcm-random", 256, "luks2"),
        ("capi:xts(ecb(aes-generic))-plain64", 256, "luks2"),
        ("aes-xts", 128, "bitlocker"),
        ("aes-cbc", 256, "bitlocker"),
        ("aes-cbc-elephant", 128, "bitlocker"),
    ],
)
def test_what_cryptsetup_and_windows_set_by_default_is_sound(cipher, key_bits, scheme):
    assert hazards(layer(cipher, key_bits, scheme=scheme)) == ()


def test_the_tweak_of_lrw_is_no_part_of_its_key():
    assert hazards(layer("aes-lrw-benbi", 256)) == ("weak_mode",)
    assert hazards(layer("aes-lrw-benbi", 248)) == ("weak_mode", "short_key")


def test_a_judgement_holds_from_its_moment_on():
    (row,) = (row for row in crypto.TABLE if row.name == "des3_ede")
    old = layer("des3_ede-cbc-essiv:sha256", 192)
    assert hazards(old, at=row.since) == ("weak_cipher",)
    assert hazards(old, at="2023-12-31T23:59:59Z") == ()


def test_every_cipher_of_a_layer_counts():
    assert hazards(layer("aes-xts-plain64 + aes-ecb")) == ("weak_mode",)


@pytest.mark.parametrize(
    ("kdf", "codes"),
    [
        (Kdf(name="pbkdf2", hash="sha256", iterations=1_000), ("weak_kdf",)),
        (Kdf(name="pbkdf2", hash="sha256", iterations=99_999), ("weak_kdf",)),
        (Kdf(name="pbkdf2", hash="sha256", iterations=100_000), ()),
        (Kdf(name="pbkdf2", hash="sha256"), ("weak_kdf",)),
        (Kdf(name="pbkdf2", hash="sha1", iterations=2_000_000), ("old_kdf_hash",)),
        (Kdf(name="pbkdf2", hash="md5", iterations=2_000_000), ("weak_kdf_hash",)),
        (Kdf(name="pbkdf2", hash="crc32", iterations=2_000_000), ("kdf_unknown",)),
        (Kdf(name="argon2id", iterations=4, memory_kib=65536), ()),
        (Kdf(name="argon2i", iterations=2, memory_kib=19 * 1024), ()),
        (Kdf(name="argon2", iterations=58, memory_kib=16), ("weak_kdf",)),
        (Kdf(name="argon2id", iterations=1, memory_kib=8 * 1024), ("weak_kdf",)),
        (Kdf(name="scrypt"), ("kdf_unknown",)),
        (Kdf(name="bitlocker", hash="sha256", iterations=1 << 20), ()),
    ],
)
def test_the_cost_of_a_guess_is_judged(kdf, codes):
    assert hazards(layer(kdf=kdf)) == codes


def test_a_random_secret_needs_no_cost():
    cheap = Kdf(name="pbkdf2", hash="sha512", iterations=1_000)
    assert hazards(layer(kdf=cheap, kind="tpm2")) == ()
    assert hazards(layer(kdf=cheap, kind="unbound_keyslot")) == ()
    assert hazards(layer(kdf=cheap, kind="keyslot")) == ("weak_kdf",)


def test_the_rules_of_another_day_can_be_asked():
    old = layer(kdf=Kdf(name="pbkdf2", hash="sha1", iterations=20_000))
    assert hazards(old, at="2010-01-01T00:00:00Z") == ()
    assert hazards(old, at="2018-01-01T00:00:00Z") == ()
    assert hazards(old, at=AS_OF) == ("weak_kdf", "old_kdf_hash")
    assert "weak_kdf_hash" in hazards(old, at="2031-01-01T00:00:00Z")


def test_the_next_change_is_the_first_dated_row_after_a_moment():
    assert next_change(AS_OF) == "2031-01-01T00:00:00Z"
    assert next_change("2031-01-01T00:00:00Z") is None
    assert next_change("2016-01-01T00:00:00Z") == "2016-08-24T00:00:00Z"


def test_every_row_has_a_moment_a_source_and_a_known_code():
    rows = [*crypto.TABLE, *crypto.FLOORS]
    assert rows
    for row in rows:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", row.since)
        assert row.source
    assert {row.code for row in crypto.TABLE} <= MEANINGS.keys()


@given(st.text(max_size=80))
def test_any_cipher_string_is_answered(text):
    assert isinstance(is_null_cipher(text), bool)
    assert set(hazards(layer(text))) <= MEANINGS.keys()


def test_the_digest_of_the_table_names_all_that_judges(monkeypatch):
    before = crypto.table_digest()
    assert re.fullmatch("[0-9a-f]{64}", before)
    assert crypto.table_digest() == before
    changed = {before}
    rules = {
        "MINIMUM_KEY_BITS": 192,
        "TABLE": crypto.TABLE[:-1],
        "FLOORS": crypto.FLOORS[1:],
        "SOUND_CIPHERS": crypto.SOUND_CIPHERS - {"aes"},
        "SOUND_HASHES": crypto.SOUND_HASHES | {"sha1"},
        "MACHINE_MADE_SECRETS": frozenset({"keyslot"}),
    }
    for name, value in rules.items():
        with monkeypatch.context() as patch:
            patch.setattr(crypto, name, value)
            changed.add(crypto.table_digest())
    assert len(changed) == len(rules) + 1
    assert crypto.table_digest() == before
