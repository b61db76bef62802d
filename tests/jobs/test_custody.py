from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from jobs.handing import CONTRACTORS, NURSES, PLAIN, RULES, Desk
from ledger.world import REGISTER, World
from lossproof.errors import InputError, LossproofError, PolicyError
from lossproof.jobs import custody
from lossproof.jobs.exceptions import end_exception, make_exception
from lossproof.jobs.requests import ask
from lossproof.jobs.sights import sight
from lossproof.jobs.states import device_state
from lossproof.ledger.database import open_database
from lossproof.ledger.replay import replay
from lossproof.ledger.store import Ledger
from lossproof.model.estate import CustodyState
from lossproof.model.fact import Authentication
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.facts.request import Ask

S, E = CustodyState, CustodyEvent
LINK = Authentication.LINK


@pytest.fixture
def desk(world):
    return Desk(world)


def offer(desk, *devices, to=None, **more):
    desk.world.clock.turn(seconds=1)
    with desk.world.write() as writer:
        receiver = to or (None if "organisation" in more else desk.nurse)
        return custody.offer(writer, desk.speaker(), devices, to=receiver, rules=RULES, **more).handover


def accept(desk, handover, *devices, by=None, text=None):
    desk.world.clock.turn(seconds=1)
    with desk.world.write() as writer:
        return custody.accept(writer, desk.speaker(by or desk.nurse, LINK), handover, devices, text=text, rules=RULES)


def happen(desk, event, *devices, **more):
    desk.world.clock.turn(seconds=1)
    with desk.world.write() as writer:
        custody.happen(writer, desk.speaker(), event, devices, **more)


def state(desk, device):
    found = device_state(desk.world.reader, desk.world.projection, device).custody
    return (found.state, found.holder) if found else None


def refused(desk, error, words, act: Callable[[], object]):
    size = desk.world.reader.size
    with pytest.raises(error, match=words) as raised:
        act()
    assert desk.world.reader.size == size
    return raised.value


def test_a_device_that_was_checked_goes_to_who_accepts_it_and_comes_back(desk):
    device = desk.device()
    proof = desk.check(device)
    handover = offer(desk, device)
    passages = accept(desk, handover, device, text="ab" * 32)
    assert passages[device].proof == proof
    assert state(desk, device) == (S.HELD, desk.nurse)
    said = desk.world.reader.statement(desk.world.reader.chain(device)[-1].entry.digest).predicate
    assert isinstance(said, Custody)
    assert (said.event, said.by, said.to, said.organisation) == (
        E.ACCEPTED,
        desk.nurse,
        desk.nurse,
        desk.world.controller,
    )
    assert (said.authenticated, said.handover, said.text) == (LINK, handover, "ab" * 32)
    assert said.proof == desk.world.reader.leaf(proof).entry.digest
    happen(desk, E.SIGHTED, device)
    happen(desk, E.RETURNED, device, reason="no_longer_needed")
    happen(desk, E.RESTOCKED, device)
    assert state(desk, device) == (S.IN_STOCK, None)
    replay(desk.world.reader)


def test_a_device_that_came_back_is_checked_before_it_goes_out_again(desk):
    device = desk.checked_device()
    accept(desk, offer(desk, device), device)
    happen(desk, E.RETURNED, device)
    happen(desk, E.RESTOCKED, device)
    error = refused(desk, PolicyError, "before it last changed hands", lambda: offer(desk, device))
    assert "lossproof check DEVICE --report-to" in error.hint
    desk.check(device)
    happen(desk, E.WIPED, device)
    refused(desk, PolicyError, "before it last changed hands", lambda: offer(desk, device))
    desk.check(device)
    happen(desk, E.SIGHTED, device)
    offer(desk, device)


def test_what_nobody_checked_or_what_is_plain_is_not_offered(desk):
    device = desk.device()
    refused(desk, PolicyError, "nobody whose word counts", lambda: offer(desk, device))
    desk.check(device, by=CONTRACTORS)
    refused(desk, PolicyError, "nobody whose word counts", lambda: offer(desk, device))
    desk.check(device, layers=(PLAIN,))
    refused(desk, PolicyError, "not protected", lambda: offer(desk, device))
    desk.check(device, by=NURSES)
    refused(desk, PolicyError, "made by the one who is to have", lambda: offer(desk, device))
    offer(desk, device, to=desk.other)


def test_all_devices_of_one_signature_go_or_none(desk):
    one, two = desk.checked_device(), desk.checked_device()
    bad = [desk.device() for _ in range(4)]
    error = refused(desk, PolicyError, f"device {bad[0]}: nobody .*and 1 more", lambda: offer(desk, one, *bad))
    assert one not in str(error)
    handover = offer(desk, one, two)
    happen(desk, E.MISSING, two)
    refused(desk, PolicyError, f"device {two} is no longer offered", lambda: accept(desk, handover, one, two))
    assert state(desk, one)[0] is S.OFFERED
    accept(desk, handover, one)
    assert state(desk, one) == (S.HELD, desk.nurse)
    refused(desk, InputError, "named twice", lambda: offer(desk, one, one))
    refused(desk, InputError, "name one device", lambda: offer(desk))


@pytest.mark.parametrize("what", ["stale", "withdrawn", "compromised", "reported", "contradicted"])
def test_proof_that_was_good_at_the_offer_is_asked_again_at_the_acceptance(desk, what):
    world, device = desk.world, desk.device()
    proof = desk.check(device)
    handover = offer(desk, device)
    if what == "stale":
        world.clock.turn(hours=24)
        words = "too old"
    elif what == "withdrawn":
        from ledger.world import INSPECTOR

        world.append(world.retraction(proof, INSPECTOR))
        words = "was withdrawn"
    elif what == "compromised":
        from ledger.world import INSPECTOR

        world.append(world.compromise(INSPECTOR))
        words = "in other hands"
    elif what == "reported":
        world.clock.turn(minutes=1)
        with world.write() as writer:
            ask(writer, desk.speaker(desk.other), device, Ask.DOES_NOT_ENCRYPT)
        words = "does not encrypt"
    else:
        world.clock.turn(minutes=1)
        desk.check(device, by=CONTRACTORS, layers=(PLAIN,))
        words = "speaks against the last check"
    refused(desk, PolicyError, words, lambda: accept(desk, handover, device))
    if what != "compromised":
        desk.check(device)
        accept(desk, handover, device)


def test_an_exception_of_a_named_person_lets_a_device_go_until_it_ends(desk):
    world, device = desk.world, desk.device()

    def granted(approver, hours=2, **more):
        from datetime import timedelta

        wanted = {"organisation": world.controller, "reason": "urgent", "device": device} | more
        with world.write() as writer:
            return make_exception(
                writer, REGISTER, approver=approver, until=world.clock.at + timedelta(hours=hours), **wanted
            )

    refused(desk, PolicyError, "IT or governance lead", lambda: granted(desk.nurse))
    refused(desk, PolicyError, "IT or governance lead", lambda: granted(desk.man))
    refused(desk, InputError, "ends after it was made", lambda: granted(desk.lead, hours=-1))
    refused(desk, InputError, "not a reason", lambda: granted(desk.lead, reason="because"))
    refused(desk, InputError, "not registered", lambda: granted(world.new_id()))
    exception = granted(desk.lead)
    refused(desk, PolicyError, "made by the one who is to have it", lambda: offer(desk, device, to=desk.lead))
    refused(desk, PolicyError, "nobody whose word", lambda: offer(desk, device, to=desk.man))
    handover = offer(desk, device)
    world.clock.turn(hours=3)
    refused(desk, PolicyError, "has run out", lambda: accept(desk, handover, device))
    again = granted(desk.lead)
    with world.write() as writer:
        end_exception(writer, REGISTER, again)
    refused(desk, InputError, "has ended", lambda: _end(world, again))
    refused(desk, PolicyError, "nobody whose word", lambda: accept(desk, handover, device))
    last = granted(desk.lead)
    assert accept(desk, handover, device)[device].exception == last
    assert exception not in {again, last}


def _end(world, exception):
    with world.write() as writer:
        end_exception(writer, REGISTER, exception)


def test_only_who_it_was_offered_to_accepts_and_an_answered_offer_is_closed(desk):
    device = desk.checked_device()
    handover = offer(desk, device)
    refused(desk, PolicyError, "offered to somebody else", lambda: accept(desk, handover, device, by=desk.other))
    refused(desk, PolicyError, "no longer offered", lambda: accept(desk, "0" * 32, device))
    with desk.world.write() as writer:
        custody.decline(writer, desk.speaker(desk.nurse), handover, [device])
    assert state(desk, device) == (S.IN_STOCK, None)
    refused(desk, PolicyError, "was answered", lambda: accept(desk, handover, device))
    desk.check(device)
    newer = offer(desk, device)
    refused(desk, PolicyError, "offered anew", lambda: accept(desk, handover, device))
    accept(desk, newer, device)
    refused(desk, PolicyError, "no longer offered", lambda: accept(desk, newer, device))
    with pytest.raises(PolicyError, match="no longer offered"), desk.world.write() as writer:
        custody.decline(writer, desk.speaker(), newer, [device])


def test_a_device_is_offered_to_an_organisation_and_accepted_by_one_of_its_people(desk):
    device = desk.checked_device()
    handover = offer(desk, device, organisation=desk.firm)
    refused(desk, InputError, "of another organisation", lambda: accept(desk, handover, device))
    accept(desk, handover, device, by=desk.man)
    found = device_state(desk.world.reader, desk.world.projection, device).custody
    assert (found.holder, found.organisation) == (desk.man, desk.firm)


def test_who_holds_a_device_passes_it_on_and_keeps_it_until_it_is_accepted(desk):
    device = desk.checked_device()
    accept(desk, offer(desk, device), device)
    desk.check(device)
    refused(desk, PolicyError, "cannot be offered from stock", lambda: offer(desk, device, to=desk.other))
    refused(desk, InputError, "has it already", lambda: offer(desk, device, transfer=True))
    handover = offer(desk, device, to=desk.other, transfer=True)
    assert state(desk, device) == (S.OFFERED, desk.nurse)
    with desk.world.write() as writer:
        custody.decline(writer, desk.speaker(desk.other), handover, [device])
    assert state(desk, device) == (S.HELD, desk.nurse)
    desk.check(device)
    accept(desk, offer(desk, device, to=desk.other, transfer=True), device, by=desk.other)
    assert state(desk, device) == (S.HELD, desk.other)


def test_a_missing_device_is_found_and_quarantined_before_it_is_in_stock(desk):
    device = desk.checked_device()
    accept(desk, offer(desk, device), device)
    happen(desk, E.MISSING, device, reason="left_behind", true_at="2026-11-01T18:00:00Z")
    assert state(desk, device) == (S.MISSING, desk.nurse)
    for event in (E.RETURNED, E.SIGHTED, E.RESTOCKED, E.MISSING):
        refused(desk, PolicyError, "a device that is missing", lambda event=event: happen(desk, event, device))
    happen(desk, E.FOUND, device, reason="found_by_public")
    refused(desk, PolicyError, "found, and not yet in quarantine", lambda: happen(desk, E.RESTOCKED, device))
    happen(desk, E.QUARANTINED, device)
    happen(desk, E.WIPED, device)
    happen(desk, E.DESTROYED, device)
    assert state(desk, device)[0] is S.DESTROYED
    refused(desk, PolicyError, "is destroyed", lambda: happen(desk, E.FOUND, device))
    for event in (E.OFFERED, E.TRANSFERRED, E.ACCEPTED, E.DECLINED):
        refused(desk, InputError, "must be named", lambda event=event: happen(desk, event, device))


def test_who_and_what_is_named_is_registered(desk):
    device, stranger = desk.checked_device(), "0" * 32
    refused(desk, InputError, "not registered", lambda: offer(desk, device, to=stranger))
    refused(desk, InputError, "not registered", lambda: offer(desk, device, organisation=stranger))
    refused(
        desk, InputError, "of another organisation", lambda: offer(desk, device, to=desk.nurse, organisation=desk.firm)
    )
    refused(desk, InputError, "not registered", lambda: offer(desk, stranger))
    refused(desk, InputError, "cannot be recorded: reason", lambda: happen(desk, E.SIGHTED, device, reason="his name"))
    desk.world.append(desk.world.ended(desk.nurse, by=REGISTER))
    refused(desk, InputError, "has left", lambda: offer(desk, device))
    with pytest.raises(InputError, match="has left"), desk.world.write() as writer:
        custody.happen(writer, desk.speaker(desk.nurse), E.SIGHTED, [device])
    with pytest.raises(InputError, match="say who"), desk.world.write() as writer:
        custody.offer(writer, desk.speaker(), [device], rules=RULES)


def test_a_withdrawn_event_is_passed_over_and_still_asks_for_a_check_after_it(desk):
    world, device = desk.world, desk.checked_device()
    accept(desk, offer(desk, device), device)
    happen(desk, E.RETURNED, device)
    accepted = world.reader.chain(device)[-2].index
    world.append(world.retraction(accepted, REGISTER))
    assert state(desk, device)[0] is S.OFFERED
    with world.write() as writer:
        seen = sight(writer, device)
    assert seen.offer is not None
    assert seen.marks[0].leaf == accepted + 1
    refused(desk, PolicyError, "before it last changed hands", lambda: accept(desk, seen.offer.handover, device))
    desk.check(device)
    accept(desk, seen.offer.handover, device)


def test_the_same_act_twice_within_a_second_is_two_facts(desk):
    device = desk.device()
    with desk.world.write() as writer:
        for event in (E.WIPED, E.WIPED, E.MISSING, E.FOUND, E.MISSING, E.FOUND):
            custody.happen(writer, desk.speaker(), event, [device])
    assert len(writer.receipts) == 6
    assert state(desk, device)[0] is S.FOUND


def test_a_page_can_show_what_the_gate_says_before_anything_is_done(desk):
    good, bad = desk.checked_device(), desk.device()
    size = desk.world.reader.size
    with desk.world.write() as writer:
        said = custody.passages(writer, [good, bad], to=desk.nurse, rules=RULES)
    assert (said[good].allowed, said[bad].allowed) == (True, False)
    assert desk.world.reader.size == size


@pytest.fixture(params=["sqlite", "postgresql"])
def any_desk(request, tmp_path):
    """A desk over a store in a file or on a server, that several can connect to."""
    if request.param == "sqlite":
        store = str(tmp_path / "shared")
        open_database(store, create=True).close()
    else:
        store = request.getfixturevalue("postgresql").new_store()
    world = World(lambda: open_database(store), tmp_path)
    yield Desk(world)
    world.database.close()


def race(desk: Desk, *acts: Callable[[object], object]) -> list[object]:
    """What each act gives, or the error it raises, done at once over connections of their own."""
    outcomes: list[object] = [None] * len(acts)
    log = desk.world.log
    ready = threading.Barrier(len(acts))

    def run(place: int) -> None:
        with desk.world.connect() as database:
            mine = Ledger(database=database, log=log, publisher=desk.world.publisher, behind="")
            ready.wait()
            try:
                with mine.write() as writer:
                    outcomes[place] = acts[place](writer)
            except LossproofError as error:
                outcomes[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return outcomes


def test_of_two_acceptances_at_once_one_wins_and_the_other_is_told(any_desk):
    desk = any_desk
    device = desk.checked_device()
    handover = offer(desk, device, organisation=desk.world.controller)

    def act(by):
        return lambda writer: custody.accept(writer, desk.speaker(by, LINK), handover, [device], text=None, rules=RULES)

    outcomes = race(desk, act(desk.nurse), act(desk.other))
    (told,) = (one for one in outcomes if isinstance(one, PolicyError))
    assert "was answered" in str(told)
    (winner,) = (place for place, one in enumerate(outcomes) if not isinstance(one, LossproofError))
    assert state(desk, device) == (S.HELD, (desk.nurse, desk.other)[winner])
    replay(desk.world.reader)


def test_of_an_acceptance_and_a_loss_at_once_the_later_one_sees_the_earlier(any_desk):
    desk = any_desk
    device = desk.checked_device()
    handover = offer(desk, device)
    outcomes = race(
        desk,
        lambda writer: custody.accept(
            writer, desk.speaker(desk.nurse, LINK), handover, [device], text=None, rules=RULES
        ),
        lambda writer: custody.happen(writer, desk.speaker(), E.MISSING, [device]),
    )
    assert state(desk, device)[0] is S.MISSING
    assert outcomes[1] is None
    assert isinstance(outcomes[0], PolicyError) or state(desk, device) == (S.MISSING, desk.nurse)
