"""What a register may not do, told as the end of a story: each is to be refused at step 14, by everybody. And what it may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from verify import building
from verify.building import Book, a_story

Story = Callable[[Book], None]


def _states(by: str, kind: str, says: Mapping[str, Any], *about: str) -> Story:
    """A key of the trust, called by its role, states it. The register's is enrolled first, and those that no story has."""

    def story(log: Book) -> None:
        _enrol(log, by)
        log.fact(kind, says, *about, by=by)

    return story


def _enrol(log: Book, role: str) -> None:
    if role not in ("owner", "inspector", "auditor"):
        log.fact("registration", building.key(role, "agent" if role == "robot" else role), role)


def _lets_in(role: str, kind: str, says: Mapping[str, Any], *about: str) -> Story:
    """A register enrols a key of this role, which then speaks."""

    def story(log: Book) -> None:
        _enrol(log, "register")
        log.fact("registration", building.key("friend", role), "friend", by="register")
        log.fact(kind, says, *about, by="friend")

    return story


def _withdraws_an_enrolment(log: Book) -> None:
    _enrol(log, "register")
    log.retract(4, "inspector", by="register")


def _ends_what_it_let_in(log: Book) -> None:
    """The agent of a register, whose use the register ended, speaks on."""
    _lets_in("agent", "inspection", building.inspection(), "stick")(log)
    log.fact("registration", building.registration("ended"), "friend", by="register")
    log.fact("inspection", building.inspection(), "stick", by="friend")


def _withdraws_what_it_let_in(log: Book) -> None:
    _enrol(log, "register")
    leaf = log.fact("registration", building.key("friend", "agent"), "friend", by="register")
    log.retract(leaf, "friend", by="register")
    log.fact("inspection", building.inspection(), "stick", by="friend")


def _speaks_before_it_is_enrolled(log: Book) -> None:
    log.fact("custody", building.custody("offered"), "stick", by="register")
    _enrol(log, "register")


def _ends_itself(log: Book) -> None:
    _enrol(log, "register")
    log.fact("custody", building.custody("sighted"), "stick", by="register")  # so that the pack relies on it
    log.fact("registration", building.registration("ended"), "register", by="register")


def _speaks_on(log: Book) -> None:
    _enrol(log, "register")
    log.fact("registration", building.registration("ended"), "register")
    log.fact("custody", building.custody("offered"), "stick", by="register")


_ENDED = building.registration("ended")
_REPLAY = {"root": building.DIGEST, "size": 3, "tool": building.TOOL}
_RECIPIENT = building.registration(recipient="age1" + "q" * 58)

OVERSTEPS: dict[str, Story] = {
    "a register enrols an auditor": _lets_in("auditor", "inspection", building.inspection("examined"), "stick"),
    "a register enrols an owner": _lets_in("owner", "registration", building.device(), "stick"),
    "a register enrols a decider": _lets_in("decider", "compromise", building.compromise("agent"), "agent"),
    "a register enrols a register": _lets_in("register", "custody", building.custody("offered"), "stick"),
    "a register enrols a recipient": _states("register", "registration", _RECIPIENT, "log"),
    "a register ends an owner": _states("register", "registration", _ENDED, "owner"),
    "a register ends an auditor": _states("register", "registration", _ENDED, "auditor"),
    "a register ends itself": _ends_itself,
    "a register ends what the log is sealed to": _states("register", "registration", _ENDED, "log"),
    "a register says who the controller is": _states(
        "register", "registration", building.organisation("controller"), "stick"
    ),
    "a register registers the controller again": _states(
        "register", "registration", building.organisation("controller"), "trust"
    ),
    "a register ends the controller": _states("register", "registration", _ENDED, "trust"),
    "a register inspects": _states("register", "inspection", building.inspection(), "stick"),
    "a register examines": _states("register", "inspection", building.inspection("examined"), "stick"),
    "a register counts people": _states("register", "holding", building.holding(), "stick"),
    "a register calls a key compromised": _states("register", "compromise", building.compromise("agent"), "agent"),
    "a register replays": _states("register", "replay", _REPLAY, "log"),
    "a register withdraws an owner's enrolment": _withdraws_an_enrolment,
    "a register's agent speaks on when it has ended": _ends_what_it_let_in,
    "a register's agent speaks on when it is withdrawn": _withdraws_what_it_let_in,
    "a register speaks before it is enrolled": _speaks_before_it_is_enrolled,
    "a register speaks on when it has ended": _speaks_on,
}
OVERSTEPS |= {
    f"custody as {by} says": _states(by, "custody", building.custody("sighted"), "stick")
    for by in ("inspector", "robot", "importer", "auditor", "decider")
}
OVERSTEPS |= {
    f"a request as {by} says": _states(by, "request", building.request(), "stick")
    for by in ("inspector", "robot", "importer", "auditor", "decider")
}
OVERSTEPS |= {
    f"rules as {by} says": _states(by, "policy", building.rules(), "trust")
    for by in ("inspector", "robot", "importer", "auditor")
}
OVERSTEPS |= {
    # About the stick, or nothing of it would be in the pack.
    f"{name} as {by} says": _states(by, "registration", says, "stick")
    for by in ("inspector", "robot", "auditor", "decider")
    for name, says in {
        "a person": building.person("staff"),
        "an exception": building.exception(),
        "an organisation": building.organisation("processor"),
        "an end": _ENDED,
    }.items()
}


def _after_a_story(story: Story) -> Story:
    def whole(log: Book) -> None:
        a_story(log)
        story(log)

    return whole


def steps() -> dict[str, Story]:
    """What a register, an owner and a decider may state: each a whole story."""
    allowed = {
        "a register enrols an inspector": _lets_in("inspector", "inspection", building.inspection(), "stick"),
        "a register enrols an importer": _lets_in("importer", "holding", building.holding("reported"), "stick"),
        "a register ends an agent of the contractor": _states("register", "registration", _ENDED, "agent"),
        "a register ends an inspector": _states("register", "registration", _ENDED, "inspector"),
        "a register ends a device": _states("register", "registration", _ENDED, "stick"),
        "a register ends the contractor": _states("register", "registration", _ENDED, "contractor"),
        "a register ends what nobody enrolled": _states("register", "registration", _ENDED, "stranger"),
        "a register names an organisation": _states(
            "register", "registration", building.organisation("processor"), "contractor"
        ),
        "a register registers a device": _states("register", "registration", building.device(), "stick"),
        "an owner says who has it": _states("owner", "custody", building.custody("sighted", by=None), "stick"),
        "an owner makes an exception": _states("owner", "registration", building.exception(), "stick"),
        "a decider sets rules": _states("decider", "policy", building.rules(2), "trust"),
        "under an exception that nobody made": _states(
            "register", "custody", building.custody("offered", exception=building.identity("nobody's")), "stick"
        ),
        "under an exception that is the device": _states(
            "register", "custody", building.custody("offered", exception=building.identity("stick")), "stick"
        ),
    }
    return {name: _after_a_story(story) for name, story in allowed.items()}
