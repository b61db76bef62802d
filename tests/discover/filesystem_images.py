"""Real file systems, made by the tools that everybody makes them with, and what ought to be found on them.

Run as a program (root, FUSE, mtools, e2fsprogs, ntfs-3g, exfat-fuse, a free loop device) it rebuilds
`tests/vectors/filesystems`: `PYTHONPATH=tests python -m discover.filesystem_images tests/vectors/filesystems`.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
GONE = "sub/deep/gone.txt"


def have(*programs: str) -> bool:
    """Whether every one of these programs is installed."""
    return all(shutil.which(program, path=SYSTEM_PATH) for program in programs)


def run(*command: str | Path) -> str:
    """Run a tool; its standard output as text."""
    return output(*command).decode("utf-8", "replace")


def output(*command: str | Path) -> bytes:
    """Run a tool; its standard output."""
    environment = {**os.environ, "PATH": SYSTEM_PATH, "MTOOLS_SKIP_CHECK": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    return subprocess.run([str(part) for part in command], env=environment, capture_output=True, check=True).stdout


def lines(word: str, count: int) -> bytes:
    """Text of `count` numbered lines, none of which is like another."""
    return b"".join(f"{word} line {number:06d} of a made-up letter\n".encode() for number in range(count))


def tree() -> dict[str, bytes]:
    """The files that every volume gets: path to contents. Live ones begin with LIVE, the one to be deleted with GONE."""
    files = {
        "letter.txt": lines("LIVE letter", 90),
        "empty.txt": b"",
        "sub/notes.txt": lines("LIVE notes", 300),
        "sub/na\u00efve \u2603 name.txt": lines("LIVE snow", 20),
        "sub/deep/" + "a long name " * 10 + "ends.txt": lines("LIVE long", 33),
        GONE: lines("GONE gone", 250),
    }
    return files | {f"sub/many/file{number:02d}.txt": lines(f"LIVE {number}", 3 * number) for number in range(1, 25)}


def write_tree(folder: Path, files: dict[str, bytes]) -> None:
    """The files as a folder on this computer."""
    for name, contents in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)


def blank(path: Path, size_bytes: int) -> Path:
    """An empty, sparse image."""
    with path.open("wb") as image:
        image.truncate(size_bytes)
    return path


def plant(path: Path, text: bytes, *, from_end: int) -> None:
    """Text in clusters that nobody uses: the small volumes made here are empty towards their end."""
    with path.open("r+b") as image:
        image.seek(-from_end, os.SEEK_END)
        image.write(text)


def fat(path: Path, files: dict[str, bytes], *, bits: int, size_bytes: int, delete: tuple[str, ...] = (GONE,)) -> Path:
    """A FAT volume by mkfs.fat and mtools."""
    run("mkfs.fat", "-F", str(bits), "-i", "12345678", blank(path, size_bytes))
    with tempfile.TemporaryDirectory() as folder:
        write_tree(Path(folder), files)
        run("mcopy", "-s", "-i", path, *sorted(Path(folder).iterdir()), "::/")
    for name in delete:
        run("mdel", "-i", path, f"::/{name}")
    return path


def ext(
    path: Path,
    files: dict[str, bytes],
    *,
    kind: str,
    size_bytes: int,
    features: str = "",
    requests: tuple[str, ...] = (),
) -> Path:
    """An ext volume by mke2fs, then requests to debugfs, and last of all the deletion."""
    with tempfile.TemporaryDirectory() as folder:
        write_tree(Path(folder), files)
        options = ["-O", features] if features else []
        run("mke2fs", "-q", "-t", kind, *options, "-E", "root_owner=0:0", "-d", folder, blank(path, size_bytes))
    debugfs(path, *requests, *([f"rm /{GONE}"] if GONE in files else []))
    return path


def debugfs(path: Path, *requests: str) -> str:
    """debugfs requests on an ext image, writing."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as script:
        script.write("\n".join(requests) + "\n")
        script.flush()
        return run("debugfs", "-w", "-f", script.name, path)


def iso(path: Path, files: dict[str, bytes]) -> Path:
    """An ISO 9660 volume with Joliet names by genisoimage."""
    with tempfile.TemporaryDirectory() as folder:
        write_tree(Path(folder), files)
        run("genisoimage", "-quiet", "-J", "-joliet-long", "-o", path, folder)
    return path


@contextmanager
def mounted(*command: str | Path):
    """A volume mounted by `command MOUNTPOINT`, unmounted at the end."""
    with tempfile.TemporaryDirectory() as mountpoint:
        run(*command, mountpoint)
        try:
            yield Path(mountpoint)
        finally:
            run("umount", mountpoint)


def ntfs(path: Path) -> Path:
    """An NTFS volume by mkfs.ntfs and ntfs-3g (FUSE, root), with everything that NTFS can do to a file."""
    run("mkfs.ntfs", "-F", "-q", "-s", "512", "-c", "1024", blank(path, 6 << 20))
    with mounted("ntfs-3g", "-o", "compression,streams_interface=windows", path) as root:
        write_tree(root, tree())
        (root / "letter.txt:hidden").write_bytes(lines("LIVE stream", 100))
        (root / "sub:folder stream").write_bytes(lines("LIVE folder stream", 4))
        write_tree(root, {"$RECYCLE.BIN/S-1-5-21/$R0001.txt": lines("LIVE binned", 60)})
        os.link(root / "sub/notes.txt", root / "sub/same notes.txt")
        (root / "packed").mkdir()
        attributes = struct.unpack("<I", os.getxattr(root / "packed", "system.ntfs_attrib"))[0]
        os.setxattr(root / "packed", "system.ntfs_attrib", struct.pack("<I", attributes | 0x800))
        (root / "packed/packed.txt").write_bytes(lines("LIVE packed", 700))
        with (root / "sparse.bin").open("wb") as sparse:
            sparse.seek(2 << 20)
            sparse.write(lines("LIVE sparse", 5))
        for name, tag, contents in (
            ("in the cloud.txt", 0x9000001A, b""),
            ("from the cloud.txt", 0x9000001A, lines("LIVE cloud", 50)),
            ("packed by Windows.exe", 0x80000017, b""),
        ):
            (root / name).write_bytes(contents)
            if not contents:
                os.truncate(root / name, 50_000)
            os.setxattr(root / name, "system.ntfs_reparse_data", struct.pack("<IHH", tag, 8, 0) + bytes(8))
        (root / "locked.txt").write_bytes(lines("EFS", 100))
        write_tree(root, {"gone folder/inside.txt": lines("GONE inside", 120)})
        (root / "sub/deep/gone.txt:stream").write_bytes(lines("GONE stream", 80))
        os.sync()
        (root / GONE).unlink()
        shutil.rmtree(root / "gone folder")
    set_efs_flag(path, "locked.txt")
    return path


def set_efs_flag(path: Path, name: str) -> None:
    """Set ATTRIBUTE_IS_ENCRYPTED on the $DATA of a file, by its name in its MFT record."""
    image = bytearray(path.read_bytes())
    record = image.rindex(b"FILE0", 0, image.index(name.encode("utf-16-le"), image.index(b"FILE0")))
    attribute = record + struct.unpack_from("<H", image, record + 20)[0]
    while struct.unpack_from("<I", image, attribute)[0] != 0x80:
        attribute += struct.unpack_from("<I", image, attribute + 4)[0]
    struct.pack_into("<H", image, attribute + 12, 0x4000)
    path.write_bytes(image)


def exfat(path: Path) -> Path:
    """An exFAT volume by mkfs.exfat and exfat-fuse (FUSE, root, a loop device)."""
    run("mkfs.exfat", blank(path, 4 << 20))
    device = run("losetup", "-f", "--show", path).strip()
    try:
        with mounted("mount.exfat-fuse", device) as root:
            write_tree(root, tree())
            write_tree(root, {"gone folder/inside.txt": lines("GONE inside", 120)})
            os.sync()
            (root / GONE).unlink()
            shutil.rmtree(root / "gone folder")
    finally:
        run("losetup", "-d", device)
    return path


def ext_vector(path: Path) -> Path:
    """An ext4 volume with what ext4 can do to a file: data in the inode, encryption, holes, links, odd names."""
    files = tree() | {
        "tiny.txt": b"LIVE inline data\n",
        "locked.txt": lines("FSCRYPT", 40),
        "odd \x1b[31m\nname.txt": lines("LIVE odd", 9),
    }
    requests = (
        "set_inode_field /locked.txt flags 0x80800",
        "ln /sub/notes.txt /same",
        "symlink /link letter.txt",
        "mknod /pipe p",
    )
    features = "inline_data,encrypt,^has_journal,^resize_inode"
    return ext(path, files, kind="ext4", size_bytes=2 << 20, features=features, requests=requests)


def fat12_vector(path: Path) -> Path:
    """A FAT12 floppy."""
    return fat(path, tree(), bits=12, size_bytes=1440 << 10)


def fat32_vector(path: Path) -> Path:
    """A FAT32 stick: 512-byte clusters, because FAT32 wants 65,525 of them."""
    fat(path, tree(), bits=32, size_bytes=34 << 20)
    run("mlabel", "-i", path, "::STICK")
    return path


# The upper-case table of NTFS counts up in steps of one, which no dictionary packs and a difference of two bytes does.
LZMA2 = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}
FILTERS = ([LZMA2], [{"id": lzma.FILTER_DELTA, "dist": 2}, LZMA2])
PLANTED = lines("PLANTED", 40)
MIXED = ("fat12", "fat32", "exfat")
VECTORS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "fat12": (fat12_vector, "mkfs.fat, mtools"),
    "fat32": (fat32_vector, "mkfs.fat, mtools"),
    "exfat": (exfat, "mkfs.exfat, exfat-fuse"),
    "ntfs": (ntfs, "mkfs.ntfs, ntfs-3g"),
    "ext4": (ext_vector, "mke2fs, debugfs"),
}


def expected(name: str) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, str]]:
    """What a vector holds, from the recipe and not from any reader: live files, deleted files, what is unreadable and why."""
    live = tree()
    deleted = {GONE: live.pop(GONE)}
    unreadable: dict[str, str] = {}
    if name in ("exfat", "ntfs"):
        deleted["gone folder/inside.txt"] = lines("GONE inside", 120)
    if name == "ext4":
        live |= {"tiny.txt": b"LIVE inline data\n", "odd \x1b[31m\nname.txt": lines("LIVE odd", 9)}
        live["same"] = live.pop("sub/notes.txt")
        unreadable["locked.txt"] = "encrypted"
    if name == "ntfs":
        live |= {
            "letter.txt:hidden": lines("LIVE stream", 100),
            "sub:folder stream": lines("LIVE folder stream", 4),
            "$RECYCLE.BIN/S-1-5-21/$R0001.txt": lines("LIVE binned", 60),
            "packed/packed.txt": lines("LIVE packed", 700),
            "sparse.bin": bytes(2 << 20) + lines("LIVE sparse", 5),
            "from the cloud.txt": lines("LIVE cloud", 50),
        }
        deleted[f"{GONE}:stream"] = lines("GONE stream", 80)
        unreadable |= {
            "locked.txt": "encrypted",
            "in the cloud.txt": "online_only",
            "packed by Windows.exe": "compressed",
        }
    return live, deleted, unreadable


def unpacked(name: str, folder: Path) -> Path:
    """A committed vector, unpacked."""
    image = Path(folder) / f"{name}.img"
    packed = Path(__file__).parent.parent / "vectors" / "filesystems" / f"{name}.img.xz"
    image.write_bytes(lzma.decompress(packed.read_bytes()))
    return image


def main(folder: Path) -> None:
    """Rebuild every vector with its label."""
    for name, (make, tools) in VECTORS.items():
        with tempfile.TemporaryDirectory() as scratch:
            image = make(Path(scratch) / f"{name}.img")
            plant(image, PLANTED, from_end=100 << 10)
            contents = image.read_bytes()
        (folder / f"{name}.img.xz").write_bytes(lzma.compress(contents, filters=FILTERS[name == "ntfs"]))
        live, deleted, unreadable = expected(name)
        (folder / f"{name}.toml").write_text(
            f'title = "{make.__doc__.splitlines()[0]}"\n'
            f'scheme = "{name}"\n'
            f'tool = "{tools}"\n'
            'command = "PYTHONPATH=tests python -m discover.filesystem_images tests/vectors/filesystems"\n'
            f"size_bytes = {len(contents)}\n"
            f'sha256 = "{hashlib.sha256(contents).hexdigest()}"\n'
            f"live_files = {len(live)}\ndeleted_files = {len(deleted)}\nunreadable = {len(unreadable)}\n"
            'planted_in_free_clusters = "40 lines that begin with PLANTED, 100 KiB before the end"\n',
            encoding="utf-8",
        )
        print(name, len(contents), (folder / f"{name}.img.xz").stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
