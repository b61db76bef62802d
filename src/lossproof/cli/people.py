"""`lossproof people union MANIFEST...`: how many distinct people over several devices; exit status 0."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from lossproof.cli import output
from lossproof.errors import InputError

if TYPE_CHECKING:
    from lossproof.jobs.people import GivenManifest
    from lossproof.model.union import ManifestCount, PeopleUnion


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `people`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    text = "count the distinct people over several devices, from their sealed manifests"
    union = actions.add_parser(
        "union", help=text, description=text[0].upper() + text[1:], formatter_class=parser.formatter_class
    )
    union.add_argument("manifests", metavar="MANIFEST", nargs="+", type=Path, help="a sealed manifest")
    union.add_argument(
        "--identity",
        metavar="FILE",
        type=Path,
        required=True,
        help="the identity file of the manifest recipient, as age-keygen makes it",
    )
    union.add_argument(
        "--passphrase-file",
        metavar="FILE",
        type=Path,
        help="the passphrase of a protected identity file (otherwise it is asked for)",
    )
    union.add_argument("--json", action="store_true", help="print one JSON object instead of the report")


def run(arguments: argparse.Namespace) -> int:
    """Run `people union`."""
    from lossproof.cli.ledger.opening import passphrase
    from lossproof.cli.progress import shown
    from lossproof.jobs.people import union
    from lossproof.ledger.manifest import MOST_IDENTITY_FILE_BYTES, read_identities

    paths: list[Path] = arguments.manifests
    identities = read_identities(
        _content(arguments.identity, MOST_IDENTITY_FILE_BYTES),
        lambda: passphrase(arguments.passphrase_file, "the identity file", "--passphrase-file"),
    )
    sizes_bytes = [_size_bytes(path) for path in paths]
    with shown() as progress:

        def told(number: int) -> None:
            if progress is not None:
                progress(number, len(paths), sum(sizes_bytes[:number]), sum(sizes_bytes))

        counted = union(_given(paths), identities, told=told)
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line(asdict(counted)))
    else:
        output.say("\n".join(_report(counted)))
    return 0


def _given(paths: Sequence[Path]) -> Iterator[GivenManifest]:
    from lossproof.jobs.people import GivenManifest
    from lossproof.ledger.manifest import MOST_MANIFEST_BYTES

    for path in paths:
        yield GivenManifest(name=str(path), ciphertext=_content(path, MOST_MANIFEST_BYTES))


def _size_bytes(path: Path) -> int:
    """How long a file is, for the progress bar alone: whether it can be read shows when it is."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _content(path: Path, most_bytes: int) -> bytes:
    """The file's bytes; one more than `most_bytes` where it is longer, for the reader to refuse."""
    try:
        with path.open("rb") as file:
            return file.read(most_bytes + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def _report(counted: PeopleUnion) -> Iterator[str]:
    from lossproof.report.text import amount, printable
    from lossproof.report.words import about, category, people, spread

    devices = len({one.device for one in counted.manifests})
    yield f"{about(counted.people)} on {amount(devices, 'device')}".capitalize()
    if counted.people.low != counted.people.high:
        yield f"range: {spread(counted.people)}"
    for kind, value in counted.people_by_category.items():
        yield f"{category(kind)}: {people(value)}"
    if counted.named_only:
        yield f"and names of {people(counted.named_only)} who are not counted"
    yield ""
    for one in counted.manifests:
        yield f"{printable(one.manifest)}: {about(one.people)}{_remarks(one, counted.rules)}"


def _remarks(one: ManifestCount, rules: int) -> str:
    said = []
    if one.repeats:
        said.append("the same scan as one before, counted once")
    if one.rules != rules:
        said.append(f"first counted by rules {one.rules}, now by rules {rules}")
    return "".join(f"; {remark}" for remark in said)
