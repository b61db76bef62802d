"""Random logs over a few devices: every kind of fact that the register's tables hold, in any order, by keys of every sort.

The log takes in what its rules permit; what it refuses is left out, so that the logs are as tangled as real ones can be: facts that
come in late, events that custody does not permit, retractions, ended and compromised keys, devices nobody registered.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from fact_samples import LAYER, SAMPLES
from ledger.world import INSPECTOR, OWNER, World, made_key
from lossproof.errors import InputError, PolicyError
from lossproof.ledger.envelope import sign_statement
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.model.fact import Authentication, Duty, Method, Relation, Role, Statement
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.facts.holding import PeopleCount
from lossproof.model.facts.policy import Policy
from lossproof.model.facts.registration import Action, DeviceKind, Exemption, IdentifierScheme, Organisation, Person
from lossproof.model.facts.request import Ask, Request
from lossproof.model.facts.retraction import Retraction, RetractionReason
from lossproof.wire.facts import encode_statement

(INSPECTION,) = SAMPLES["inspection"]
(HOLDING,) = SAMPLES["holding"]

ROLES = {
    "auditor": Role.AUDITOR,
    "importer": Role.IMPORTER,
    "agent": Role.AGENT,
    "register": Role.REGISTER,
    "decider": Role.DECIDER,
}
SCHEMES = ("luks2", "ext", "bitlocker", "unrecognised", "blank")


class MadeLog:
    """A world with organisations, people and keys, and a step that adds any fact."""

    def __init__(self, world: World, seed: int, devices: int = 6) -> None:
        self.world = world
        self.draw = Random(seed)
        self.devices = [world.new_id() for _ in range(devices)]
        self.people = [world.new_id() for _ in range(4)]
        self.exceptions: list[str] = []
        self.requests = [world.new_id() for _ in range(3)]
        self.keys: dict[str, PrivateKey] = {"inspector": INSPECTOR, "owner": OWNER}
        self.contractor = world.new_id()
        self.rules: list[str] = []
        self._begin()

    def _begin(self) -> None:
        world = self.world
        home = Organisation(relation=Relation.PROCESSOR, name=None)
        world.append(world.registration(self.contractor, organisation=home))
        for name, role in ROLES.items():
            self.keys[name] = made_key(name)
            world.append(world.enrolment(self.keys[name], role))
        self.keys["theirs"] = made_key("theirs")
        world.append(world.enrolment(self.keys["theirs"], Role.INSPECTOR, organisation=self.contractor))
        for number, person in enumerate(self.people):
            at = world.controller if number % 2 else self.contractor
            world.append(world.registration(person, person=Person(organisation=at, duties=(Duty.STAFF,))))

    def grow(self, facts: int) -> None:
        """Try to add so many facts, in transactions of one to five."""
        while facts > 0:
            many = self.draw.randint(1, 5)
            with self.world.write() as writer:
                for _ in range(many):
                    self._try(writer)
            facts -= many
            self.world.clock.turn(seconds=self.draw.choice([0, 1, 40, 3600, 90_000, 2_000_000]))

    def _try(self, writer: Writer) -> None:
        kinds = {
            self._registered: 3,
            self._inspected: 6,
            self._counted: 3,
            self._moved: 6,
            self._asked: 1,
            self._excepted: 2,
            self._withdrawn: 3,
            self._compromised: 0.15,
            self._ruled: 0.3 if self.rules else 0,
        }
        made = self.draw.choices(list(kinds), list(kinds.values()))[0]
        try:
            envelope = made(writer)
            if envelope is not None:
                writer.append(envelope)
        except (InputError, PolicyError):
            pass

    def _moment(self) -> str:
        """A time that is past, or a little ahead: late facts are usual."""
        back = self.draw.choice([0, 0, 0, -90, 3, 3600, 500_000])
        return (self.world.clock.at - timedelta(seconds=back)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _key(self, *names: str) -> PrivateKey:
        return self.keys[self.draw.choice(names)]

    def _digest(self) -> str:
        return f"{self.draw.randrange(4):064x}"

    def _registered(self, writer: Writer) -> bytes:
        device = self.draw.choice(self.devices)
        by = self._key("owner", "register", "inspector")
        if self.draw.random() < 0.15:
            return self.world.ended(device, by=self._key("owner", "register"))
        marks = [(scheme, self._digest()) for scheme in IdentifierScheme if self.draw.random() < 0.4]
        known = self.world.projection.device(device) is not None
        action = Action.CHANGED if known and self.draw.random() < 0.9 else Action.CREATED
        at = self.draw.choice([self.world.controller, self.contractor])
        kind = self.draw.choice(list(DeviceKind))
        return self.world.device(device, *marks, kind=kind, action=action, by=by, organisation=at)

    def _inspected(self, writer: Writer) -> bytes:
        layers = tuple(
            replace(LAYER, scheme=self.draw.choice(SCHEMES), uuid=self._digest())
            for _ in range(self.draw.randint(0, 2))
        )
        method = self.draw.choice(list(Method))
        fact = replace(INSPECTION, true_at=self._moment(), method=method, layers=layers, header=self._digest())
        fact = replace(
            fact,
            serial=self.draw.choice([None, self._digest()]),
            disagreements=("encryption_not_shown",) if self.draw.random() < 0.2 else (),
            bytes_read=512 * self.draw.randrange(1000),
        )
        several = self.draw.sample(self.devices, self.draw.choice([1, 1, 1, 2]))
        return self.world.signed(fact, *several, by=self._key("inspector", "auditor", "importer", "agent", "theirs"))

    def inspected_alone(self, device: str, by: PrivateKey) -> bytes:
        """An inspection of one device, whether it is registered or not."""
        return self.world.signed(replace(INSPECTION, true_at=self.world.clock.moment()), device, by=by)

    def _counted(self, writer: Writer) -> bytes:
        low = self.draw.choice([0, 0, 3])
        people = PeopleCount(low=low, point=low + 1, high=low + 5)
        rest = PeopleCount(low=0, point=0, high=self.draw.choice([0, 4]))
        fact = replace(HOLDING, true_at=self._moment(), people=people, raw=rest, manifest=None)
        fact = replace(
            fact,
            scan=f"{self.draw.getrandbits(128):032x}",
            not_examined=self.draw.choice([{}, {"encrypted": 0}, {"encrypted": 2}]),
            interrupted=self.draw.random() < 0.2,
            people_by_category=self.draw.choice([{}, {"health": 2, "criminal_offence": 1}]),
        )
        by = self._key("inspector", "auditor", "importer", "theirs")
        return self.world.signed(fact, self.draw.choice(self.devices), by=by)

    def _moved(self, writer: Writer) -> bytes:
        # Mostly what may come next, so that devices get somewhere.
        usual = [CustodyEvent.OFFERED, CustodyEvent.ACCEPTED, CustodyEvent.RETURNED, CustodyEvent.RESTOCKED]
        event = self.draw.choice([*usual, *usual, *CustodyEvent])
        fact = Custody(
            true_at=self._moment(),
            event=event,
            by=self.draw.choice(self.people),
            authenticated=Authentication.TOTP,
            to=self.draw.choice([None, *self.people]),
            organisation=self.draw.choice([None, self.world.controller]),
            handover=self.draw.choice(self.requests),
        )
        return self.world.signed(fact, self.draw.choice(self.devices), by=self._key("register", "owner"))

    def _asked(self, writer: Writer) -> bytes:
        fact = Request(
            true_at=self._moment(),
            request=self.draw.choice(self.requests),
            ask=self.draw.choice(list(Ask)),
            by=self.draw.choice(self.people),
            authenticated=Authentication.LINK,
            due_at=(self.world.clock.at + timedelta(days=self.draw.randint(0, 9))).strftime("%Y-%m-%dT%H:%M:%SZ"),
            outcome=self.draw.choice([None, None, "encrypted"]),
        )
        return self.world.signed(fact, self.draw.choice(self.devices), by=self.keys["register"])

    def _excepted(self, writer: Writer) -> bytes:
        if self.exceptions and self.draw.random() < 0.4:
            return self.world.ended(self.draw.choice(self.exceptions), by=self._key("owner", "register"))
        made = self.world.new_id()
        until = (self.world.clock.at + timedelta(days=self.draw.randint(1, 30))).strftime("%Y-%m-%dT%H:%M:%SZ")
        granted = Exemption(
            device=self.draw.choice(self.devices),
            organisation=self.draw.choice([self.world.controller, self.contractor]),
            approver=self.draw.choice(self.people),
            until=until,
            reason="urgent",
        )
        self.exceptions.append(made)
        return self.world.registration(made, by=self._key("owner", "register"), exception=granted)

    def _withdrawn(self, writer: Writer) -> bytes | None:
        leaf = writer.reader.leaf(self.draw.randrange(writer.size))
        if leaf.entry.kind != "fact":
            return None
        target = writer.reader.statement(leaf.entry.digest)
        fact = Retraction(
            true_at=self._moment(),
            leaf=leaf.index,
            envelope=leaf.entry.digest,
            reason=RetractionReason.RECORDED_IN_ERROR,
        )
        statement = Statement(subjects=target.subjects, predicate=fact)
        return sign_statement(encode_statement(statement), self.keys["decider"])

    def _compromised(self, writer: Writer) -> bytes:
        return self.world.compromise(self._key("agent", "theirs", "importer", "auditor"))

    def _ruled(self, writer: Writer) -> bytes:
        begins = self.world.clock.at + timedelta(days=self.draw.choice([-3, 0, 5]))
        fact = Policy(
            true_at=self.world.clock.moment(),
            version=self.draw.randint(1, 9),
            rules=self.draw.choice(self.rules),
            effective_at=begins.strftime("%Y-%m-%dT%H:%M:%SZ"),
            by=self.people[0],
            authenticated=Authentication.PASSKEY,
        )
        return self.world.signed(fact, self.world.controller, by=self.keys["register"])

    def moments(self) -> list[int]:
        """Some times to ask about: within the log's, and at its ends."""
        last = int(self.world.clock.at.replace(tzinfo=UTC).timestamp())
        first = int(datetime(2026, 11, 2, 9, tzinfo=UTC).timestamp())
        return [first, last, *(self.draw.randint(first - 1000, last + 1000) for _ in range(4))]
