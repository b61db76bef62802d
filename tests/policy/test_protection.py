from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.model.volume import Access, Content, Extent, Kdf, Layer, Protection, Protector
from lossproof.policy.findings import MEANINGS, Effect
from lossproof.policy.protection import CONTAINER_SCHEMES, PLAIN_SCHEMES, PROVABLE_SCHEMES, grade, overall

SOUND = Protector(kind="keyslot", id="0", kdf=Kdf(name="argon2id", iterations=4, memory_kib=1 << 20))


def layer(scheme: str, *findings: str, inside=(), **fields) -> Layer:
    return Layer(scheme=scheme, offset_bytes=0, size_bytes=1 << 20, findings=findings, layers=tuple(inside), **fields)


def luks(*findings: str, **fields) -> Layer:
    sound = {"cipher": "aes-xts-plain64", "key_bits": 512, "protectors": (SOUND,)}
    return layer("luks2", *findings, **(sound | fields))


def seen(*layers: Layer) -> tuple[str, str, list[str]]:
    protection, access, reasons = overall(tuple(grade(one) for one in layers))
    return protection.value, access.value, [reason.code for reason in reasons]


WEAK = {"cipher": "aes-ecb"}
FAT, BLANK, NOISE = layer("fat"), layer("blank"), layer("headerless")


def test_a_sound_volume_is_protected():
    assert seen(luks()) == ("protected", "no", ["encrypted"])


@pytest.mark.parametrize("scheme", sorted(PLAIN_SCHEMES))
def test_a_plain_file_system_is_read_by_anyone(scheme):
    assert seen(layer(scheme)) == ("unprotected", "yes", ["plain_file_system"])


@pytest.mark.parametrize(
    "scheme", ["headerless", "unrecognised", "qcow2", "zfs", "lvm2", "filevault2", "apfs", "made_up"]
)
def test_what_cannot_be_judged_is_unknown(scheme):
    assert seen(layer(scheme))[:2] == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("fields", "protection", "code"),
    [
        ({"protectors": (SOUND, Protector(kind="clear_key"))}, "unprotected", "clear_key"),
        ({"state": "suspended"}, "unprotected", "clear_key"),
        ({"state": "decrypted"}, "unprotected", "decrypted"),
        ({"state": "unencrypted"}, "unprotected", "unencrypted_volume"),
        ({"state": "encrypting"}, "partial", "conversion_incomplete"),
        ({"state": "decrypting"}, "partial", "conversion_incomplete"),
        ({"state": "partly"}, "partial", "conversion_incomplete"),
        ({"state": "damaged"}, "unknown", "header_damaged"),
    ],
)
def test_what_state_and_protectors_say_counts_though_no_finding_names_it(fields, protection, code):
    said, _, codes = seen(luks("encrypted", **fields))
    assert (said, codes) == (protection, [code])


def test_a_new_plain_file_system_needs_no_list():
    assert seen(layer("made_up", "plain_file_system"))[:2] == ("unprotected", "yes")


@pytest.mark.parametrize(
    ("state", "protection"), [("unencrypted", "unprotected"), ("partly", "partial"), ("encrypted", "unknown")]
)
def test_apfs_is_judged_by_its_volumes_and_never_proved(state, protection):
    assert seen(layer("apfs", state=state))[0] == protection


def test_the_first_rule_that_holds_decides():
    ranges = (
        Extent(offset_bytes=0, size_bytes=9, content=Content.CIPHERTEXT),
        Extent(offset_bytes=9, size_bytes=9, content=Content.PLAINTEXT),
    )
    everything = {"extents": ranges, **WEAK}
    assert seen(luks("clear_key", "header_damaged", **everything))[:2] == ("unprotected", "yes")
    assert seen(luks("header_damaged", **everything))[:2] == ("partial", "partly")
    assert seen(luks("header_damaged", **WEAK))[:2] == ("weak", "unknown")
    assert seen(luks("header_damaged"))[:2] == ("unknown", "unknown")
    assert seen(luks("automatic_unlock"))[:2] == ("protected", "no")


@pytest.mark.parametrize(
    ("scheme", "code"), [("gpt", "container_empty"), ("mbr", "container_empty"), ("lvm2", "container_not_opened")]
)
def test_a_table_without_partitions_is_empty_and_any_other_container_was_not_opened(scheme, code):
    assert seen(layer(scheme))[2] == [code]


def test_a_range_of_no_bytes_says_nothing():
    empty = Extent(offset_bytes=0, size_bytes=0, content=Content.PLAINTEXT)
    whole = Extent(offset_bytes=0, size_bytes=1 << 20, content=Content.CIPHERTEXT)
    assert seen(luks(extents=(empty, whole))) == ("protected", "no", ["encrypted"])


def test_what_alignment_leaves_over_is_no_doubt_and_a_byte_more_is():
    for size, code in ((1 << 20, "encrypted"), ((1 << 20) + 1, "beyond_segments")):
        left = Extent(offset_bytes=1 << 20, size_bytes=size, content=Content.UNKNOWN)
        assert code in seen(luks(extents=(left,)))[2]


def test_nothing_but_plain_ranges_is_unprotected():
    plain = Extent(offset_bytes=0, size_bytes=9, content=Content.PLAINTEXT)
    assert seen(luks(extents=(plain,)))[:2] == ("unprotected", "yes")


def test_conflicting_signatures_are_never_protected():
    swap, old = layer("swap", "conflicting_signatures"), luks("conflicting_signatures")
    assert seen(old)[0] == "unknown"
    assert seen(swap, old)[0] == "unprotected"


@pytest.mark.parametrize(
    ("parts", "protection", "access"),
    [
        ([luks(), luks()], "protected", "no"),
        ([luks(), BLANK], "protected", "no"),
        ([luks(), FAT], "partial", "partly"),
        ([luks(**WEAK), FAT], "partial", "partly"),
        ([luks(), FAT, NOISE], "partial", "partly"),
        ([FAT, FAT], "unprotected", "yes"),
        ([FAT, BLANK], "unprotected", "yes"),
        ([FAT, NOISE], "unprotected", "yes"),
        ([luks(), NOISE], "unknown", "unknown"),
        ([luks(**WEAK), NOISE], "unknown", "unknown"),
        ([luks(), luks(**WEAK)], "weak", "no"),
        ([luks(), layer("blank", "sampled_only")], "unknown", "unknown"),
        ([BLANK], "unprotected", "yes"),
        ([], "unknown", "unknown"),
    ],
)
def test_the_whole_is_the_worst_of_its_parts(parts, protection, access):
    assert seen(*parts)[:2] == (protection, access)
    if parts:
        assert seen(layer("gpt", inside=parts))[:2] == (protection, access)
        assert seen(layer("mbr", inside=[layer("gpt", inside=parts)]))[:2] == (protection, access)


def test_a_whole_blank_medium_says_so():
    assert seen(layer("mbr", inside=[BLANK, BLANK]))[2] == ["blank"]


def test_a_table_with_a_doubt_of_its_own_is_unknown_at_best():
    assert seen(layer("mbr", "partition_overlaps", inside=[luks()])) == ("unknown", "unknown", ["partition_overlaps"])
    assert seen(layer("mbr", "partition_overlaps", inside=[FAT]))[0] == "unprotected"
    assert seen(layer("mbr"))[0] == "unknown"


def test_hardware_proves_nothing_unless_software_encrypts_inside():
    assert seen(layer("hardware", inside=[FAT])) == ("unknown", "unknown", ["hardware_claim_unproved"])
    assert seen(layer("hardware", inside=[luks()]))[:2] == ("protected", "no")
    assert seen(layer("hardware", inside=[luks(), FAT]))[:2] == ("unknown", "unknown")


def test_encrypted_is_said_only_without_a_doubt():
    assert "encrypted" not in seen(luks(**WEAK))[2]
    assert "encrypted" not in seen(luks(), FAT)[2]
    assert "encrypted" not in seen(luks("header_damaged"))[2]


def test_grading_twice_changes_nothing():
    for one in (luks(), luks("clear_key"), layer("gpt", inside=[luks(), FAT]), layer("hardware", inside=[FAT])):
        assert grade(grade(one)) == grade(one)


RANK = {"protected": 0, "weak": 1, "unknown": 1, "partial": 2, "unprotected": 3}
WORSENING = [code for code, one in MEANINGS.items() if one.effect is not Effect.NOTE]
layers = st.builds(
    lambda scheme, codes: luks(*codes) if scheme in PROVABLE_SCHEMES else layer(scheme, *codes),
    st.sampled_from(sorted(PROVABLE_SCHEMES | {"fat", "blank", "headerless", "unrecognised", "qcow2"})),
    st.lists(st.sampled_from(sorted(MEANINGS)), max_size=3),
)


@given(st.lists(layers, min_size=1, max_size=4), layers)
def test_one_more_part_never_makes_a_whole_safer_than_unknown(parts, more):
    """More doubt never makes a device safer: beside a readable part nothing turns `partial` into `protected` or `weak`."""
    before, after = seen(*parts), seen(*parts, more)
    blank = {before[2] == ["blank"], after[2] == ["blank"]}
    if before[0] in {"unknown", "partial", "unprotected"} and True not in blank:
        assert after[0] in {"unknown", "partial", "unprotected"}


@given(layers.filter(lambda one: one.scheme in PROVABLE_SCHEMES), st.sampled_from(WORSENING))
def test_one_more_finding_never_makes_a_layer_safer(one, code):
    before, after = grade(one), grade(luks(*one.findings, code))
    assert after.protection is not Protection.PROTECTED
    assert RANK[after.protection.value] >= RANK[before.protection.value]


def test_access_follows_protection():
    assert {grade(one).readable for one in (luks(), FAT, NOISE)} == {Access.NO, Access.YES, Access.UNKNOWN}


def test_no_scheme_is_in_two_groups():
    assert not PROVABLE_SCHEMES & PLAIN_SCHEMES
    assert not CONTAINER_SCHEMES & (PROVABLE_SCHEMES | PLAIN_SCHEMES)
