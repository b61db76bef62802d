"""A made-up ledger with a register: people, a contractor, devices that were checked, and rules to hand them over by."""

from __future__ import annotations

from dataclasses import replace

from fact_samples import LAYER
from ledger.world import INSPECTOR, REGISTER, World, made_key
from lossproof.jobs.stating import Speaker
from lossproof.ledger.keys import PrivateKey
from lossproof.model.fact import Authentication, Duty, Method, Relation, Role
from lossproof.model.facts.inspection import InspectionFact, LayerExtent, LayerKdf, LayerProtector
from lossproof.model.facts.registration import IdentifierScheme, Organisation
from lossproof.model.volume import Access, Content, Protection
from lossproof.policy.rules import compile_rules, shipped_rules

RULES = compile_rules(shipped_rules())
HEADER = "e1" * 32
CONTRACTORS = made_key("contractor")
NURSES = made_key("nurse")

_KDF = LayerKdf(name="argon2id", hash="sha256", iterations=4, memory_kib=1 << 20, lanes=4)
_WHOLE = LayerExtent(offset_bytes=0, size_bytes=1 << 30, content=Content.CIPHERTEXT)
ENCRYPTED = replace(
    LAYER,
    findings=(),
    size_bytes=1 << 30,
    protectors=(LayerProtector(kind="keyslot", kdf=_KDF),),
    extents=(_WHOLE,),
)
PLAIN = replace(
    LAYER,
    scheme="fat",
    cipher=None,
    key_bits=None,
    state=None,
    protectors=(),
    findings=(),
    extents=(replace(_WHOLE, content=Content.PLAINTEXT),),
)


class Desk:
    """IT's desk: `world` with a register's key, an IT officer, a lead, two nurses, and a contractor's man."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.it, self.lead, self.nurse, self.other, self.man, self.firm = (world.new_id() for _ in range(6))
        firm = Organisation(relation=Relation.PROCESSOR, name=None)
        world.append(
            world.enrolment(REGISTER, Role.REGISTER),
            world.registration(self.firm, organisation=firm, by=REGISTER),
            world.person(self.it, Duty.IT),
            world.person(self.lead, Duty.GOVERNANCE_LEAD),
            world.person(self.nurse, Duty.STAFF),
            world.person(self.other, Duty.STAFF),
            world.person(self.man, Duty.CONTRACTOR, organisation=self.firm),
            world.enrolled_for(CONTRACTORS, Role.AGENT, organisation=self.firm),
            world.enrolled_for(NURSES, Role.INSPECTOR, person=self.nurse),
        )

    def speaker(self, by: str | None = None, authenticated: Authentication = Authentication.TOTP) -> Speaker:
        return Speaker(key=REGISTER, by=by or self.it, authenticated=authenticated)

    def device(self, *, header: str = HEADER, serial: str | None = None) -> str:
        """A device that is registered."""
        device = self.world.new_id()
        marks = [(IdentifierScheme.HEADER, header), *([(IdentifierScheme.SERIAL, serial)] if serial else [])]
        self.world.append(self.world.device(device, *marks, by=REGISTER))
        return device

    def inspection(
        self,
        device: str,
        *,
        by: PrivateKey = INSPECTOR,
        layers: tuple[object, ...] = (ENCRYPTED,),
        method: Method = Method.READ,
        header: str = HEADER,
        serial: str | None = None,
    ) -> bytes:
        fact = InspectionFact(
            true_at=self.world.clock.moment(),
            method=method,
            tool="lossproof 0.1.0",
            size_bytes=1 << 30,
            bytes_read=4096,
            header=header,
            serial=serial,
            layers=layers,
            disagreements=(),
            shown=Protection.PROTECTED,
            access=Access.NO,
            table="ab" * 32,
        )
        return self.world.signed(fact, device, by=by)

    def check(self, device: str, **more: object) -> int:
        """The leaf of a check that was done now."""
        (receipt,) = self.world.append(self.inspection(device, **more))
        return receipt.leaves[0]

    def checked_device(self, **more: str) -> str:
        device = self.device(**more)
        self.check(device, **more)
        return device
