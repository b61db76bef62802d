"""Makes the small images of tests/vectors for the schemes that are not encrypted, by documented recipes.

    python tools/make_vectors.py            rebuild what can be rebuilt here and compare; exit status 1 on a difference
    python tools/make_vectors.py --write    write the files that are missing
    python tools/make_vectors.py --rewrite  write all that can be made here

An image is made by the file system's own tool where Debian has one, else by writing the fields that its specification
names. Some tools put the time or a random number into what they make; of those the outcome is compared, of all others
every byte. Beside CASE.img.xz stands CASE.toml: who made it, with which command, and what `inspect` must say.
"""

from __future__ import annotations

import argparse
import lzma
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

VECTORS = Path(__file__).resolve().parents[1] / "tests" / "vectors"
UUID = "5a5a5a5a-0001-4002-8003-c0ffee000001"
MIB = 1 << 20
Command = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One image. `commands` run in a folder with the empty image `IMG` of `size_bytes`; or `build` gives its bytes.

    `keep` are the (offset, size) ranges to keep, where the rest is large and says nothing; empty keeps all. `expect` is
    what `inspect` must say of the first layer. `is_exact`: the same bytes come out every time.
    """

    scheme: str
    case: str
    size_bytes: int = 0
    commands: tuple[Command, ...] = ()
    build: Callable[[], bytes] | None = None
    keep: tuple[tuple[int, int], ...] = ()
    expect: dict[str, object] = field(default_factory=dict)
    is_exact: bool = True

    @property
    def image(self) -> Path:
        """The compressed image."""
        return VECTORS / self.scheme / f"{self.case}.img.xz"

    @property
    def tool(self) -> str:
        """The program that makes it, or the function of this file."""
        return self.commands[0][0] if self.commands else "Python"

    @property
    def can_run(self) -> bool:
        """Whether every program is installed."""
        return all(shutil.which(command[0], path=_PATH) for command in self.commands)


_PATH = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin" + os.pathsep + "/sbin"
_ENVIRONMENT = {
    "PATH": _PATH,
    "LC_ALL": "C",
    "TZ": "UTC",
    "SOURCE_DATE_EPOCH": "1262304000",
    "E2FSPROGS_FAKE_TIME": "1262304000",
    "MKE2FS_SKIP_PROGRESS": "1",
    # mkfs.xfs makes file systems of less than 300 MB only for its own tests.
    "TEST_DIR": "/nowhere",
    "TEST_DEV": "/nowhere",
    "QA_CHECK_FS": "true",
}


def place(size_bytes: int, *fields: tuple[int, bytes]) -> bytes:
    """`size_bytes` zeros with `fields` (offset, bytes) written over them, later ones last."""
    image = bytearray(size_bytes)
    for at, raw in fields:
        image[at : at + len(raw)] = raw
    return bytes(image)


def le(value: int, size: int) -> bytes:
    """Little-endian integer."""
    return value.to_bytes(size, "little")


def be(value: int, size: int) -> bytes:
    """Big-endian integer."""
    return value.to_bytes(size, "big")


def mbr_sector(*entries: tuple[int, int, int], at: int = 0) -> tuple[tuple[int, bytes], ...]:
    """Fields of a boot record at byte `at` with up to four `entries` (type, first sector, sectors)."""
    fields = [(at + 510, b"\x55\xaa")]
    for slot, (kind, first, count) in enumerate(entries):
        entry = bytes(4) + bytes([kind]) + bytes(3) + le(first, 4) + le(count, 4)
        fields.append((at + 446 + 16 * slot, entry))
    return tuple(fields)


def mbr_logical() -> bytes:
    """A primary partition, an extended one with two logical ones in it (UEFI 2.10 section 5.2; Linux msdos.c)."""
    return place(
        512 * 4096,
        (440, le(0xC0FFEE01, 4)),
        *mbr_sector((0x83, 64, 64), (0x0F, 256, 2048)),
        *mbr_sector((0x83, 8, 100), (0x05, 1024, 1024), at=256 * 512),
        *mbr_sector((0x83, 8, 200), at=1280 * 512),
    )


def mbr_4096() -> bytes:
    """One partition counted in sectors of 4096 bytes, with text at its start."""
    return place(4096 * 1024, *mbr_sector((0x83, 64, 512)), (64 * 4096, b"this is not a file system\n" * 40))


def gpt_sectors(sector: int, sectors: int) -> list[tuple[int, bytes]]:
    """Fields of a GPT with one partition of 16 sectors at sector 64, of both copies (UEFI 2.10 section 5.3)."""
    kind = bytes.fromhex("af3dc60f838472478e793d69d8477de4")
    entry = (
        kind + bytes(15) + b"\x01" + le(64, 8) + le(79, 8) + bytes(8) + "made up".encode("utf-16-le").ljust(72, b"\0")
    )
    entries = entry.ljust(128 * 128, b"\0")
    table = len(entries) // sector

    def header(own: int, other: int, entries_at: int) -> bytes:
        body = b"EFI PART" + le(0x10000, 4) + le(92, 4) + bytes(8) + le(own, 8) + le(other, 8)
        body += le(2 + table, 8) + le(sectors - 2 - table, 8) + bytes(15) + b"\x02" + le(entries_at, 8)
        body += le(128, 4) + le(128, 4) + le(crc32(entries), 4)
        return body[:16] + le(crc32(body), 4) + body[20:]

    last = sectors - 1
    return [
        *mbr_sector((0xEE, 1, last)),
        (sector, header(1, last, 2)),
        (2 * sector, entries),
        ((last - table) * sector, entries),
        (last * sector, header(last, 1, last - table)),
    ]


def gpt_4096() -> bytes:
    """A GPT in sectors of 4096 bytes."""
    return place(4096 * 256, *gpt_sectors(4096, 256))


def gpt_backup_only() -> bytes:
    """A GPT whose first header is overwritten."""
    return place(512 * 512, *gpt_sectors(512, 512), (512, b"\xa5" * 512))


def gpt_hybrid() -> bytes:
    """A GPT beside an MBR that names one more partition."""
    return place(512 * 512, *gpt_sectors(512, 512), *mbr_sector((0xEE, 1, 63), (0x83, 64, 16), (0x0C, 128, 64)))


def hfsplus() -> bytes:
    """An HFS Plus volume header and its copy (TN1150, Volume Header)."""
    header = place(
        512,
        (0, b"H+"),
        (2, be(4, 2)),
        (40, be(4096, 4)),
        (44, be(64, 4)),
        (48, be(50, 4)),
        (104, b"\xc0\xff\xee\0\0\0\0\1"),
    )
    return place(4096 * 64, (1024, header), (4096 * 64 - 1024, header))


def fletcher64(block: bytes) -> bytes:
    """`block` with its object checksum filled in (Apple File System Reference, obj_phys_t)."""
    low = high = 0
    for at in range(8, len(block), 4):
        low += int.from_bytes(block[at : at + 4], "little")
        high += low
    first = 0xFFFFFFFF - (low + high) % 0xFFFFFFFF
    second = 0xFFFFFFFF - (low + first) % 0xFFFFFFFF
    return le(second << 32 | first, 8) + block[8:]


def apfs(*flags: int) -> bytes:
    """A container with one volume for each of `flags` (apfs_fs_flags), by way of an object map of one leaf."""
    size = 4096

    def head(oid: int, kind: int, transaction: int = 7) -> tuple[tuple[int, bytes], ...]:
        return (8, le(oid, 8)), (16, le(transaction, 8)), (24, le(kind, 4))

    container = place(
        size,
        *head(1, 0x80000001),
        (32, b"NXSB"),
        (36, le(size, 4)),
        (40, le(64, 8)),
        (72, bytes.fromhex(UUID.replace("-", ""))),
        (104, le(2, 4)),
        (112, le(1, 8)),
        (160, le(8, 8)),
        (180, le(100, 4)),
        *((184 + 8 * index, le(1026 + index, 8)) for index in range(len(flags))),
    )
    object_map = place(size, *head(8, 0x4000000B), (48, le(9, 8)))
    toc = b"".join(le(16 * index, 2) + le(16 * (index + 1), 2) for index in range(len(flags)))
    keys = b"".join(le(1026 + index, 8) + le(7, 8) for index in range(len(flags)))
    values = b"".join(le(0, 4) + le(size, 4) + le(16 + index, 8) for index in reversed(range(len(flags))))
    node = place(
        size,
        *head(9, 0x40000002),
        (32, le(7, 2)),
        (36, le(len(flags), 4)),
        (42, le(64, 2)),
        (56, toc),
        (56 + 64, keys),
        (size - 40 - len(values), values),
    )
    volumes = [place(size, *head(1026 + n, 13), (32, b"APSB"), (264, le(flag, 8))) for n, flag in enumerate(flags)]
    return place(
        size * 64,
        (0, fletcher64(container)),
        (2 * size, fletcher64(container)),
        (8 * size, fletcher64(object_map)),
        (9 * size, fletcher64(node)),
        *((size * (16 + index), fletcher64(volume)) for index, volume in enumerate(volumes)),
    )


def udf() -> bytes:
    """A volume recognition sequence (ECMA-167 part 2 section 9)."""
    names = (b"BEA01", b"NSR03", b"TEA01")
    return place(256 * 1024, *((32768 + 2048 * n, b"\0" + name + b"\1") for n, name in enumerate(names)))


def raid(version: str, level: int) -> bytes:
    """A member of a software RAID whose data begins with an ext superblock's signature (md_p.h)."""
    size, at, offset = 1 << 19, {"1.0": (1 << 19) - 8192, "1.2": 4096}[version], {"1.0": 0, "1.2": 16384}[version]
    block = place(
        256,
        (0, b"\xfc\x4e\x2b\xa9"),
        (4, le(1, 4)),
        (16, bytes.fromhex(UUID.replace("-", ""))),
        (72, le(level, 4)),
        (128, le(offset // 512, 8)),
        (136, le(400, 8)),
        (144, le(at // 512, 8)),
    )
    superblock = place(1024, (0, le(16, 4)), (4, le(200, 4)), (56, b"\x53\xef"), (104, b"\x01" * 16))
    return place(size, (at, block), (offset + 1024, superblock))


def suspended() -> bytes:
    """A swap area with the image of a suspended machine (Linux kernel/power/swap.c)."""
    return place(65536, (4086, b"S1SUSPEND\0"), (8192, b"made-up memory of a made-up machine\n" * 50))


def marked(size_bytes: int, *fields: tuple[int, bytes]) -> Callable[[], bytes]:
    """An image with nothing but signatures."""
    return lambda: place(size_bytes, *fields)


_FAT_ID = ("--invariant", "-i", "C0FFEE01", "-n", "MADEUP")
RECIPES = (
    *(
        Recipe(
            scheme="fat",
            case=f"fat{bits}",
            size_bytes=size * MIB,
            commands=(("mkfs.fat", f"-F{bits}", *_FAT_ID, *extra, "IMG"),),
            expect={"version": f"FAT{bits}", "uuid": "C0FF-EE01", "size_bytes": size * MIB, "findings": []},
        )
        for bits, size, extra in ((12, 1, ()), (16, 16, ()), (32, 34, ("-s1",)))
    ),
    Recipe(
        scheme="exfat",
        case="exfat",
        size_bytes=MIB,
        commands=(("mkfs.exfat", "-L", "MADEUP", "-c", "4K", "-b", "64K", "IMG"),),
        expect={"version": "1.00", "size_bytes": MIB, "findings": []},
        is_exact=False,
    ),
    Recipe(
        scheme="ntfs",
        case="ntfs",
        size_bytes=2 * MIB,
        commands=(("mkfs.ntfs", "-F", "-Q", "-q", "IMG"),),
        keep=((0, 32768), (2 * MIB - 512, 512)),
        expect={"size_bytes": 2 * MIB, "findings": []},
        is_exact=False,
    ),
    *(
        Recipe(
            scheme="ext",
            case=version,
            size_bytes=size * MIB,
            commands=(("mke2fs", "-q", "-F", "-t", version, *extra, "-U", UUID, "-E", f"hash_seed={UUID}", "IMG"),),
            expect={"version": version, "uuid": UUID, "size_bytes": size * MIB, "findings": []},
        )
        for version, size, extra in (("ext2", 1, ()), ("ext3", 4, ()), ("ext4", 1, ("-O", "^has_journal")))
    ),
    Recipe(
        scheme="ext",
        case="jbd",
        size_bytes=2 * MIB,
        commands=(("mke2fs", "-q", "-F", "-O", "journal_dev", "-b", "1024", "-U", UUID, "IMG"),),
        expect={"version": "jbd", "uuid": UUID, "findings": []},
        is_exact=False,
    ),
    Recipe(
        scheme="xfs",
        case="xfs",
        size_bytes=16 * MIB,
        commands=(("mkfs.xfs", "-q", "-m", f"uuid={UUID}", "IMG"),),
        expect={"version": "5", "uuid": UUID, "size_bytes": 16 * MIB, "findings": []},
        is_exact=False,
    ),
    Recipe(
        scheme="btrfs",
        case="btrfs",
        size_bytes=16 * MIB,
        commands=(("mkfs.btrfs", "-q", "-M", "-U", UUID, "IMG"),),
        expect={"uuid": UUID, "size_bytes": 16 * MIB, "findings": []},
        is_exact=False,
    ),
    Recipe(
        scheme="iso9660",
        case="iso",
        commands=(("mkdir", "-p", "made-up"), ("genisoimage", "-quiet", "-V", "MADEUP", "-o", "IMG", "made-up")),
        expect={"version": "ISO9660", "findings": []},
        is_exact=False,
    ),
    Recipe(
        scheme="swap",
        case="swap",
        size_bytes=65536,
        commands=(("mkswap", "-q", "-U", UUID, "IMG"),),
        expect={"version": "1", "uuid": UUID, "size_bytes": 65536, "findings": []},
    ),
    Recipe(scheme="swap", case="suspended", build=suspended, expect={"state": "suspended", "findings": []}),
    Recipe(
        scheme="gpt",
        case="gpt",
        size_bytes=2 * MIB,
        commands=(
            (
                "sgdisk",
                "-a",
                "1",
                "-n",
                "1:64:127",
                "-n",
                "2:256:511",
                "-U",
                UUID,
                "-u",
                f"1:{UUID}",
                "-u",
                f"2:{UUID}",
                "IMG",
            ),
        ),
        expect={"uuid": UUID, "parts": [[32768, 32768], [131072, 131072]], "findings": []},
    ),
    Recipe(
        scheme="gpt", case="sectors_4096", build=gpt_4096, expect={"parts": [[64 * 4096, 16 * 4096]], "findings": []}
    ),
    Recipe(
        scheme="gpt",
        case="backup_only",
        build=gpt_backup_only,
        expect={"parts": [[32768, 8192]], "findings": ["backup_table_used"]},
    ),
    Recipe(
        scheme="gpt", case="hybrid", build=gpt_hybrid, expect={"parts": [[32768, 8192], [65536, 32768]], "findings": []}
    ),
    Recipe(
        scheme="mbr",
        case="mbr",
        size_bytes=2 * MIB,
        commands=(
            (
                "sh",
                "-c",
                "printf 'label: dos\\nlabel-id: 0xc0ffee01\\nstart=64,size=64,type=83\\n' | sfdisk -q --no-reread IMG",
            ),
        ),
        expect={"uuid": "c0ffee01", "parts": [[32768, 32768]], "findings": []},
    ),
    Recipe(
        scheme="mbr",
        case="logical",
        build=mbr_logical,
        expect={"uuid": "c0ffee01", "parts": [[32768, 32768], [135168, 51200], [659456, 102400]], "findings": []},
    ),
    Recipe(scheme="mbr", case="sectors_4096", build=mbr_4096, expect={"parts": [[262144, 2097152]], "findings": []}),
    Recipe(
        scheme="mbr",
        case="points_past_its_end",
        build=lambda: place(512 * 512, *mbr_sector((0x83, 64, 100000), (0x83, 90000, 10))),
        expect={"parts": [[32768, 229376]], "findings": ["partition_past_end"]},
    ),
    Recipe(
        scheme="mbr",
        case="points_at_itself",
        build=lambda: place(512 * 512, *mbr_sector((0x83, 0, 512)), (1024, b"made up\n" * 99)),
        expect={"parts": [], "findings": ["partition_loop"]},
    ),
    Recipe(
        scheme="mbr",
        case="chain_points_at_itself",
        build=lambda: place(
            512 * 512, *mbr_sector((0x05, 64, 400)), *mbr_sector((0x83, 8, 8), (0x05, 0, 9), at=64 * 512)
        ),
        expect={"parts": [[36864, 4096]], "findings": ["partition_loop"]},
    ),
    Recipe(
        scheme="mbr",
        case="overlap",
        build=lambda: place(512 * 512, *mbr_sector((0x83, 64, 100), (0x83, 100, 100))),
        expect={"parts": [[32768, 51200], [51200, 51200]], "findings": ["partition_overlaps"]},
    ),
    Recipe(
        scheme="hfsplus",
        case="hfsplus",
        build=hfsplus,
        expect={"version": "HFS+", "uuid": "c0ffee0000000001", "size_bytes": 4096 * 64, "findings": []},
    ),
    *(
        Recipe(
            scheme="apfs",
            case=state,
            build=lambda flags=flags: apfs(*flags),  # type: ignore[misc]
            expect={"state": state, "uuid": UUID, "size_bytes": 4096 * 64, "findings": []},
        )
        for state, flags in {"unencrypted": (1, 1), "partly": (8, 1), "encrypted": (8,)}.items()
    ),
    Recipe(scheme="udf", case="udf", build=udf, expect={"version": "NSR3", "findings": []}),
    *(
        Recipe(
            scheme="linux_raid",
            case=f"level{level}_{version.replace('.', '_')}",
            build=lambda version=version, level=level: raid(version, level),  # type: ignore[misc]
            expect={"version": version, "uuid": UUID, "parts": parts, "findings": []},
        )
        for version, level, parts in (("1.0", 1, [[0, 204800]]), ("1.2", 1, [[16384, 204800]]), ("1.2", 5, []))
    ),
    Recipe(scheme="cramfs", case="cramfs", commands=(("mkdir", "made-up"), ("mkfs.cramfs", "made-up", "IMG"))),
    Recipe(scheme="minix", case="minix", size_bytes=MIB, commands=(("mkfs.minix", "-i", "32", "IMG"),), is_exact=False),
    Recipe(scheme="lvm2", case="lvm2", build=marked(8192, (512, b"LABELONE"), (536, b"LVM2 001"))),
    Recipe(
        scheme="filevault2",
        case="corestorage",
        build=marked(8192, (8, b"\1\0\x10\0"), (88, b"CS"), (304, bytes.fromhex(UUID.replace("-", "")))),
        expect={"uuid": UUID},
    ),
    Recipe(
        scheme="qcow2",
        case="qcow2",
        build=marked(65536, (0, b"QFI\xfb" + be(3, 4))),
        expect={"findings": ["container_not_opened"]},
    ),
)


def make(recipe: Recipe) -> bytes:
    """The image's bytes. Raises `CalledProcessError` where a tool fails."""
    if recipe.build is not None:
        return recipe.build()
    with tempfile.TemporaryDirectory(prefix="lossproof-vectors-") as folder:
        image = Path(folder) / "IMG"
        if recipe.size_bytes:
            with image.open("wb") as file:
                file.truncate(recipe.size_bytes)
        for command in recipe.commands:
            subprocess.run(
                command, cwd=folder, env=_ENVIRONMENT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        raw = image.read_bytes()
    if recipe.keep:
        raw = place(len(raw), *((at, raw[at : at + size]) for at, size in recipe.keep))
    return raw


def version_of(tool: str) -> str:
    """The Debian package's version of a program, as far as dpkg says."""
    path = shutil.which(tool, path=_PATH)
    if path is None:
        return ""
    real = str(Path(path).resolve())
    for candidate in (real, real.removeprefix("/usr")):
        found = subprocess.run(["dpkg", "-S", candidate], capture_output=True, text=True, check=False).stdout
        if found:
            package = found.partition(":")[0]
            asked = ["dpkg-query", "-W", "-f", "${Package} ${Version}", package]
            return subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return ""


def description(recipe: Recipe) -> str:
    """The text of CASE.toml."""
    expect = {"scheme": recipe.scheme, **recipe.expect}
    program = recipe.commands[-1][0] if recipe.commands else ""
    lines = [
        "# Written by tools/make_vectors.py",
        f"tool = {_toml(version_of('sfdisk' if program == 'sh' else program) or recipe.tool)}",
        f"command = {_toml(' && '.join(map(shlex.join, recipe.commands)))}"
        if recipe.commands
        else f'recipe = "{_why(recipe)}"',
        f"size_bytes = {recipe.size_bytes}",
        f"kept_ranges = {_toml([list(part) for part in recipe.keep])}",
        f"same_bytes_every_time = {_toml(recipe.is_exact)}",
        "",
        "[expect]",
        *(f"{key} = {_toml(value)}" for key, value in expect.items()),
    ]
    return "\n".join(lines) + "\n"


def _why(recipe: Recipe) -> str:
    return (
        f"fields written by its specification, in RECIPES of tools/make_vectors.py under {recipe.scheme}/{recipe.case}"
    )


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return str(value) if isinstance(value, int) else '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def outcome(recipe: Recipe, raw: bytes) -> dict[str, object]:
    """What `inspect` says of the image's first layer, in the words of `expect`."""
    from lossproof.block.source import BytesSource, Meter
    from lossproof.inspect import inspect

    layer = inspect(BytesSource(raw), recipe.case, meter=Meter()).layers[0]
    said: dict[str, object] = {
        "scheme": layer.scheme,
        "parts": [
            [part.offset_bytes, part.size_bytes] for part in layer.layers if "outside_partitions" not in part.findings
        ],
        "findings": list(layer.findings),
    }
    for name in ("version", "uuid", "state", "size_bytes"):
        said[name] = getattr(layer, name)
    return said


def differs(recipe: Recipe) -> str:
    """Why a rebuilt image is not what is kept, or "" where it is."""
    if not recipe.image.is_file():
        return "is missing"
    kept = lzma.decompress(recipe.image.read_bytes())
    made = make(recipe)
    if recipe.is_exact and kept != made:
        return "comes out with other bytes"
    expect = {"scheme": recipe.scheme, **recipe.expect}
    said = outcome(recipe, made)
    wrong = {key: said.get(key) for key, value in expect.items() if said.get(key) != value}
    return f"comes out as {wrong}" if wrong else ""


def write(recipe: Recipe) -> None:
    """Make the image and its description."""
    recipe.image.parent.mkdir(parents=True, exist_ok=True)
    recipe.image.write_bytes(lzma.compress(make(recipe), preset=9 | lzma.PRESET_EXTREME))
    recipe.image.with_name(f"{recipe.case}.toml").write_text(description(recipe), encoding="utf-8")


def main() -> int:
    """Compare or write; the exit status says whether something differs."""
    parser = argparse.ArgumentParser(description="make the test images of plain schemes")
    parser.add_argument("--write", action="store_true", help="write the files that are missing")
    parser.add_argument("--rewrite", action="store_true", help="write all that can be made here")
    arguments = parser.parse_args()
    failed = 0
    for recipe in RECIPES:
        name = f"{recipe.scheme}/{recipe.case}"
        if not recipe.can_run:
            print(f"{name}: skipped, {recipe.tool} is not installed")
            continue
        if arguments.rewrite or (arguments.write and not recipe.image.is_file()):
            write(recipe)
        said = differs(recipe)
        print(f"{name}: {said or 'as kept'}")
        failed += bool(said)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
