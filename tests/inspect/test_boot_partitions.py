"""Which parts of a disk are taken for those that a machine needs to start: by type, by size, and in the outermost table alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptops import (
    BIOS_BOOT,
    EFI,
    LINUX_DATA,
    MIB,
    RECOVERY,
    RESERVED,
    WINDOWS_DATA,
    XBOOTLDR,
    Part,
    disk,
    encrypted,
    ext,
    fat,
    needs_tools,
)
from lossproof.jobs.inspection import inspect_target
from lossproof.model.boot_partitions import BOOT_KINDS, MOST_BYTES, MOST_TOGETHER_BYTES, boot_ranges, is_boot
from lossproof.model.volume import Protection

pytestmark = needs_tools
GIB = 1 << 30


def marked(path):
    """The schemes of the parts that are marked, in order, and the protection of the whole."""
    seen = inspect_target(path)
    return [leaf.scheme for leaf in seen.leaves() if "boot_partition" in leaf.findings], seen.protection


@pytest.mark.parametrize("kind", [EFI, BIOS_BOOT, RECOVERY, RESERVED, XBOOTLDR])
def test_a_part_is_marked_by_its_type_and_what_is_seen_stays_partial(tmp_path, kind):
    image = disk(tmp_path / "disk", [Part(kind, fat(tmp_path)), encrypted()])
    assert marked(image) == (["fat"], Protection.PARTIAL)


@pytest.mark.parametrize("kind", ["ef", "27", "ea"])
def test_so_is_one_of_an_older_table(tmp_path, kind):
    image = disk(tmp_path / "disk", [Part(kind, fat(tmp_path)), encrypted()._replace(kind="83")], label="dos")
    assert marked(image) == (["fat"], Protection.PARTIAL)


@pytest.mark.parametrize("kind", [LINUX_DATA, WINDOWS_DATA])
def test_a_part_of_a_general_type_is_not_marked_whatever_is_on_it(tmp_path, kind):
    image = disk(tmp_path / "disk", [Part(kind, ext(tmp_path)), encrypted()])
    assert marked(image) == ([], Protection.PARTIAL)


@pytest.mark.parametrize(("size", "found"), [(MOST_BYTES, ["fat"]), (MOST_BYTES + MIB, []), (500 * GIB, [])])
def test_a_part_that_is_too_large_is_no_boot_partition(tmp_path, size, found):
    parts = [Part(EFI, fat(tmp_path), size), encrypted()]
    assert [one for one in marked(disk(tmp_path / "disk", parts))[0] if one == "fat"] == found


def test_many_of_them_are_none(tmp_path):
    volume = fat(tmp_path)
    most = MOST_TOGETHER_BYTES // MOST_BYTES
    few = [Part(EFI, volume, MOST_BYTES) for _ in range(most)]
    assert "fat" in marked(disk(tmp_path / "few", [*few, encrypted()]))[0]
    assert marked(disk(tmp_path / "many", [*few, Part(EFI, volume), encrypted()]))[0] == []


def test_a_table_inside_a_partition_marks_nothing(tmp_path):
    inner = disk(tmp_path / "inner", [Part("ef", fat(tmp_path)), encrypted()._replace(kind="83")], label="dos")
    for kind in (LINUX_DATA, EFI):
        image = disk(tmp_path / "outer", [Part(kind, inner.read_bytes()), encrypted()])
        assert "fat" not in marked(image)[0]


def test_what_is_encrypted_or_unknown_on_such_a_part_is_said_as_always(tmp_path):
    for part in (encrypted(), encrypted("bitlocker", "suspended")):
        seen = inspect_target(disk(tmp_path / "disk", [Part(EFI, part.content), encrypted()]))
        alone = inspect_target(disk(tmp_path / "disk", [Part(LINUX_DATA, part.content), encrypted()]))
        assert seen.protection is alone.protection
        assert [leaf.protection for leaf in seen.leaves()] == [leaf.protection for leaf in alone.leaves()]


kinds = st.sampled_from([*sorted(BOOT_KINDS), LINUX_DATA.lower(), "07", "83", "0c", ""])
partitions = st.lists(st.tuples(st.integers(1, 1 << 50), st.integers(1, 4 * GIB), kinds), max_size=12).map(tuple)


@given(partitions)
def test_never_more_than_six_gibibytes_are_excused(found):
    ranges = boot_ranges(found)
    assert sum(size for _, size in ranges) <= MOST_TOGETHER_BYTES
    assert all(is_boot(kind, size) for offset, size, kind in found if (offset, size) in ranges and kind in BOOT_KINDS)
