"""Logs of an operator who has every key, where the lie is about the tail: beside `stories.lying_logs`, whose last leaf is a
heads leaf. Each gives a pack that is to be refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from verify import building
from verify.building import Book, a_story, identity, root_of
from verify.oversteps import OVERSTEPS

Lie = Callable[[Book], object]


def replay(log: Book, size: int, root: str = "", *about: str) -> int:
    """A replay by the auditor of that many leaves; the root is the log's own unless given."""
    says = {"root": root or root_of(log.hashes(size)).hex(), "size": size, "tool": building.TOOL}
    return log.fact("replay", says, *(about or (log.log,)), by="auditor")


def once_more(about: str, leaf: int) -> Lie:
    """The envelope of a leaf in another leaf about the same."""
    return lambda log: log.entry("fact", identity(about), json.loads(log.entries[leaf])["digest"])


def _there_and_back(log: Book) -> None:
    log.fact("registration", building.organisation("controller"), "contractor")
    log.fact("inspection", building.inspection(), "stick", by="agent")
    log.fact("registration", building.organisation("processor"), "contractor")


def _withdrawn_too_late(log: Book) -> None:
    log.retract(replay(log, 14, building.DIGEST), log.log, by="auditor")


_SPEAKERS: dict[str, Lie] = {
    "a contractor is the controller for one leaf": _there_and_back,
    "a key is enrolled once more in the tail": lambda log: log.fact(
        "registration", building.key("agent", "agent", "contractor"), "agent"
    ),
    "a fork replayed up to an earlier checkpoint": lambda log: replay(log, 5, building.DIGEST),
    "a fork replayed up to the heads leaf": lambda log: replay(log, 12, building.DIGEST),
    "a fork replayed beyond it": lambda log: replay(log, 14, building.DIGEST),
    "a fork replayed up to now": lambda log: replay(log, len(log.entries), building.DIGEST),
    "a fork replayed, which is withdrawn": _withdrawn_too_late,
    "a replay of itself": lambda log: replay(log, len(log.entries) + 1, building.DIGEST),
    "a replay of what is yet to come": lambda log: replay(log, 900_000, building.DIGEST),
}
_CHAINS = {
    "an inspection in the tail once more": once_more("stick", 16),
    "an inspection of before once more": once_more("stick", 10),
    "an enrolment once more": once_more("agent", 6),
}


def crooked_logs() -> Iterator[tuple[str, Callable[[Book], None], str]]:
    """(name, story, part) for `build(story=story)`: it puts in the earlier checkpoint of size 5, and the heads leaf is leaf 12."""
    for part, lies in (("key", _SPEAKERS | OVERSTEPS), ("chain", _CHAINS)):
        for name, lie in lies.items():
            yield name, _told(lie), part


def _told(lie: Lie) -> Callable[[Book], None]:
    def story(log: Book) -> None:
        a_story(log)
        lie(log)

    return story
