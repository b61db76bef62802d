"""What the campaign fuzzes beside found media: what is recorded, imported, reported and sent, by whomever.

Rules, files of other systems, the API's bodies, the agent's folder, every file of the ledger, and the register's API itself with facts
that a key which is enrolled has signed. Samples come from the tests; what has a way back is taken back and compared.
"""

from __future__ import annotations

import atexit
import contextlib
import csv
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from campaign_shapes import in_json, in_words, resigned
from campaign_targets import ROOT, Target

SECONDS = 10
"""One input of these is small, and must not take long."""
RECORDED = ROOT / "tests" / "wire" / "reports" / "recorded"


def same(one: object, other: object) -> None:
    """What was written and read again is what it was."""
    if one != other:
        raise AssertionError("not the same after it was written and read again")


def folder() -> Path:
    """A new folder, in memory where the system has that, gone when the process ends."""
    shared = Path("/dev/shm")
    _folders.append(tempfile.TemporaryDirectory(prefix="lossproof-", dir=shared if shared.is_dir() else None))
    return Path(_folders[-1].name)


_folders: list[tempfile.TemporaryDirectory[str]] = []


# Rules and verdicts


def rules() -> Target:
    """Rules as TOML, compiled, described, and asked about devices."""
    from lossproof.model.facts.registration import DeviceKind
    from lossproof.policy.decide import decide, fresh_for
    from lossproof.policy.describe import describe
    from lossproof.policy.rules import compile_rules, parse_rules, shipped_text
    from lossproof.wire.standings import verdict_of, verdict_text
    from policy.estate_states import NOW, SIGHTS, contents, device, evidence

    states = [device(evidence(layers=layers), contents=(contents(),)) for layers in SIGHTS.values()]
    states += [device(kind=kind, custody=None) for kind in DeviceKind]

    def run(data: bytes) -> object:
        parsed = parse_rules(data)
        compiled = compile_rules(parsed)
        for state in states:
            verdict = decide(compiled, state, NOW)
            same(verdict_of(verdict_text(verdict)), verdict)
            fresh_for(compiled, state, NOW)
        return [describe(rule) for rule in parsed.rules]

    shipped = sorted((ROOT / "src" / "lossproof" / "policy" / "rulebook").glob("*.toml"))
    return Target(run, [shipped_text(), *(path.read_bytes() for path in shipped)], SECONDS, shaped=in_words)


def verdict() -> Target:
    """A stored verdict."""
    from lossproof.policy.decide import decide
    from lossproof.wire.standings import verdict_of, verdict_text
    from policy.estate_states import KEPT, NOW, SHIPPED, SIGHTS, device, evidence

    states = [KEPT, *(device(evidence(layers=layers)) for layers in SIGHTS.values())]

    def run(data: bytes) -> object:
        read = verdict_of(data)
        same(verdict_of(verdict_text(read)), read)
        return read

    return Target(run, [verdict_text(decide(SHIPPED, one, NOW)) for one in states], SECONDS, shaped=in_json)


# What other systems say


def report(name: str) -> Target:
    """What one source says of devices, as an import grades it."""
    from lossproof.errors import FormatError
    from lossproof.jobs.reported_evidence import inspection_of
    from lossproof.wire.reports import Report, decode_json, is_json, read_report, sources
    from lossproof.wire.table import as_table

    headings = frozenset().union(*(one.KNOWN for one in sources()))

    def read(data: bytes) -> Report:
        return decode_json(data) if is_json(data) else Report(table=as_table(rows(data), headings))

    def run(data: bytes) -> object:
        return [inspection_of(one) for one in read_report(read(data))[1]]

    corpus = []
    for path in sorted(RECORDED.iterdir()):
        with contextlib.suppress(FormatError):
            if path.suffix != ".md" and name == read_report(read(path.read_bytes()))[0].NAME:
                corpus.append(path.read_bytes())
    return Target(run, corpus, SECONDS, shaped=in_json)


def rows(data: bytes) -> list[list[str]]:
    """The rows of a CSV text, as the confined child would give them."""
    from lossproof.errors import FormatError

    try:
        return [row for row in csv.reader(data.decode("utf-8", "replace").splitlines()) if row]
    except csv.Error:
        raise FormatError("no CSV") from None


ASSETS = (
    b"Asset no.,Serial Number,Type,Assigned to,Company,Status\nNG-0001,AA04012700001,Laptop,ann@example.org,,In use\n"
    b'NG-0002,AA04012700002,"USB stick",,Waverley Data Services,In stock\n,,,,,\nNG-0003,n/a,Toughpad,,,Lost\n',
    b"Estate of 23 November\n\nbarcode\tS/N\tcategory\n'0001\t=HYPERLINK(1)\tmemory stick\n0002\t-\tphone\n",
)


def asset_list() -> Target:
    """The rows of an asset list by the mapping that its headings suggest."""
    from lossproof.wire.asset_list import KNOWN, asset_rows, decode_mapping, encode_mapping, guess_mapping
    from lossproof.wire.table import as_table

    def run(data: bytes) -> object:
        table = as_table(rows(data), KNOWN)
        mapping = guess_mapping(table)
        same(decode_mapping(encode_mapping(mapping).encode("utf-8", "surrogatepass")), mapping)
        return list(asset_rows(table, mapping))

    return Target(run, list(ASSETS), SECONDS, shaped=in_words, refusals=ours("InputError"))


def mapping() -> Target:
    """A saved mapping."""
    from lossproof.model.facts.registration import DeviceKind
    from lossproof.wire.asset_list import Field, Mapping, decode_mapping, encode_mapping

    whole = Mapping(columns={one: f"Column {one.value}" for one in Field}, kinds={"Toughpad": DeviceKind.TABLET})

    def run(data: bytes) -> object:
        read = decode_mapping(data)
        same(decode_mapping(encode_mapping(read).encode()), read)
        return read

    return Target(run, [encode_mapping(whole).encode()], SECONDS, shaped=in_json)


def import_file() -> Target:
    """A file that somebody imports, whatever it is; tables in the confined child."""
    from campaign_targets import documents

    from lossproof.jobs.incoming import read_incoming

    corpus = [path.read_bytes() for path in sorted(RECORDED.iterdir())] + list(ASSETS)
    for suffix in (".csv", ".xlsx", ".ods", ".xls"):
        corpus += documents()[suffix][:2]
    return Target(lambda data: read_incoming(data, "list.csv"), corpus, 120, refusals=ours("InputError"))


# What is sent to a register, and what it answers


CHECK_IN = ("facts", "keys", "answer", "enrolment", "error")


def check_in(name: str) -> Target:
    """One body of the API; an answer is looked into as an agent does, whatever register it is of."""
    from fact_samples import DIGEST
    from lossproof.agent.client import _verify
    from lossproof.wire import checkin

    refusal = checkin.Refusal(code="format", message="no", hint="")
    outcomes = [
        checkin.OutcomeGiven(status="accepted", envelope=DIGEST, receipt=_receipt(), error=None),
        checkin.OutcomeGiven(status="refused", envelope=DIGEST, receipt=None, error=refusal),
    ]
    bodies: dict[str, Any] = {
        "facts": checkin.FactsRequest(
            facts=[b"{}", b"x" * 300],
            values=[checkin.Value(digest=DIGEST, kind="serial", salt=b"s" * 16, value="AA04012700001")],
            manifests=[b"age-encryption.org/v1\n"],
        ),
        "keys": checkin.EnrolRequest(code="ABCDE12345ABCDE12345", public_key=DIGEST, proof=b"p" * 64),
        "answer": checkin.FactsAnswer(outcomes=outcomes, checkpoint=_checkpoint(), recipient=None),
        "enrolment": _enrolment(),
        "error": checkin.ErrorAnswer(error=refusal),
    }
    shape = type(bodies[name])

    def run(data: bytes) -> object:
        read = checkin.decode(data, shape)
        same(checkin.decode(checkin.encode(read), shape), read)
        if isinstance(read, checkin.FactsAnswer):
            _verify(read, _enrolment())
        elif isinstance(read, checkin.Enrolment):
            _verify(bodies["answer"], read)
        return read

    return Target(run, [checkin.encode(bodies[name])], SECONDS, shaped=in_json, refusals=ours("InputError"))


def _enrolment() -> Any:
    from fact_samples import ID
    from ledger.world import made_key
    from lossproof.wire.checkin import Enrolment
    from note_keys import ORIGIN, log_key

    return Enrolment(
        fingerprint=made_key("agent").keyid,
        organisation=ID,
        role="agent",
        origin=ORIGIN,
        log_key=log_key().public.hex(),
        recipient=None,
    )


def _receipt() -> Any:
    from fact_samples import DIGEST
    from lossproof.wire.checkin import ReceiptGiven
    from note_keys import ORIGIN

    return ReceiptGiven(
        origin=ORIGIN,
        leaves=[2],
        envelope=DIGEST,
        known_at="2026-11-23T09:14:00.125Z",
        raised=False,
        status="durable",
        checkpoint_size=3,
        checkpoint_root=DIGEST,
    )


def _checkpoint() -> str:
    from lossproof.ledger.checkpoint import sign_checkpoint
    from note_keys import checkpoint, secret

    return sign_checkpoint(checkpoint(), secret(1)).decode()


def enrolment_code() -> Target:
    """A one-time code as people type it: what is compared of it is the same however often it is made so."""
    from lossproof.wire.checkin import compact_code, enrol_message

    def run(data: bytes) -> object:
        text = data.decode("utf-8", "surrogateescape")
        compact = compact_code(text)
        same(compact_code(f" {'-'.join(compact)} "), compact)
        return enrol_message(text)

    return Target(
        run, [b"ABCDE-12345-FGHJK-67890", "abcde 12345 \u00df\u0130\u01c5".encode()], SECONDS, shaped=in_words
    )


REPORTER = ("enrolment", "media", "queue", "key", "locked key")


def reporter(name: str) -> Target:
    """One file of a reporter's folder, damaged, and read as the agent reads it."""
    import msgspec

    from fact_samples import DIGEST, ID
    from ledger.world import made_key
    from lossproof.agent.queue import Queue, Waiting
    from lossproof.agent.state import ENROLMENT, KEY, MEDIA, Media, Place, State
    from lossproof.jobs.reporting import KeptSerial, KnownMedium
    from lossproof.ledger.keys import Secret
    from lossproof.model.facts.registration import DeviceKind
    from lossproof.wire.checkin import Value

    medium = KnownMedium(
        device=ID,
        kind=DeviceKind.STICK,
        organisation=ID,
        volumes=(DIGEST,),
        headers=(DIGEST,),
        serials=(KeptSerial(text="AA04012700001", digest=DIGEST),),
    )
    value = Value(digest=DIGEST, kind="serial", salt=b"s" * 16, value="AA04012700001")
    state = State(folder())
    state.begin()
    (state.path / "queue").mkdir()

    def queued() -> object:
        queue = Queue(state)
        queue.known()
        (state.path / MEDIA).unlink(missing_ok=True)
        return [queue.read(number) for number in queue.numbers()]

    pem = _pem(made_key("agent").ed25519)
    waiting = Waiting(device=ID, facts=(b"{}",), values=(value,), manifests=(b"x",), medium=medium)
    place = Place(url="http://localhost:8000", enrolment=_enrolment())
    files: dict[str, tuple[str, Callable[[], object], list[bytes]]] = {
        "enrolment": (ENROLMENT, state.place, [msgspec.json.encode(place)]),
        "media": (MEDIA, state.media, [msgspec.json.encode(Media(media=(medium,), through=3))]),
        "queue": ("queue/000000000001.json", queued, [msgspec.json.encode(waiting)]),
        "key": (KEY, lambda: state.key(lambda: Secret("x")), [pem]),
        "locked key": (KEY, lambda: state.key(lambda: Secret("x")), [_locked(pem)]),
    }
    file, read, good = files[name]

    def run(data: bytes) -> object:
        (state.path / file).write_bytes(data)
        return read()

    return Target(run, good, SECONDS, shaped=in_json, refusals=ours("InputError", "StoreError"))


def _pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made


def _locked(pem: bytes) -> bytes:
    from cheap_age import age_file

    return age_file(pem, "x")


# The register's API, with a store behind it


@cache
def _site() -> Any:
    """A register in SQLite with an inspector's key, for as long as this process lives."""
    from ledger.world import made_key
    from lossproof.jobs.agents import enrol_agent
    from lossproof.model.fact import Role
    from register import sites

    atexit.register(_opened.close)
    site = _opened.enter_context(sites.opened(sites.make(folder()), folder()))
    site.clock.turn(days=60)
    with site.ledger.write() as writer:
        enrol_agent(writer, site.key, made_key("agent").public, Role.INSPECTOR, organisation=site.controller)
    return site


_opened = contextlib.ExitStack()


def api_facts() -> Target:
    """Facts that are damaged and then signed by a key that is enrolled, so that only what they say is in the way.

    Whatever they say, each has an outcome of the shape that was promised, what was accepted is in the log, and a store replays.
    """
    from fact_samples import ID, OTHER_ID, SAMPLES
    from ledger.world import made_key
    from lossproof.errors import FormatError
    from lossproof.ledger.envelope import sign_statement
    from lossproof.ledger.replay import replay
    from lossproof.model.fact import Statement
    from lossproof.wire.checkin import FactsAnswer, FactsRequest, decode, encode
    from lossproof.wire.facts import encode_statement, subject_of

    site, key, accepted = _site(), made_key("agent"), 0

    def signed(predicate: Any) -> bytes:
        text = encode_statement(Statement(subjects=(subject_of(OTHER_ID),), predicate=predicate))
        # Whatever is said is said of one device, and of the register's own organisation.
        return sign_statement(text.replace(ID.encode(), site.controller.encode()), key)

    def run(data: bytes) -> object:
        nonlocal accepted
        site.clock.turn(seconds=1)
        body = encode(FactsRequest(facts=[data]))
        answer = site.client().post("/api/v1/facts", data=body, content_type="application/json")
        if answer.status_code != 200:
            raise AssertionError(f"status {answer.status_code}")
        (outcome,) = decode(answer.content, FactsAnswer).outcomes
        if outcome.error is not None:
            raise FormatError(outcome.error.code)
        accepted += outcome.status == "accepted"
        if outcome.status == "accepted" and accepted % 500 == 1:
            replay(site.ledger.reader)
        return outcome

    run(signed(SAMPLES["registration"][1]))
    others = [signed(one) for every in SAMPLES.values() for one in every]
    return Target(run, [*map(signed, _looks()), *others], SECONDS, shaped=lambda data, draw: resigned(data, draw, key))


def _looks() -> list[Any]:
    """Some valid inspections and counts, as odd as they may be, all of one moment."""
    from hypothesis import HealthCheck, given, settings

    from fact_samples import WHEN, any_of
    from lossproof.model.facts.holding import HoldingFact
    from lossproof.model.facts.inspection import InspectionFact

    found: list[Any] = []

    @settings(max_examples=60, database=None, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(any_of(InspectionFact), any_of(HoldingFact))
    def collect(inspection: Any, holding: Any) -> None:
        found.append(replace(inspection, true_at=WHEN))
        found.append(replace(holding, true_at=WHEN, manifest=None))

    collect()
    return found


def api_bodies() -> Target:
    """Whole bodies, to both addresses: an answer that the OpenAPI document promises."""
    from django.core.cache import cache as limits

    from ledger.world import made_key
    from lossproof.errors import FormatError
    from lossproof.wire.checkin import ErrorAnswer, FactsRequest, decode, encode
    from register.evidence.api_client import asked, code_for

    site = _site()

    def run(data: bytes) -> object:
        limits.clear()
        path = "keys" if b'"code"' in data else "facts"
        answer = site.client().post(f"/api/v1/{path}", data=data, content_type="application/json")
        if answer.status_code in {400, 403, 409, 413, 415}:
            raise FormatError(decode(answer.content, ErrorAnswer).error.code)
        if answer.status_code not in {200, 201}:
            raise AssertionError(f"status {answer.status_code}")
        return answer

    bodies = [asked(code_for(site), made_key(f"agent {number}")) for number in range(3)]
    bodies.append(encode(FactsRequest(facts=[b"{}"])))
    return Target(run, bodies, SECONDS, shaped=in_json)


def targets() -> dict[str, Callable[[], Target]]:
    """How to make every target of this module, by name."""
    from lossproof.wire.reports import sources

    found: dict[str, Callable[[], Target]] = {
        "rules": rules,
        "verdict": verdict,
        "asset list": asset_list,
        "asset list mapping": mapping,
        "import file": import_file,
        "enrolment code": enrolment_code,
        "API facts, signed": api_facts,
        "API bodies": api_bodies,
    }
    for source in sources():
        found[f"report {source.NAME}"] = lambda name=source.NAME: report(name)  # type: ignore[misc]
    for name in CHECK_IN:
        found[f"check-in {name}"] = lambda name=name: check_in(name)  # type: ignore[misc]
    for name in REPORTER:
        found[f"agent {name}"] = lambda name=name: reporter(name)  # type: ignore[misc]
    return found


def ours(*names: str) -> tuple[type[Exception], ...]:
    """Classes of our errors that a target may raise beside those that all may."""
    from lossproof import errors

    return tuple(getattr(errors, name) for name in names)
