"""Scores `lossproof inspect` against a folder of real images whose contents are known.

    python tools/score.py [--corpus DIR]

DIR holds INDEX.tsv (one line an image: path, scheme, variant, cipher, key_bits, ..., state) and the images, or
images.tar.zst, which is then unpacked into a temporary folder with tar and zstd. Without the folder there is nothing to
score, and it says so. Exit status 1: something readable without a secret was called protected, or a scheme that must be
named was not.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lossproof.block.source import Meter, open_source
from lossproof.errors import LossproofError
from lossproof.inspect import VERDICT_BYTES, inspect
from lossproof.model.volume import Inspection, Protection

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
MUST_BE_NAMED = frozenset(
    [
        "mbr",
        "gpt",
        "fat",
        "exfat",
        "ntfs",
        "ext",
        "xfs",
        "btrfs",
        "hfsplus",
        "apfs",
        "iso9660",
        "swap",
        "blank",
        "luks1",
        "luks2",
        "bitlocker",
    ]
)
NOT_NAMED = frozenset({"unrecognised", "headerless", "blank"})

# The index names formats by the words of the tools that made it.
_OURS = {
    "vfat": "fat",
    "ext2": "ext",
    "ext3": "ext",
    "ext4": "ext",
    "jbd": "ext",
    "swsuspend": "swap",
    "linux_raid_member": "linux_raid",
    "LVM2_member": "lvm2",
    "zfs_member": "zfs",
    "squashfs3": "squashfs",
    "VMFS": "vmfs",
    "VMFS_volume_member": "vmfs",
    "fvault2": "filevault2",
    "isw_raid_member": "firmware_raid",
    "ddf_raid_member": "firmware_raid",
}
_TABLES = {"gpt": "gpt", "dos+bsd": "mbr", "bsd": "bsd_disklabel", "sgi": "sgi_disklabel", "sun": "sun_disklabel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One image: what it is, what was said, and what of that is wrong."""

    path: str
    expected: str
    state: str
    named: frozenset[str]
    protection: Protection | None
    bytes_read: int
    mismatches: tuple[str, ...]

    @property
    def result(self) -> str:
        """`right`, `unrecognised` or `wrong`."""
        if self.expected in self.named:
            return "right"
        return "unrecognised" if self.named <= NOT_NAMED else "wrong"

    @property
    def is_excerpt(self) -> bool:
        """Whether only the header is there, so that nothing can be said of the data."""
        return "excerpt" in self.state

    @property
    def is_false_protected(self) -> bool:
        """Whether it was called protected, although a finder could read it."""
        secret_needed = self.state.startswith("encrypted") and not self.is_excerpt
        return self.protection is Protection.PROTECTED and not secret_needed


def expected_scheme(row: dict[str, str]) -> str:
    """The name in our words of what the index says the image is."""
    stem = Path(row["path"]).stem
    if row["scheme"] != "plain":
        return _OURS.get(row["scheme"], row["scheme"])
    if row["variant"] == "pt":
        return _TABLES.get(stem, "partition table")
    if not row["variant"]:
        return "udf" if stem.startswith("udf") else "iso9660"
    return _OURS.get(row["variant"], row["variant"])


def _look(path: Path) -> Inspection:
    meter = Meter()
    source = open_source(path, meter)
    try:
        return inspect(source, path.name, meter=meter)
    finally:
        os.close(source.fd)


def _mismatches(row: dict[str, str], seen: Inspection) -> Iterator[str]:
    layer = next((one for one in seen.layers if one.scheme == row["scheme"]), None)
    if layer is not None and "excerpt" not in row["state"]:
        for column in ("cipher", "key_bits"):
            said = getattr(layer, column)
            if row[column] and row[column] != str(said):
                yield f"{column}: {said}, not {row[column]}"
    wanted = {
        "plain": {Protection.UNPROTECTED, Protection.UNKNOWN},
        "suspended": {Protection.UNPROTECTED},
        "decrypted": {Protection.UNPROTECTED},
        "conversion": {Protection.PARTIAL, Protection.UNPROTECTED},
        "encrypt-on-write": {Protection.PARTIAL},
    }
    for start, allowed in wanted.items():
        if row["state"].startswith(start) and seen.protection not in allowed:
            yield f"{seen.protection.value}, though {row['state']}"
    if ";weak" in row["state"] and seen.protection is not Protection.WEAK:
        yield f"{seen.protection.value}, though {row['state']}"
    if row["state"] == "encrypted" and seen.protection not in {Protection.PROTECTED, Protection.WEAK}:
        yield f"{seen.protection.value}, though {row['state']}"
    if seen.bytes_read > VERDICT_BYTES:
        yield f"{seen.bytes_read} bytes read"


def score(corpus: Path) -> list[Score]:
    """Every image of the index. Raises `FileNotFoundError` where one is missing."""
    with (corpus / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    scores: list[Score] = []
    for row in rows:
        if not (corpus / row["path"]).is_file():
            raise FileNotFoundError(row["path"])
        try:
            seen = _look(corpus / row["path"])
        except LossproofError as error:
            named, protection, read, odd = frozenset({"unrecognised"}), None, 0, (str(error),)
        else:
            named = frozenset(layer.scheme for layer in seen.layers)
            protection, read, odd = seen.protection, seen.bytes_read, tuple(_mismatches(row, seen))
        scores.append(
            Score(
                path=row["path"],
                expected=expected_scheme(row),
                state=row["state"],
                named=named,
                protection=protection,
                bytes_read=read,
                mismatches=odd,
            )
        )
    return scores


@contextmanager
def unpacked(corpus: Path) -> Iterator[Path | None]:
    """The folder that holds the images: `corpus` itself, or one unpacked from its archive and removed afterwards."""
    if not (corpus / "INDEX.tsv").is_file() and (corpus / "images.tar.zst").is_file():
        with tempfile.TemporaryDirectory(prefix="lossproof-corpus-") as folder:
            subprocess.run(["tar", "--zstd", "-xSf", str(corpus / "images.tar.zst"), "-C", folder], check=True)
            yield next((index.parent for index in sorted(Path(folder).rglob("INDEX.tsv"))), None)
    else:
        yield corpus if (corpus / "INDEX.tsv").is_file() else None


def _print(scores: list[Score]) -> None:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one in scores:
        table[one.expected][one.result] += 1
    print(f"{'scheme':<28}{'right':>7}{'wrong':>7}{'unrecognised':>14}")
    for scheme, counts in sorted(table.items()):
        must = " *" if scheme in MUST_BE_NAMED else ""
        print(f"{scheme + must:<28}{counts['right']:>7}{counts['wrong']:>7}{counts['unrecognised']:>14}")
    total = Counter(one.result for one in scores)
    print(f"{'all ' + str(len(scores)):<28}{total['right']:>7}{total['wrong']:>7}{total['unrecognised']:>14}")
    print("* must be named\n")
    print(
        "protection:",
        dict(sorted(Counter(one.protection.value if one.protection else "error" for one in scores).items())),
    )
    print(f"bytes read for a verdict: at most {max(one.bytes_read for one in scores):,}")
    false = [one for one in scores if one.is_false_protected]
    print(f"readable and called protected: {len(false)}")
    for one in false:
        print(f"    {one.path}: {one.state}")
    odd = [one for one in scores if one.mismatches or one.result == "wrong"]
    print(f"mismatches: {len(odd)}")
    for one in odd:
        what = [*one.mismatches, *([f"named {sorted(one.named)}, not {one.expected}"] if one.result == "wrong" else [])]
        print(f"    {one.path}: {'; '.join(what)}")


def failures(scores: list[Score]) -> list[str]:
    """What must not be: readable images called protected, and schemes not named that must be."""
    false = [f"{one.path} is readable and was called protected" for one in scores if one.is_false_protected]
    missed = [one for one in scores if one.expected in MUST_BE_NAMED and one.result != "right"]
    return false + [f"{one.path} is {one.expected} and was named {sorted(one.named)}" for one in missed]


def main() -> int:
    """Score and print; the exit status says whether something failed."""
    parser = argparse.ArgumentParser(description="score inspect on real images")
    parser.add_argument("--corpus", type=Path, default=DEFAULT_CORPUS, metavar="DIR", help="folder of images")
    arguments = parser.parse_args()
    with unpacked(arguments.corpus) as corpus:
        if corpus is None:
            print(f"score: no images at {arguments.corpus}, so there is nothing to score (give --corpus DIR)")
            return 0
        scores = score(corpus)
    _print(scores)
    failed = failures(scores)
    for text in failed:
        print(f"score: {text}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
