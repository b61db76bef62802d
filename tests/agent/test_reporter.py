"""An enrolled reporter: looks go to the register, or wait until they can, and nothing is lost or doubled."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from itertools import count

import pytest

from agent.stand_in import CODE
from jobs.looks import looked_at
from lossproof.agent.queue import Queue
from lossproof.agent.reporter import enrol, open_desk
from lossproof.agent.state import State
from lossproof.errors import InputError, PolicyError, StoreError, VerificationError
from lossproof.jobs.recording import Look
from lossproof.ledger.keys import Secret
from lossproof.wire.checkin import encode

UUID = "0d3c5b1e-2f4a-4f6e-8f10-7d2b4c6a8e90"
OTHER = "7f5a1c2d-9b8e-4a3f-b1c2-d3e4f5a6b7c8"


_LOOKS = count(1)


def seen(*uuids: str, serial: str | None = None) -> Look:
    """No two looks are the same, also within one second."""
    return Look(inspection=replace(looked_at(*uuids, serial=serial), bytes_read=512 * next(_LOOKS)))


def away(path: str, body: bytes) -> tuple[int, str, bytes]:
    return 503, "application/json", encode({"error": {"code": "store", "message": "the store is busy", "hint": ""}})


def test_a_look_is_registered_sent_and_receipted(desk, world):
    done = desk.report_now(seen(UUID, serial="AA04012700017"))
    assert (done.status, done.registered, done.facts) == ("sent", True, ("registration", "inspection"))
    assert [one.status for one in done.outcomes] == ["accepted", "accepted"]
    assert {one.receipt.status for one in done.outcomes} == {"durable"}
    again = desk.report_now(seen(UUID, serial="AA04012700017"))
    assert (again.device, again.registered, again.known_by, again.facts) == (
        done.device,
        False,
        "serial",
        ("inspection",),
    )
    found = world.projection.find_device("AA04012700017")
    assert found.subject == done.device
    assert {scheme for scheme, _ in found.identifiers} == {"serial", "volume_uuid", "header_sha256"}
    assert len(world.reader.chain(done.device)) == 3


def test_the_receipts_are_kept(desk):
    done = desk.report_now(seen(UUID))
    (file,) = (desk.state.path / "receipts").iterdir()
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert [one["receipt"]["leaves"] for one in kept] == [one.receipt.leaves for one in done.outcomes]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_cannot_be_sent_waits_and_goes_in_order(desk, register, again, world):
    register.mood = away
    first = desk.report_now(seen(UUID))
    second = desk.report_now(seen(UUID))
    assert (first.status, second.status, second.device) == ("queued", "queued", first.device)
    assert "the store is busy" in first.why and world.projection.device(first.device) is None
    register.mood = lambda path, body: None
    later = again()
    sent = later.flush()
    assert (sent.facts, sent.left, sent.why, sent.refused) == (3, 0, "", [])
    assert len(world.reader.chain(first.device)) == 3
    assert later.flush().facts == 0


def test_an_answer_that_is_lost_is_asked_for_again(desk, register, world):
    def deaf(path: str, body: bytes) -> tuple[int, str, bytes]:
        register.answer(path, body)
        return 502, "text/html", b"bad gateway"

    register.mood = deaf
    lost = desk.report_now(seen(UUID))
    assert lost.status == "queued"
    register.mood = lambda path, body: None
    sent = desk.flush()
    assert [one.status for one in sent.outcomes[1]] == ["known", "known"]
    assert len(world.reader.chain(lost.device)) == 2


def test_a_register_that_is_away_altogether_is_said(desk, register):
    register.__exit__()
    done = desk.report_now(seen(UUID))
    assert (done.status, done.why) == ("queued", "127.0.0.1 cannot be reached")


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_never_followed(desk, register, status):
    register.mood = lambda path, body: (status, "text/html", b"")
    done = desk.report_now(seen(UUID))
    assert done.status == "queued" and "sends us elsewhere" in done.why


@pytest.mark.parametrize(
    "answer",
    [b"", b"{}", b"[]", b"\xff", b'{"outcomes":[]}', b"<html>", b'{"outcomes":null}', b"[" * 100_000],
)
def test_an_answer_that_is_none_loses_nothing(desk, register, answer):
    register.mood = lambda path, body: (200, "application/json", answer)
    done = desk.report_now(seen(UUID))
    assert done.status == "queued" and done.why.startswith("127.0.0.1 ")
    assert len(Queue(desk.state).numbers()) == 1


def test_an_answer_of_another_log_is_refused_and_nothing_leaves_the_queue(desk, register, world):
    origin = world.log.origin.encode()

    def forged(path: str, body: bytes) -> tuple[int, str, bytes]:
        status, kind, answer = register.answer(path, body)
        return status, kind, answer.replace(origin, b"lossproof/" + b"0" * 32)

    register.mood = forged
    with pytest.raises(VerificationError):
        desk.report_now(seen(UUID))
    assert len(Queue(desk.state).numbers()) == 1


def test_durable_receipts_without_the_logs_own_signature_are_refused(desk, register):
    def unsigned(path: str, body: bytes) -> tuple[int, str, bytes]:
        status, kind, answer = register.answer(path, body)
        shape = json.loads(answer)
        return status, kind, json.dumps({**shape, "checkpoint": None}).encode()

    register.mood = unsigned
    with pytest.raises(VerificationError, match="without a signed checkpoint"):
        desk.report_now(seen(UUID))


def test_what_is_refused_is_kept_aside_and_holds_nothing_up(desk, register, world):
    register.mood = away
    first = desk.report_now(seen(UUID))
    register.mood = lambda path, body: None
    world.append(world.compromise(desk.key))
    sent = desk.flush()
    assert len(sent.refused) == 2 and sent.left == 0
    (kept,) = (desk.state.path / "refused").iterdir()
    shape = json.loads(kept.read_text())
    assert shape["look"]["device"] == first.device
    assert {one["error"]["code"] for one in shape["outcomes"]} == {"policy"}


def test_a_device_that_has_ended_is_registered_as_another_when_it_turns_up_again(desk, world):
    first = desk.report_now(seen(UUID))
    world.append(world.ended(first.device))
    refused = desk.report_now(seen(UUID))
    assert (refused.device, refused.status) == (first.device, "refused")
    assert refused.why == "the device has ended"
    third = desk.report_now(seen(UUID))
    assert third.status == "sent" and third.registered and third.device != first.device


def test_a_medium_is_known_again_after_a_power_cut_between_the_queue_and_the_memory(desk, register, again, monkeypatch):
    register.mood = away
    with monkeypatch.context() as broken:
        broken.setattr(State, "remember", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            desk.report(seen(UUID))
    later = again()
    _, second = later.report(seen(UUID))
    assert not second.registered and second.known_by == "header_sha256"
    assert Queue(later.state).numbers() == [1, 2]


def test_a_damaged_file_of_the_queue_holds_nothing_up(desk, register):
    register.mood = away
    desk.report_now(seen(UUID))
    path = desk.state.path / "queue" / "000000000001.json"
    path.write_bytes(path.read_bytes()[:-9])
    desk.report_now(seen(OTHER))
    register.mood = lambda path, body: None
    sent = desk.flush()
    assert (sent.facts, sent.left) == (2, 0)
    assert (desk.state.path / "refused" / "000000000001.damaged").exists()


def test_a_full_queue_refuses_loudly_and_keeps_the_oldest(desk, register, monkeypatch):
    register.mood = away
    monkeypatch.setattr("lossproof.agent.queue.MOST_LOOKS", 2)
    desk.report(seen(UUID))
    desk.report(seen(UUID))
    with pytest.raises(StoreError, match="2 looks wait to be sent"):
        desk.report(seen(OTHER))
    assert Queue(desk.state).numbers() == [1, 2]


def test_a_request_that_is_refused_as_a_whole_costs_only_the_look_that_spoils_it(desk, register):
    register.mood = away
    first, _ = desk.report(seen(UUID))
    second, _ = desk.report(seen(OTHER))
    spoilt = Queue(desk.state).read(second).facts[0]

    def strict(path: str, body: bytes) -> tuple[int, str, bytes] | None:
        if encode(spoilt)[1:-1] in body:
            return 413, "application/json", encode({"error": {"code": "format", "message": "too long", "hint": ""}})
        return None

    register.mood = strict
    sent = desk.flush()
    assert (sent.left, len(sent.refused), set(sent.outcomes)) == (0, 1, {first, second})
    assert sent.outcomes[second] == []


def test_the_state_folder_is_closed_and_the_key_in_it_too(desk):
    assert stat.S_IMODE(desk.state.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((desk.state.path / "reporter.key").stat().st_mode) == 0o600
    desk.state.path.chmod(0o750)
    with pytest.raises(StoreError, match="open to others"):
        open_desk(State(desk.state.path), lambda: Secret(""))


def test_a_folder_is_of_one_register(desk, register):
    with pytest.raises(InputError, match="enrolled already"):
        enrol(State(desk.state.path), register.url, CODE, None)
    with pytest.raises(InputError, match="this machine reports to"):
        open_desk(State(desk.state.path), lambda: Secret(""), url="https://other.example.org")
    with pytest.raises(PolicyError):
        open_desk(
            State(desk.state.path),
            lambda: Secret(""),
            manifest_to="age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg",
        )


def test_an_enrolment_that_was_cut_off_goes_on_with_the_same_key(register, tmp_path):
    state = State(tmp_path / "half")

    def deaf(path: str, body: bytes) -> tuple[int, str, bytes]:
        register.answer(path, body)
        return 502, "text/html", b""

    register.mood = deaf
    with pytest.raises(InputError):
        enrol(state, register.url, CODE, None)
    public = (state.path / "reporter.key.pub").read_bytes()
    register.mood = lambda path, body: None
    done = enrol(state, register.url, "abcd-efgh-jkmn-pqrs-tvwx", None)
    assert (state.path / "reporter.key.pub").read_bytes() == public
    assert done.fingerprint == state.key(lambda: Secret("")).keyid


@pytest.mark.parametrize(
    "url",
    [
        "http://register.example.org",
        "ftp://register.example.org",
        "register.example.org",
        "https://u:p@register.example.org",
        "https://register.example.org?x=1",
        "https://register.example.org#x",
        "http://127.0.0.1.example.org",
        "http://[::2]",
        "",
    ],
)
def test_only_https_or_this_machine_is_asked(url, tmp_path):
    with pytest.raises(InputError):
        enrol(State(tmp_path / "new"), url, CODE, None)
    assert not (tmp_path / "new").exists()


def test_another_recipient_for_lists_of_people_is_heard_of(desk, world, again):
    other = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
    world.append(world.registration(world.new_id(), recipient=other))
    desk.report_now(seen(UUID))
    assert again().state.place().enrolment.recipient == other
    world.append(*[world.ended(one.subject) for one in world.projection.recipients()])
    desk.report_now(seen(UUID))
    assert again().state.place().enrolment.recipient is None
