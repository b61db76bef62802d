"""Which parts of a medium are examined, how, and under which name; and blank ranges that turned out to be blank."""

from __future__ import annotations

from dataclasses import replace

from lossproof.jobs import discovery
from lossproof.model.volume import Content, Extent, Inspection, Layer, Protection
from lossproof.policy.protection import grade, overall

MIB = 1 << 20


def layer(scheme: str, first: int, size: int, *findings: str, inside: tuple[Layer, ...] = ()) -> Layer:
    return Layer(scheme=scheme, offset_bytes=first * MIB, size_bytes=size * MIB, findings=findings, layers=inside)


def seen(*layers: Layer) -> Inspection:
    graded = tuple(grade(one) for one in layers)
    protection, access, reasons = overall(graded)
    return Inspection(
        target="stick",
        size_bytes=8 * MIB,
        protection=protection,
        readable_without_secret=access,
        reasons=reasons,
        layers=graded,
        bytes_read=4096,
        header_sha256="00" * 32,
        tool="lossproof",
    )


LOCKED = replace(layer("bitlocker", 4, 2), cipher="aes-xts", key_bits=256)


def volumes(inspection: Inspection) -> list[tuple[str, int, bool, str]]:
    """(name, size in MiB, whether files are listed, reason of its note)."""
    return [
        (one.name, one.size_bytes // MIB, one.listed, one.note[0] if one.note else "")
        for one in discovery._volumes(inspection)
    ]


def test_one_file_system_needs_no_name_and_several_do():
    assert volumes(seen(layer("fat", 0, 8))) == [("", 8, True, "")]
    both = seen(layer("fat", 0, 4), layer("ntfs", 4, 4))
    assert volumes(both) == [("part 1 (fat)", 4, True, ""), ("part 2 (ntfs)", 4, True, "")]


def test_gaps_are_read_blank_ones_not_again_and_unread_file_systems_are_named():
    gaps = layer("unrecognised", 0, 1, "outside_partitions"), layer("blank", 3, 1, "outside_partitions")
    table = layer("mbr", 0, 8, inside=(*gaps, layer("fat", 1, 2), layer("xfs", 4, 2), layer("headerless", 6, 1)))
    assert volumes(seen(table)) == [
        ("part 1 (unrecognised)", 1, False, ""),
        ("", 2, True, ""),
        ("part 4 (xfs)", 2, False, "file_system_not_examined"),
        ("part 5 (headerless)", 1, False, "random_looking"),
    ]


def test_what_is_encrypted_is_not_read_and_is_told_apart():
    inspection = seen(layer("fat", 0, 4), replace(layer("luks2", 4, 4), cipher="aes-xts-plain64", key_bits=512))
    assert volumes(inspection) == [("", 4, True, "")]
    assert [(one.path, one.reason) for one in discovery.locked_parts(inspection)] == [("part 2 (luks2)", "encrypted")]


def test_the_plain_ranges_of_a_volume_half_encrypted_are_read_and_its_doubt_said_once():
    extents = [
        Extent(offset_bytes=(4 + at) * MIB, size_bytes=MIB, content=content)
        for at, content in enumerate((Content.PLAINTEXT, Content.CIPHERTEXT, Content.PLAINTEXT))
    ]
    inspection = seen(replace(LOCKED, extents=tuple(extents)))
    assert inspection.protection is Protection.PARTIAL
    assert volumes(inspection) == [
        ("part 1 (bitlocker)", 1, False, "not_decrypted"),
        ("part 1 (bitlocker)", 1, False, ""),
        ("part 1 (bitlocker)", 1, False, ""),
    ]
    assert [one.encrypted for one in discovery._volumes(inspection)] == [False, False, True]


def test_an_encrypted_volume_whose_key_lies_in_the_clear_is_a_doubt():
    assert [note for *_, note in volumes(seen(replace(LOCKED, findings=("clear_key",))))] == ["not_decrypted"]


def test_a_blank_range_is_settled_only_by_reading_all_of_it():
    sampled = seen(layer("fat", 0, 4), layer("blank", 4, 4, "sampled_only"))
    whole = frozenset({(4 * MIB, 2 * MIB), (6 * MIB, 2 * MIB)})
    assert discovery.settle_blanks(sampled, whole).layers[1].findings == ()
    for part in (
        frozenset(),
        frozenset({(4 * MIB, 2 * MIB)}),
        frozenset({(5 * MIB, 3 * MIB)}),
        frozenset({(0, 4 * MIB)}),
    ):
        assert discovery.settle_blanks(sampled, part).layers[1].findings == ("sampled_only",)


def test_settling_grades_again():
    sampled = seen(layer("blank", 0, 8, "sampled_only"))
    assert sampled.protection is Protection.UNKNOWN
    assert discovery.settle_blanks(sampled, frozenset({(0, 8 * MIB)})).protection is Protection.UNPROTECTED


def test_there_is_one_reader_a_core_and_never_more_than_eight(monkeypatch):
    for cores, readers in ((1, 1), (2, 2), (64, 8)):
        monkeypatch.setattr(discovery.os, "sched_getaffinity", lambda _, cores=cores: set(range(cores)))
        assert discovery.workers() == readers
