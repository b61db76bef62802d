"""Results of checked packs, as reports are drawn from them."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

from ledger.mutants import Stage
from ledger.packs import random_pack
from lossproof.ledger.pack_forms import NameKind
from lossproof.ledger.trust import NONE
from lossproof.ledger.verification import check_pack
from lossproof.model.fact import Authentication, Method, Relation, Role
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.genesis import EarlierLog
from lossproof.model.facts.registration import Action, Organisation
from lossproof.model.pack import PackResult

HOSTILE = "\u202e<script>alert('x')</script>\x1b[31m & \ud7ff\U000e0041"


def plain() -> PackResult:
    """Two witnesses, two inspections, a holding."""
    stage = Stage(random.Random(1))
    made = stage.done(since=stage.had)
    return check_pack(made.pack, policy=made.policy, since=made.since)


def withdrawn() -> PackResult:
    """A retraction, a compromised key, a replay; nobody witnessed it."""
    stage = Stage(random.Random(2))
    log = stage.log
    log.witnesses = []
    log.notes.clear()
    log.retract(stage.decider, stage.first)
    log.heads_leaf()
    log.replay(stage.auditor)
    log.compromise(stage.agent)
    return check_pack(stage.done(policy=log.policy(NONE)).pack, policy=log.policy(NONE))


def registered() -> PackResult:
    """What a register states for people: custody, a request, rules, an exception, an agent of its own."""
    stage = Stage(random.Random(8))
    log = stage.log
    register = log.enrol(Role.REGISTER)
    nurse = log.person(register)
    leave = log.exception(register, stage.device)
    stage.fact(log.enrol(Role.AGENT, by=register))
    offer = {"event": CustodyEvent.OFFERED, "by": nurse, "to": nurse, "reason": "issued"}
    log.custody(register, stage.device, **offer, authenticated=Authentication.TOTP, exception=leave, proof=None)
    log.custody(register, stage.device, event=CustodyEvent.ACCEPTED, by=nurse, authenticated=Authentication.LINK)
    log.custody(register, stage.device, event=CustodyEvent.FOUND, by=None, authenticated=Authentication.PASSKEY)
    log.request(register, stage.device)
    log.rules(register)
    log.state(register, log.inspection(method=Method.REPORTED), stage.device)
    made = stage.done()
    return check_pack(made.pack, policy=made.policy)


def many() -> PackResult:
    """A hundred facts, all kinds."""
    made = random_pack(random.Random(3), facts=100)
    return check_pack(made.pack, policy=made.policy)


def hostile() -> PackResult:
    """Names that would do harm where they were not made harmless."""
    stage = Stage(random.Random(4))
    log = stage.log
    name = log.named(NameKind.ORGANISATION, HOSTILE)
    thing = Organisation(relation=Relation.PROCESSOR, name=name)
    log.register(log.owner, stage.processor, Action.CHANGED, organisation=thing)
    stage.device = log.device(stage.inspector, HOSTILE)
    stage.fact(stage.agent)
    made = stage.done()
    return check_pack(made.pack, policy=made.policy)


def unknown() -> PackResult:
    """A device that was registered and never looked at."""
    stage = Stage(random.Random(5))
    stage.device = stage.log.device()
    made = stage.done()
    return check_pack(made.pack, policy=made.policy)


def unproved() -> PackResult:
    """Without a policy."""
    return check_pack(Stage(random.Random(6)).done().pack)


def partly() -> PackResult:
    """A log that took over from another; its witnesses have not seen the newest fact about the device."""
    stage = Stage(random.Random(7), earlier=EarlierLog(origin=f"lossproof/{'a' * 32}", size=5000, root="b" * 64))
    stage.log.heads_leaf()
    stage.fact()
    stage.log.checkpoint_now(cosigners=())
    made = stage.done(policy=stage.log.policy(NONE))
    return check_pack(made.pack, policy=made.policy)


ALL: dict[str, Callable[[], PackResult]] = {
    make.__name__: cache(make) for make in (plain, withdrawn, registered, many, hostile, unknown, unproved, partly)
}
