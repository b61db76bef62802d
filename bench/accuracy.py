"""What was found on labelled sticks, against what is there: people, identifiers, and files that hold nobody."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from lossproof.errors import FormatError
from lossproof.jobs.discovery import discover_folder, discover_image
from lossproof.jobs.inspection import inspect_target
from lossproof.model.holding import Holding

MEASURED = ("nhs_number", "nino", "pnc_id", "cro_number", "prison_number")
SHORT_NAMES = {"nhs": "nhs_number", "nino": "nino", "pnc": "pnc_id", "cro": "cro_number", "prison": "prison_number"}


class Stick(NamedTuple):
    """A labelled stick: its folder and image, how many people (`high` where some cannot be joined by any method), the
    identifiers by kind, people by category, and the files that hold nobody."""

    name: str
    folder: Path
    image: Path
    core: int
    high: int
    values: dict[str, set[str]]
    categories: dict[str, int]
    empty_files: frozenset[str]


class Score(NamedTuple):
    """One stick read one way."""

    stick: Stick
    way: str
    holding: Holding

    @property
    def error_percent(self) -> float:
        """How far the point is from the nearest right answer, in percent of the truth."""
        point = self.holding.people.point
        distance = max(self.stick.core - point, point - self.stick.high, 0)
        return 100 * distance / self.stick.core

    @property
    def strict_percent(self) -> float:
        """How far the point is from `core`, in percent, with its sign."""
        return 100 * (self.holding.people.point - self.stick.core) / self.stick.core

    @property
    def truth_in_range(self) -> bool:
        """Whether the true number of people lies in the stated range."""
        return self.holding.people.low <= self.stick.core <= self.holding.people.high

    @property
    def width_percent(self) -> float:
        """The width of the range, in percent of the point."""
        people = self.holding.people
        return 100 * (people.high - people.low) / max(people.point, 1)

    def recall_and_precision(self, kind: str) -> tuple[float, float]:
        """Of the distinct values of one identifier."""
        truth, found = self.stick.values[kind], canonical(kind, self.holding.samples.get(kind, ()))
        return len(truth & found) / max(len(truth), 1), len(truth & found) / max(len(found), 1)

    @property
    def people_in_empty_files(self) -> int:
        """People counted in files that hold nobody."""
        return sum(file.people for file in self.holding.files if plain(file.path) in self.stick.empty_files)


def plain(path: str) -> str:
    """A file's path on the stick, without the number of its volume."""
    head, _, tail = path.partition("/")
    return tail if ":" in head and tail else path


def canonical(kind: str, values: tuple[str, ...] | list[str] | set[str]) -> set[str]:
    """Values as the product writes them, so that two ways of writing a number are one."""
    validate: Callable[[str], str] = import_module(f"lossproof.discover.identifiers.{kind}").validate
    found = set()
    for value in values:
        try:
            found.add(validate(value))
        except FormatError:
            found.add(value)
    return found


def sample_stick(name: str, folder: Path, image: Path, truth_file: Path) -> Stick:
    """A stick that `lossproof sample` made."""
    truth = json.loads(truth_file.read_text(encoding="utf-8"))
    values: dict[str, set[str]] = defaultdict(set)
    for mention in truth["mention_list"]:
        for kind in MEASURED:
            if kind in mention:
                values[kind].add(mention[kind])
    return Stick(
        name,
        folder,
        image,
        truth["distinct_people_core"],
        truth["distinct_people_core"] + truth["unlinkable_people"],
        {kind: canonical(kind, values[kind]) for kind in MEASURED},
        {"health": truth["health_people"], "criminal_offence": truth["criminal_offence_people"]},
        frozenset(truth["files_without_people"]),
    )


def reference_stick(name: str, root: Path, image: Path) -> Stick:
    """A stick made by the reference generator: `stick`, `truth.json` and `mentions.jsonl` below `root`."""
    truth = json.loads((root / "truth.json").read_text(encoding="utf-8"))
    values: dict[str, set[str]] = defaultdict(set)
    for line in (root / "mentions.jsonl").read_text(encoding="utf-8").splitlines():
        mention = json.loads(line)
        for short, kind in SHORT_NAMES.items():
            if mention.get(short):
                values[kind].add(mention[short])
    files = {path.relative_to(root / "stick").as_posix() for path in (root / "stick").rglob("*") if path.is_file()}
    return Stick(
        name,
        root / "stick",
        image,
        truth["distinct_people_core"],
        truth["distinct_people_core"] + truth["unlinkable_people"],
        {kind: canonical(kind, values[kind]) for kind in MEASURED},
        {"health": truth["health_people"], "criminal_offence": truth["criminal_offence_people"]},
        frozenset(files - set(truth["files"])),
    )


def scores(stick: Stick) -> list[Score]:
    """The stick read as a folder, and as a disk image."""
    as_folder = discover_folder(stick.folder, show=True).holding
    as_image = discover_image(stick.image, inspect_target(stick.image), show=True)
    if as_image is None:
        raise SystemExit(f"{stick.name}: the image was not examined")
    return [Score(stick, "folder", as_folder), Score(stick, "image", as_image.holding)]
