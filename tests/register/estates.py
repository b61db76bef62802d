"""Devices of a test site, for pages that list them: registered by hand or by an agent, checked, handed out, asked about."""

from __future__ import annotations

from typing import Any

from jobs.handing import ENCRYPTED, PLAIN
from ledger.world import made_key
from lossproof.jobs import requests
from lossproof.jobs.agents import enrol_agent
from lossproof.jobs.devices import register_device
from lossproof.jobs.stating import Speaker, signed
from lossproof.ledger.keys import PrivateKey
from lossproof.model.fact import Authentication, Method, Role
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import DeviceKind
from lossproof.model.facts.request import Ask
from lossproof.model.volume import Access, Protection
from lossproof.wire.facts import subject_of
from register.sites import Site

HEADER = "e1" * 32


class Shelf:
    """The devices of a site, and a key of an agent that checks them."""

    def __init__(self, site: Site, name: str = "shelf", role: Role = Role.AGENT) -> None:
        self.site = site
        self.agent: PrivateKey = made_key(name)
        with site.ledger.write() as writer:
            enrol_agent(writer, site.key, self.agent.public, role, organisation=site.controller)
        self.settle()

    def settle(self) -> None:
        from lossproof.register.projection import catch_up

        catch_up(self.site.ledger)

    def device(self, tag: str | None = None, *, kind: DeviceKind = DeviceKind.STICK, **more: Any) -> str:
        home = more.pop("organisation", self.site.controller)
        made = register_device(
            self.site.ledger, more.pop("by", self.site.key), kind, asset_tag=tag, organisation=home, **more
        )
        self.settle()
        return made.registered["device"]

    def check(self, device: str, *, protected: bool = True) -> None:
        fact = InspectionFact(
            true_at=self.site.clock.moment(),
            method=Method.READ,
            tool="lossproof 0.1.0",
            size_bytes=1 << 30,
            bytes_read=4096,
            header=HEADER,
            serial=None,
            layers=(ENCRYPTED if protected else PLAIN,),
            disagreements=(),
            shown=Protection.PROTECTED if protected else Protection.UNPROTECTED,
            access=Access.NO,
            table="ab" * 32,
        )
        self.state(signed(self.agent, fact, subject_of(device)))

    def hand(self, device: str, duty: str = "staff", event: CustodyEvent = CustodyEvent.ACCEPTED) -> None:
        """What custody says of a device, past the gate: a log may hold it, however it came there."""
        person = self.site.people[duty]
        for one in (CustodyEvent.OFFERED, event) if event is CustodyEvent.ACCEPTED else (event,):
            fact = Custody(
                true_at=self.site.clock.moment(),
                event=one,
                by=self.site.people["it"],
                authenticated=Authentication.TOTP,
                to=person if one in {CustodyEvent.OFFERED, CustodyEvent.ACCEPTED} else None,
                organisation=None,
                handover="ab" * 16,
            )
            self.state(signed(self.site.key, fact, subject_of(device)))

    def ask(self, device: str, wanted: Ask = Ask.ENCRYPT) -> str:
        speaker = Speaker(key=self.site.key, by=self.site.people["staff"], authenticated=Authentication.PASSWORD)
        with self.site.ledger.write() as writer:
            request = requests.ask(writer, speaker, device, wanted)
        self.settle()
        return request

    def state(self, *envelopes: bytes) -> None:
        with self.site.ledger.write() as writer:
            for envelope in envelopes:
                writer.append(envelope)
        self.settle()


def text_of(answer: Any) -> str:
    return answer.content.decode()


def queries_of(client: Any, address: str) -> int:
    """How many SQL statements one look at a page takes, once everything is warm."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)
