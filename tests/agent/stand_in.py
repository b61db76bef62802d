"""A register that stands in for the real one: the same ingest and the same JSON over a made-up ledger, on http.server.

It can be told to be away, slow, wrong, or to answer as somebody else: `mood`.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from ledger.world import LOG, OWNER, World
from lossproof.errors import LossproofError
from lossproof.ledger.outside import Outside
from lossproof.ledger.publishing import Publisher
from lossproof.ledger.reading import Reader, logs
from lossproof.ledger.store import Ledger, enrolment
from lossproof.model.fact import Role
from lossproof.register.evidence.ingest import ingest
from lossproof.wire.checkin import (
    Enrolment,
    EnrolRequest,
    FactsAnswer,
    FactsRequest,
    OutcomeGiven,
    ReceiptGiven,
    Refusal,
    decode,
    encode,
)

CODE = "ABCDEFGHJKMNPQRSTVWX"


class StandIn:
    """Started by `with`; `url` is its address, `requests` the paths that were asked for."""

    def __init__(self, world: World, *, role: Role = Role.AGENT, organisation: str | None = None) -> None:
        self.world = world
        self.role = role
        self.organisation = organisation or world.controller
        self.requests: list[str] = []
        self.bodies: list[bytes] = []
        self.mood: Callable[[str, bytes], tuple[int, str, bytes] | None] = lambda path, body: None
        self.used: set[str] = set()
        register = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                register.requests.append(self.path)
                register.bodies.append(body)
                status, kind, answer = register.mood(self.path, body) or register.answer(self.path, body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                if 300 <= status < 400:
                    self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> StandIn:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        with self.world.connect() as database:
            publisher = Publisher(LOG, Outside(self.world.keys / "checkpoint"))
            ledger = Ledger(database=database, log=logs(database)[-1], publisher=publisher, behind="")
            try:
                if path.endswith("/keys"):
                    return 201, "application/json", encode(self.enrol(ledger, decode(body, EnrolRequest)))
                return 200, "application/json", encode(take(ledger, decode(body, FactsRequest)))
            except LossproofError as error:
                return 503, "application/json", encode({"error": refusal(error)})

    def enrol(self, ledger: Ledger, request: EnrolRequest) -> Enrolment:
        public = bytes.fromhex(request.public_key)
        assert request.code == CODE
        if request.public_key not in self.used:
            self.used.add(request.public_key)
            with ledger.write() as writer:
                writer.append(enrolment(public, self.organisation, self.role, OWNER))
        key = next(one for one in ledger.projection.enrolled_keys() if one.public == public)
        return Enrolment(
            fingerprint=key.fingerprint,
            organisation=key.organisation,
            role=key.role.value,
            origin=ledger.log.origin,
            log_key=ledger.log.public.hex(),
            recipient=self.world.recipient,
        )


def refusal(error: LossproofError) -> Refusal:
    return Refusal(code=error.code, message=str(error), hint=error.hint)


def take(ledger: Ledger, request: FactsRequest) -> FactsAnswer:
    outcomes = [
        OutcomeGiven(
            status=one.status,
            envelope=one.envelope,
            receipt=None if one.receipt is None else msgspec.convert(dataclasses.asdict(one.receipt), ReceiptGiven),
            error=None if one.error is None else refusal(one.error),
        )
        for one in ingest(ledger, request.facts, request.values, request.manifests, register_key=OWNER)
    ]
    newest = Reader(ledger.database, ledger.log).newest_checkpoint()
    recipients = [one.recipient for one in ledger.projection.recipients() if one.ended is None]
    return FactsAnswer(
        outcomes=outcomes,
        checkpoint=None if newest is None else newest.note.decode(),
        recipient=recipients[-1] if recipients else None,
    )
