"""A made-up estate in a site: devices with tags, checks by IT's own key, hand-overs by link."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from typing import Any

from fact_samples import LAYER, SAMPLES
from ledger.world import made_key
from lossproof.jobs.agents import enrol_agent
from lossproof.jobs.stating import signed
from lossproof.ledger.keys import PrivateKey
from lossproof.model.fact import Method, Role
from lossproof.model.facts.holding import PeopleCount
from lossproof.model.facts.inspection import LayerKdf, LayerProtector
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Registration,
)
from lossproof.wire.facts import subject_of
from register.sites import Site

INSPECTOR = made_key("IT's own")
KDF = LayerKdf(name="argon2id", hash="sha256", iterations=4, memory_kib=1 << 20, lanes=4)
SOUND = replace(
    LAYER, parent=None, uuid=None, protectors=(LayerProtector(kind="keyslot", kdf=KDF),), findings=(), extents=()
)
PLAIN = replace(SOUND, scheme="ext", cipher=None, key_bits=None, state=None, protectors=())
_TOKEN = re.compile(r"/accept/([\w-]+)")


def device(site: Site, tag: str, kind: DeviceKind = DeviceKind.STICK, organisation: str = "", serial: str = "") -> str:
    """Register one, with the header that a check of it will show."""
    from lossproof.register.devices import acts
    from lossproof.register.projection import apply

    home = organisation or site.controller
    made = acts.new_device(site.ledger, site.key, kind=kind, organisation=home, asset_tag=tag, serial=serial)
    with site.ledger.write() as writer:
        found = writer.projection.device(made)
        known = tuple(DeviceIdentifier(scheme=IdentifierScheme(a), digest=b) for a, b in found.identifiers)
        header = DeviceIdentifier(scheme=IdentifierScheme.HEADER, digest=header_of(tag))
        thing = Device(kind=kind, organisation=home, identifiers=(*known, header))
        fact = Registration(true_at=site.clock.moment(), action=Action.CHANGED, device=thing)
        writer.append(signed(site.key, fact, subject_of(made)))
        apply(writer)
    return made


def header_of(tag: str) -> str:
    return sha256(tag.encode()).hexdigest()


def check(site: Site, subject: str, tag: str, layer: Any = SOUND, by: PrivateKey = INSPECTOR) -> None:
    """IT looks at a device with a key of its own."""
    from lossproof.register.projection import apply

    (sample,) = SAMPLES["inspection"]
    site.clock.turn(seconds=1)
    fact = replace(
        sample,
        true_at=site.clock.moment(),
        method=Method.READ,
        header=header_of(tag),
        serial=None,
        layers=(layer,),
        disagreements=(),
    )
    with site.ledger.write() as writer:
        _enrol(site, writer, by)
        writer.append(signed(by, fact, subject_of(subject)))
        apply(writer)


def count(site: Site, subject: str, people: int) -> None:
    """IT counts the people on a device."""
    from lossproof.register.projection import apply

    (sample,) = SAMPLES["holding"]
    site.clock.turn(seconds=1)
    found = PeopleCount(low=people, point=people, high=people + 2)
    nobody = PeopleCount(low=0, point=0, high=0)
    fact = replace(
        sample,
        true_at=site.clock.moment(),
        people=found,
        raw=nobody,
        people_by_category={"health": people},
        not_examined={},
        manifest=None,
        scan=sha256(f"{subject}{site.clock.moment()}".encode()).hexdigest()[:32],
    )
    with site.ledger.write() as writer:
        _enrol(site, writer, INSPECTOR)
        writer.append(signed(INSPECTOR, fact, subject_of(subject)))
        apply(writer)


def checked(site: Site, tag: str, **more: Any) -> str:
    """A device that may be handed over now: counted, and checked after that."""
    made = device(site, tag, **more)
    count(site, made, 0)
    check(site, made, tag)
    return made


def offered(site: Site, *tags: str, to: str = "staff@example.org") -> str:
    """Hand these devices over through the page; the token of the link."""
    page = site.client_of("it").post("/hand-over", {"devices": "\n".join(tags), "email": to, "reason": "issued"})
    found = _TOKEN.search(page.content.decode())
    assert page.status_code == 200 and found, page.content.decode()
    site.clock.turn(seconds=1)
    return found[1]


def held(site: Site, tag: str, duty: str = "staff", **more: Any) -> str:
    """A device that somebody has accepted."""
    made = checked(site, tag, **more)
    token = offered(site, tag, to=f"{duty}@example.org")
    answered = site.client().post(f"/accept/{token}", {"device": made, "agreed": "on", "act": "accept"})
    assert answered.status_code == 302 and answered.url == "/accepted", answered.content.decode()
    site.clock.turn(seconds=1)
    return made


def _enrol(site: Site, writer: Any, key: PrivateKey) -> None:
    if writer.projection.key(key.keyid) is None:
        enrol_agent(writer, site.key, key.public, Role.INSPECTOR, organisation=site.controller)
