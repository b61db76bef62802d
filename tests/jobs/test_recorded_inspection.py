from __future__ import annotations

import hashlib
import lzma
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.jobs.recorded_inspection import MOST_LAYERS, holding_fact, inspection_fact
from lossproof.model import vocabulary
from lossproof.model.fact import Method, Statement
from lossproof.model.facts.holding import Manifest, PeopleCount, Seen
from lossproof.model.holding import Holding, IdentifierCount, NotExamined, People, RawText, Scanned
from lossproof.model.volume import Access, Content, Extent, Inspection, Kdf, Layer, Protection, Protector
from lossproof.policy.crypto import table_digest
from lossproof.policy.protection import grade, overall
from lossproof.policy.recorded import grade_again, layers_of
from lossproof.wire.facts import MOST_BYTES, decode_statement, encode_statement, subject_of
from vector_files import VECTORS, look

WHEN = {"method": Method.READ, "true_at": "2026-11-23T09:14:00Z", "tool": "lossproof 0.1.0"}
MIB = 1 << 20
WORSE = (Protection.PROTECTED, Protection.WEAK, Protection.UNKNOWN, Protection.PARTIAL, Protection.UNPROTECTED)
OPENER = (Access.NO, Access.UNKNOWN, Access.PARTLY, Access.YES)


def inspected(*layers: Layer, size_bytes: int = 64 * MIB) -> Inspection:
    """An inspection that saw these layers, graded as `inspect` does."""
    graded = tuple(grade(layer) for layer in layers)
    protection, access, reasons = overall(graded)
    return Inspection(
        target="/media/ann smith/letters",
        size_bytes=size_bytes,
        protection=protection,
        readable_without_secret=access,
        reasons=reasons,
        layers=graded,
        bytes_read=70_000,
        header_sha256="ab" * 32,
        tool="lossproof 0.1.0",
        serial="ANNSMITH0001",
    )


def luks(**changes) -> Layer:
    kept = {
        "scheme": "luks2",
        "offset_bytes": 0,
        "size_bytes": 64 * MIB,
        "uuid": "5a0be1e8-0000-4000-8000-000000000001",
        "cipher": "aes-xts-plain64",
        "key_bits": 512,
        "state": "encrypted",
        "protectors": (Protector(kind="keyslot", id="0", kdf=kdf("argon2id", None, 4, 1 << 20, 4)),),
        "extents": (extent(0, 16, Content.METADATA), extent(16, 48, Content.CIPHERTEXT)),
    }
    return Layer(**(kept | changes))


def kdf(name, digest, iterations, memory_kib, lanes) -> Kdf:
    return Kdf(name=name, hash=digest, iterations=iterations, memory_kib=memory_kib, lanes=lanes)


def extent(start_mib, size_mib, content) -> Extent:
    return Extent(offset_bytes=int(start_mib * MIB), size_bytes=int(size_mib * MIB), content=content)


def assert_never_safer(inspection: Inspection) -> None:
    protection, access, _ = grade_again(inspection_fact(inspection, **WHEN))
    assert WORSE.index(protection) >= WORSE.index(inspection.protection)
    assert OPENER.index(access) >= OPENER.index(inspection.readable_without_secret)


@pytest.fixture(scope="module")
def seen() -> dict[str, Inspection]:
    """What `inspect` says of every image of tests/vectors."""
    found = {
        path.relative_to(VECTORS).as_posix(): look(lzma.decompress(path.read_bytes()))
        for path in sorted(VECTORS.glob("*/*.img.xz"))
    }
    assert len(found) > 100
    return found


def test_every_image_is_graded_the_same_from_its_fact(seen):
    differing = {}
    for name, inspection in seen.items():
        fact = inspection_fact(inspection, **WHEN)
        again = grade_again(fact)
        if again[:2] != (inspection.protection, inspection.readable_without_secret):
            differing[name] = (again[:2], inspection.protection)
        assert again[2] == inspection.reasons or name in differing, name
        assert (fact.shown, fact.access, fact.table) == (
            inspection.protection,
            inspection.readable_without_secret,
            table_digest(),
        )
    assert not differing


def test_every_image_comes_back_from_the_wire(seen):
    for name, inspection in seen.items():
        statement = Statement(subjects=(subject_of("0f" * 16),), predicate=inspection_fact(inspection, **WHEN))
        text = encode_statement(statement)
        assert decode_statement(text) == statement, name
        assert len(text) < 8192, name


def test_every_word_of_every_image_is_in_the_vocabulary_but_of_those_made_up_for_it(seen):
    others = set()
    for name, inspection in seen.items():
        for layer in inspection_fact(inspection, **WHEN).layers:
            words = {layer.scheme, layer.state, layer.cipher, *layer.findings}
            words |= {one.kind for one in layer.protectors} | {one.kdf.name for one in layer.protectors if one.kdf}
            if "other" in words:
                others.add(name)
    assert others <= {"luks1/unknown_cipher.img.xz", "luks2/unknown_kdf.img.xz"}


def test_layers_come_back_nested_as_they_were():
    inner = tuple(luks(offset_bytes=place * MIB, size_bytes=MIB, layers=()) for place in (1, 2, 3))
    outer = Layer(scheme="gpt", offset_bytes=0, size_bytes=8 * MIB, layers=inner)
    beside = Layer(scheme="ext", offset_bytes=8 * MIB, size_bytes=MIB)
    whole = Layer(scheme="hardware", offset_bytes=0, size_bytes=9 * MIB, layers=(outer, beside), version="A stick")
    fact = inspection_fact(inspected(whole), **WHEN)
    assert [layer.parent for layer in fact.layers] == [None, 0, 1, 1, 1, 0]
    (again,) = layers_of(fact)
    assert [layer.scheme for layer in again.layers] == ["gpt", "ext"]
    assert [layer.offset_bytes for layer in again.layers[0].layers] == [MIB, 2 * MIB, 3 * MIB]


def test_a_cipher_that_falls_changes_what_an_old_fact_is_worth(monkeypatch):
    from lossproof.policy import crypto

    fact = inspection_fact(inspected(luks(protectors=(Protector(kind="keyslot"),))), **WHEN)
    assert grade_again(fact)[0] is Protection.PROTECTED
    fallen = crypto.Row("cipher", "aes", "weak_cipher", "2029-01-01T00:00:00Z", "made up")
    monkeypatch.setattr(crypto, "TABLE", (*crypto.TABLE, fallen))
    assert grade_again(fact, "2028-12-31T00:00:00Z")[0] is Protection.PROTECTED
    assert grade_again(fact, "2029-01-01T00:00:00Z")[0] is Protection.WEAK
    assert fact.shown is Protection.PROTECTED


def test_nothing_that_names_anybody_goes_into_the_fact():
    layer = luks(version="Ann Smith's stick", uuid="Ann Smith", protectors=(Protector(kind="keyslot", id="Ann Smith"),))
    fact = inspection_fact(inspected(layer), **WHEN)
    text = encode_statement(Statement(subjects=(subject_of("0f" * 16),), predicate=fact)).decode().lower()
    assert "ann" not in text
    assert fact.serial is None
    assert fact.layers[0].uuid == hashlib.sha256(b"Ann Smith").hexdigest()


@pytest.mark.parametrize(
    ("written", "recorded"),
    [
        ("aes-xts-plain64", "aes-xts-plain64"),
        ("AES-cbc-essiv:sha256", "aes-cbc-essiv:sha256"),
        ("capi:xts(ecb(aes-generic))-plain64", "aes-xts-plain64"),
        ("capi:authenc(hmac(sha256),xts(aes))-random", "aes-xts-random"),
        ("capi:ecb(cipher_null)-plain", "cipher_null-ecb-plain"),
        ("xchacha12,aes-adiantum-plain64", "xchacha12,aes-adiantum-plain64"),
        ("chacha20-random", "chacha20-random"),
        ("aes-cbc-essiv:ann", "aes-cbc-essiv"),
        ("aes-xts-plain64 + aes-ecb", "aes-xts-plain64 + aes-ecb"),
        ("ann_smith-xts-plain64", "other"),
        ("ann_smith-xts-plain64 + cipher_null-ecb", "cipher_null"),
        (" + ".join(f"aes-xts-plain64 + {one}-cbc-essiv" for one in ("aes", "des", "tea", "xtea", "aria")), "other"),
        ("", "other"),
    ],
)
def test_a_cipher_is_recorded_in_known_words(written, recorded):
    (layer,) = inspection_fact(inspected(luks(cipher=written)), **WHEN).layers
    assert layer.cipher == recorded
    assert_never_safer(inspected(luks(cipher=written)))


def test_a_few_plain_bytes_are_not_rounded_away():
    crumbs = (extent(0, 32, Content.CIPHERTEXT), Extent(offset_bytes=32 * MIB, size_bytes=9, content=Content.PLAINTEXT))
    inspection = inspected(luks(extents=crumbs))
    assert inspection.protection is Protection.PARTIAL
    assert grade_again(inspection_fact(inspection, **WHEN))[0] is Protection.PARTIAL


def test_too_many_ranges_end_in_one_that_is_no_better_than_they_were():
    many = [extent(at / 4, 1 / 4, (Content.CIPHERTEXT, Content.BLANK)[at % 2]) for at in range(2000)]
    fact = inspection_fact(inspected(luks(extents=tuple(many))), **WHEN)
    assert len(fact.layers[0].extents) == 256
    assert fact.layers[0].extents[-1].content is Content.UNKNOWN
    assert fact.layers[0].extents[-1].offset_bytes == 255 * MIB // 4
    assert sum(one.size_bytes for one in fact.layers[0].extents) == 500 * MIB
    many[1500] = replace(many[1500], content=Content.PLAINTEXT)
    torn = inspection_fact(inspected(luks(extents=tuple(many))), **WHEN)
    assert torn.layers[0].extents[-1].content is Content.PLAINTEXT
    assert grade_again(torn)[0] is torn.shown is Protection.PARTIAL


def test_too_many_protectors_are_told_once_each_and_then_doubted():
    alike = (Protector(kind="keyslot", kdf=kdf("pbkdf2", "sha256", 500_000, None, None)),) * 2000
    (layer,) = inspection_fact(inspected(luks(protectors=alike)), **WHEN).layers
    assert (len(layer.protectors), layer.findings) == (1, ())
    different = tuple(
        Protector(kind="keyslot", kdf=kdf("pbkdf2", "sha256", 500_000 + at, None, None)) for at in range(2000)
    )
    weak_last = (*different, Protector(kind="keyslot", kdf=kdf("pbkdf2", "sha256", 1, None, None)))
    fact = inspection_fact(inspected(luks(protectors=weak_last)), **WHEN)
    assert fact.layers[0].findings == ("other",)
    assert (fact.shown, grade_again(fact)[0]) == (Protection.WEAK, Protection.UNKNOWN)


@pytest.mark.parametrize("scheme", ["ext", "luks2", "unrecognised"])
def test_a_medium_with_too_many_layers_is_recorded_as_one_that_is_no_better(scheme):
    layers = [luks(offset_bytes=at * MIB, size_bytes=MIB) for at in range(MOST_LAYERS)]
    whole = Layer(scheme="gpt", offset_bytes=0, size_bytes=64 * MIB, layers=(*layers, luks(scheme=scheme)))
    fact = inspection_fact(inspected(whole), **WHEN)
    assert [layer.scheme for layer in fact.layers] == ["other"]
    assert_never_safer(inspected(whole))


def test_the_largest_fact_fits_into_a_statement():
    codes = tuple(sorted(vocabulary.FINDINGS))[:20]
    protectors = tuple(
        Protector(kind="tpm_pin_startup_key", kdf=kdf("argon2id", "stribog512", 9_000_000 + at, 9_999_999, 9_999_999))
        for at in range(20)
    )
    ranges = tuple(
        Extent(offset_bytes=(1 << 49) + at * MIB, size_bytes=1 << 49, content=Content.UNALLOCATED) for at in range(20)
    )
    layers = tuple(
        luks(
            offset_bytes=1 << 49,
            size_bytes=1 << 49,
            header_sha256="ab" * 32,
            findings=codes,
            protectors=protectors,
            extents=ranges,
        )
        for _ in range(MOST_LAYERS)
    )
    fact = inspection_fact(inspected(*layers), **WHEN)
    assert len(fact.layers) == MOST_LAYERS
    assert len(encode_statement(Statement(subjects=(subject_of("0f" * 16),), predicate=fact))) < MOST_BYTES


words = st.sampled_from(["ann smith", "other", ""])
numbers = st.one_of(st.none(), st.integers(0, 1 << 40))
kdfs = st.builds(
    kdf,
    st.sampled_from(sorted(vocabulary.KDFS)) | words,
    st.none() | st.sampled_from(sorted(vocabulary.HASHES)) | words,
    numbers,
    numbers,
    numbers,
)
ciphers = st.sampled_from(
    [
        "aes-xts-plain64",
        "aes-cbc-plain",
        "aes-ecb",
        "capi:xts(aes)-plain64",
        "cipher_null-ecb",
        "des-cbc-essiv:sha256",
        "ann-smith",
        "aes-xts",
    ]
)
extents = st.builds(
    Extent,
    offset_bytes=st.integers(0, 64 * MIB),
    size_bytes=st.integers(0, 2 * MIB),
    content=st.sampled_from(Content),
)


def layers_inside(children):
    return st.builds(
        Layer,
        scheme=st.sampled_from(
            ["luks1", "luks2", "bitlocker", "gpt", "mbr", "ext", "apfs", "blank", "hardware", "made_up"]
        ),
        offset_bytes=st.integers(0, 64 * MIB),
        size_bytes=st.integers(0, 64 * MIB),
        uuid=st.none() | st.text(max_size=8),
        cipher=st.none() | st.lists(ciphers | st.text(max_size=12), min_size=1, max_size=6).map(" + ".join),
        key_bits=st.none() | st.integers(-256, 8192),
        protectors=st.lists(
            st.builds(Protector, kind=st.sampled_from(sorted(vocabulary.PROTECTORS)) | words, kdf=st.none() | kdfs),
            max_size=3,
        ).map(tuple),
        state=st.none() | st.sampled_from(sorted(vocabulary.STATES)) | words,
        findings=st.lists(st.sampled_from(sorted(vocabulary.FINDINGS)) | words, max_size=3).map(tuple),
        extents=st.lists(extents, max_size=4).map(tuple),
        layers=children,
    )


trees = st.recursive(
    layers_inside(st.just(())), lambda inner: layers_inside(st.lists(inner, max_size=3).map(tuple)), max_leaves=6
)


@given(st.lists(trees, max_size=3))
def test_whatever_was_seen_its_fact_is_never_safer(layers):
    assert_never_safer(inspected(*layers))


FOUND = Holding(
    target="/media/ann smith",
    people=People(low=4_990, point=5_000, high=5_100),
    people_by_category={"health": 70, "made_up": 3, "also_made_up": 4},
    identifiers={
        "nhs_number": IdentifierCount(distinct=4_000, mentions=9_000),
        "made_up": IdentifierCount(distinct=1, mentions=2),
    },
    unattributed={"email": 3},
    possible=2,
    named_only=7,
    not_examined=tuple(
        NotExamined(path="ann smith.jpg", reason=why, text="Ann Smith") for why in ("encrypted", "encrypted", "ann")
    ),
    scanned=Scanned(files=12, bytes=1 << 30),
    raw=RawText(people=People(low=1, point=1, high=3)),
    interrupted=True,
)
SCAN = {"scan": "1e" * 16, "rules": 1}


def test_a_scan_is_recorded_as_counts_in_known_words():
    manifest = Manifest(sha256="cd" * 32, size_bytes=4096, recipient="ef" * 32)
    fact = holding_fact(FOUND, True, manifest=manifest, **SCAN, **WHEN)
    assert fact.people == PeopleCount(low=4_990, point=5_000, high=5_100)
    assert fact.raw == PeopleCount(low=1, point=1, high=3)
    assert fact.people_by_category == {"health": 70, "other": 7}
    assert fact.identifiers == {
        "nhs_number": Seen(distinct=4_000, mentions=9_000),
        "other": Seen(distinct=1, mentions=2),
    }
    assert (fact.unattributed, fact.not_examined) == ({"email": 3}, {"encrypted": 2, "other": 1})
    assert (fact.named_only, fact.possible, fact.files) == (7, 2, 12)
    assert (fact.interrupted, fact.exposed, fact.manifest) == (True, True, manifest)
    statement = Statement(subjects=(subject_of("0f" * 16),), predicate=fact)
    assert decode_statement(encode_statement(statement)) == statement
    assert b"nn" not in encode_statement(statement).lower().replace(b"nnel", b"")


def test_very_many_people_are_rounded_so_that_the_range_stays_honest():
    many = replace(FOUND, people=People(low=25_001_234, point=25_004_321, high=25_010_001))
    fact = holding_fact(many, None, manifest=None, **SCAN, **WHEN)
    assert fact.people == PeopleCount(low=25_000_000, point=25_000_000, high=25_020_000)


@given(st.lists(st.integers(0, 1 << 40), min_size=3, max_size=3).map(sorted))
def test_any_range_of_people_can_be_recorded(people):
    low, point, high = people
    fact = holding_fact(
        replace(FOUND, people=People(low=low, point=point, high=high)), None, manifest=None, **SCAN, **WHEN
    )
    assert fact.people.low <= fact.people.point <= fact.people.high
    assert fact.people.low <= low
    assert fact.people.high >= high or fact.people.high == 99_990_000


ONE, NOBODY, PERHAPS = People(low=1, point=1, high=1), People(), People(low=0, point=1, high=5)


@pytest.mark.parametrize(
    ("people", "raw", "said"),
    [(ONE, NOBODY, False), (NOBODY, ONE, False), (PERHAPS, NOBODY, False), (NOBODY, NOBODY, True)],
)
def test_that_nobody_was_found_is_said_of_each_part_that_starts_the_machine_and_is_readable(people, raw, said):
    seen = inspected(
        Layer(scheme="fat", offset_bytes=0, size_bytes=MIB, findings=("boot_partition",)),
        Layer(scheme="unrecognised", offset_bytes=MIB, size_bytes=MIB, findings=("boot_partition",)),
        Layer(scheme="ext", offset_bytes=2 * MIB, size_bytes=MIB),
        luks(offset_bytes=4 * MIB, size_bytes=60 * MIB, findings=("boot_partition",)),
    )
    counted = Holding(target="it", people=people, raw=RawText(people=raw))
    fact = inspection_fact(seen, **WHEN, holding=counted)
    assert [("nobody_found" in one.findings) for one in fact.layers] == [said, said, False, False]
    for doubt in ({"interrupted": True}, {"named_only": 1}, {"possible": 1}, {"unattributed": {"payment_card": 1}}):
        doubtful = inspection_fact(seen, **WHEN, holding=replace(counted, **doubt))
        assert not any("nobody_found" in one.findings for one in doubtful.layers)
    for reason, still in (("crashed", False), ("too_slow", False), ("archive_bomb", False), ("program_not_read", said)):
        left = replace(counted, not_examined=(NotExamined(path="EFI/x", reason=reason),))
        seen_so = inspection_fact(seen, **WHEN, holding=left)
        assert ["nobody_found" in one.findings for one in seen_so.layers] == [still, still, False, False], reason
    assert fact.shown is seen.protection
    without = inspection_fact(seen, **WHEN)
    assert grade_again(fact)[0] is grade_again(without)[0]
    assert not any("nobody_found" in one.findings for one in without.layers)
