"""Logs for the page's tests: honest ones of unusual shape, and what a liar who holds every key would write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lossproof.model.fact import Method, Relation, Role
from verify import building
from verify.building import Book, Members, a_story, identity
from verify.oversteps import OVERSTEPS

Story = Callable[[Book], None]


def every_grade(log: Book) -> None:
    """A key of each role in an organisation of each relation, and what it found out by each method."""
    log.fact("genesis", building.genesis(log.log), log.log, "owner", "trust")
    log.fact("registration", building.device(), "stick")
    for relation in Relation:
        log.fact("registration", building.organisation(relation), relation)
        for role in [role for role in Role if role not in (Role.OWNER, Role.DECIDER)]:
            name = f"{role} of {relation}"
            log.fact("registration", building.key(name, role, relation), name)
            # A register passes on what others report, and looks at nothing itself.
            for method in [Method.REPORTED] if role is Role.REGISTER else Method:
                log.fact("inspection", building.inspection(method), "stick", by=name)
                log.fact("holding", building.holding(method), "stick", by=name)
    log.fact("registration", building.key("stray", "inspector", "nobody's"), "stray")
    log.fact("inspection", building.inspection(), "stick", by="stray")
    log.heads()


def keys_come_and_go(log: Book) -> None:
    """A key that is stolen, one that is ended, one whose enrolment is withdrawn, and facts withdrawn, one of them twice."""
    a_story(log)
    log.fact("registration", building.registration("ended"), "expert")  # ends nothing: nobody has enrolled it yet
    expert = log.fact("registration", building.key("expert", "auditor"), "expert")
    log.fact("inspection", building.inspection("examined"), "stick", by="expert")
    log.fact("compromise", building.compromise("inspector"), "inspector")
    log.fact("registration", building.registration("ended"), "agent")
    log.retract(expert, "expert", by="owner")
    log.fact("registration", building.key("decider", "decider"), "decider")
    log.retract(13, "stick", by="decider")
    log.retract(13, "stick", by="decider")
    both = log.fact("inspection", building.inspection(), "stick", "laptop", by="auditor")
    log.retract(both + 1, "laptop", by="auditor")
    log.heads()


def with_note(members: Members, note: bytes) -> Members:
    """The members with another note of the same tree, in the proofs too."""
    old = members["checkpoint"]
    return {name: raw.replace(old, note) for name, raw in members.items()}


def nameless(members: Members) -> None:
    """Everything that stands in names.json has been erased."""
    members["names.json"] = b"[]"


def _inspects(by: str, **fields: str) -> Story:
    return lambda log: _ignored(log.fact("inspection", building.inspection(), "stick", by=by, **fields))


def _ignored(_: object) -> None:
    """For stories that are one expression."""


def _by_ended(log: Book) -> None:
    log.fact("registration", building.registration("ended"), "agent")
    log.fact("inspection", building.inspection(), "stick", by="agent", true_at="2026-01-05T09:10:00Z")


def _by_stolen(log: Book) -> None:
    log.fact("compromise", building.compromise("agent"), "agent")
    log.fact("inspection", building.inspection(), "stick", by="agent", true_at="2026-01-05T09:10:00Z")


def _by_ended_and_back(log: Book) -> None:
    log.fact("registration", building.registration("ended"), "agent")
    log.fact("registration", building.key("agent", "agent", "contractor"), "agent")
    log.fact("inspection", building.inspection(), "stick", by="agent")


def _speaks_again(lost: str, *about: str) -> Story:
    """The agent's key is lost in some way, is enrolled again about these, and first then speaks of the stick."""

    def story(log: Book) -> None:
        if lost == "stolen":
            log.fact("compromise", building.compromise("agent"), "agent")
        elif lost == "ended":
            log.fact("registration", building.registration("ended"), "agent")
        elif lost == "withdrawn":
            log.retract(6, "agent", by="owner")
        if about:
            log.fact("registration", building.key("agent", "agent", "contractor"), *about)
        log.fact("inspection", building.inspection(), "stick", by="agent", true_at="2026-01-05T09:10:00Z")

    return story


def _states(kind: str, says: Mapping[str, Any], *about: str, by: str = "owner") -> Story:
    return lambda log: _ignored(log.fact(kind, says, *about, by=by))


def _becomes_ours_after_a_withdrawal(log: Book) -> None:
    log.retract(5, "contractor", by="owner")
    log.fact("registration", building.organisation("controller"), "contractor")
    log.fact("inspection", building.inspection(), "stick", by="agent")


def _logged_for_one_of(*about: str) -> Story:
    """An inspection of several subjects, of which the last has no leaf."""

    def story(log: Book) -> None:
        log.fact("inspection", building.inspection(), *about, by="inspector")
        log.entries.pop()

    return story


def took_over(log: Book) -> None:
    """A log that took over from another."""
    earlier = {"origin": building.origin_of("older"), "root": building.DIGEST, "size": 1204}
    log.fact("genesis", building.genesis(log.log, earlier=earlier), log.log, "owner", "trust")
    log.fact("registration", building.device(), "stick")
    log.heads()


def _friend_under(*about: str) -> Story:
    """A new key is enrolled about these, and speaks of the stick."""

    def story(log: Book) -> None:
        log.fact("registration", building.key("friend", "agent"), *about)
        log.fact("inspection", building.inspection(), "stick", by="friend")

    return story


def _enrols_a_friend(log: Book) -> None:
    log.fact("registration", building.key("friend", "agent"), "friend", by="inspector")
    log.fact("inspection", building.inspection(), "stick", by="friend")


def _strange_entry(**fields: object) -> Story:
    """An inspection of the stick, in an entry that says other things."""

    def story(log: Book) -> None:
        leaf = log.fact("inspection", building.inspection(), "stick", by="inspector", true_at="2026-01-05T09:00:00Z")
        log.entries[leaf] = building.canonical(json.loads(log.entries[leaf]) | fields)

    return story


def _again(log: Book) -> None:
    """The last fact about the stick once more."""
    log.entry("fact", identity("stick"), json.loads(log.entries[16])["digest"])


_LIES: dict[str, Story] = {
    "stated by a key that nobody enrolled": _inspects("stranger"),
    "stated by the log key": _inspects("log"),
    "stated by an owner": _inspects("owner"),
    "true later than known": _inspects("auditor", true_at="2026-01-05T09:30:00Z"),
    "an inspector enrols a friend": _enrols_a_friend,
    "an inspector replays": lambda log: _ignored(
        log.fact("replay", {"root": building.DIGEST, "size": 3, "tool": building.TOOL}, log.log, by="inspector")
    ),
    "another's fact is withdrawn": lambda log: _ignored(log.retract(10, "stick", by="agent")),
    "a fact of another device is withdrawn": lambda log: _ignored(log.retract(9, "stick", by="inspector")),
    "a fact that is not there is withdrawn": lambda log: _ignored(
        log.retract(10, "stick", by="inspector", envelope=building.DIGEST)
    ),
    "a second genesis": lambda log: _ignored(log.fact("genesis", building.genesis(log.log), log.log)),
    "a key whose use ended": _by_ended,
    "a stolen key": _by_stolen,
    "an ended key comes back": _by_ended_and_back,
    "a key is enrolled for another role": _states("registration", building.key("inspector", "auditor"), "inspector"),
    "the owner's key is enrolled again": _states("registration", building.key("owner", "owner"), "owner"),
    "a key under another subject": _friend_under("disguise"),
    "a key under two subjects": _friend_under("friend", "disguise"),
    "a key that is enrolled under another subject later": _speaks_again("", "disguise"),
    "a stolen key under another subject": _speaks_again("stolen", "disguise"),
    "an ended key under another subject": _speaks_again("ended", "disguise"),
    "a key whose enrolment was withdrawn": _speaks_again("withdrawn"),
    "a key whose enrolment was withdrawn comes back": _speaks_again("withdrawn", "agent"),
    "a theft is filed under the device": _states("compromise", building.compromise("agent"), "stick"),
    "a theft is filed under the device too": _states("compromise", building.compromise("agent"), "agent", "stick"),
    "two devices in one registration": _states("registration", building.device(), "stick", "laptop"),
    "the contractor becomes the controller": _states("registration", building.organisation("controller"), "contractor"),
    "the controller becomes a contractor": _states("registration", building.organisation("processor"), "trust"),
    "the contractor becomes the controller after a withdrawal": _becomes_ours_after_a_withdrawal,
    "a replay of more than there was": _states(
        "replay", {"root": building.DIGEST, "size": 19, "tool": building.TOOL}, "log", by="auditor"
    ),
    "a fact is logged twice": _again,
    "a fact is not logged for the device": _logged_for_one_of("trust", "stick"),
    "a fact is logged for the device alone": _logged_for_one_of("stick", "trust"),
    "the clock goes back": _strange_entry(known_at="2026-01-05T09:00:00.000Z"),
    "a chain skips a leaf": _strange_entry(previous=10),
    "a chain goes forward": _strange_entry(previous=40),
    "a chain goes to another subject": _strange_entry(previous=9),
    "a chain begins again": _strange_entry(previous=None),
}


def _genesis_story(by: str = "owner", **fields: str) -> Story:
    def story(log: Book) -> None:
        log.fact("genesis", building.genesis(log.log, **fields), log.log, "owner", "trust", by=by)
        if by != "owner":
            log.fact("registration", building.key(by, "owner"), by, by=by)
        log.fact("registration", building.device(), "stick", by=by)
        log.heads()

    return story


def _other_owner(log: Book) -> None:
    log.fact("genesis", building.genesis(log.log, owner=identity("disguise")), log.log, "disguise", "trust")
    log.fact("registration", building.device(), "stick")
    log.heads()


def lying_logs() -> Iterator[tuple[str, Story, int]]:
    """(name, story, how many entries at its end may be left out of the pack): each is to be refused."""
    for name, lie in (_LIES | OVERSTEPS).items():
        yield name, _told_last(lie), 1
    yield "a genesis of another log", _genesis_story(origin=building.origin_of("other")), 0
    yield "a genesis with another log key", _genesis_story(log_key=building.public("other").hex()), 0
    yield "a genesis that its owner did not sign", _genesis_story("other"), 0
    yield "a genesis with its owner under another subject", _other_owner, 0


def _told_last(lie: Story) -> Story:
    def story(log: Book) -> None:
        a_story(log)
        lie(log)
        log.heads()

    return story
