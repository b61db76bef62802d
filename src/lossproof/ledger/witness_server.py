"""The witness as a service: POST /add-checkpoint over HTTP/1.1 (C2SP tlog-witness), for as many logs as it knows.

Left out: TLS and rate limits, which belong to the proxy in front if the service leaves this machine. A client that sends slowly,
or nothing, loses its connection after a fixed time; connections beyond a fixed number are closed at once. Nothing about a
client is kept or reported: one line an answer, with its status.
"""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lossproof.errors import InputError, LossproofError
from lossproof.ledger.witness import MAX_REQUEST_BYTES, TEXT_TYPE, Answer, Witness

PATH = "/add-checkpoint"
READ_SECONDS = 10.0
"""How long a client may send nothing."""
CONNECTION_SECONDS = 30.0
"""How long a connection may last, whatever it is used for."""
MAX_CONNECTIONS = 64

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,9}")


class WitnessServer(ThreadingHTTPServer):
    """Listens as soon as it is made, answers in `serve_forever` until `shutdown`; `server_address` is where.

    `report` is given one line an answer. Raises InputError if the address cannot be listened on.
    """

    daemon_threads = True
    # A witness that is started again must get its port back at once.
    allow_reuse_address = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, witness: Witness, host: str, port: int, report: Callable[[str], None]) -> None:
        self.witness = witness
        self.report = report
        self._until: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        if ":" in host:
            self.address_family = socket.AF_INET6
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise InputError(f"cannot listen on {host} port {port}: {error}") from error

    def server_bind(self) -> None:
        """As a plain TCP server does: HTTPServer would ask the name service who we are, and could wait for it."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give the connection a thread, or close it if there are too many."""
        with self._lock:
            full = len(self._until) >= MAX_CONNECTIONS
            if not full:
                self._until[request] = time.monotonic() + CONNECTION_SECONDS
        if full:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection and forget it."""
        with self._lock:
            self._until.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Called at least twice a second by `serve_forever`: end the connections whose time is up."""
        now = time.monotonic()
        with self._lock:
            for request, until in self._until.items():
                if until < now:
                    with contextlib.suppress(OSError):
                        request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: Any) -> None:
        """A client that went away is no event; anything else is one line, never a traceback with what it sent."""
        error = sys.exception()
        if not isinstance(error, OSError):
            self.report(f"add-checkpoint failed: {type(error).__name__}")


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    timeout = READ_SECONDS

    def do_POST(self) -> None:
        """Answer one request; the connection stays open only if the next one can be told apart from this one."""
        length = self._length()
        if length is None:
            self._answer(_plain(400, "the request has no plain content length"))
        elif length > MAX_REQUEST_BYTES:
            self._answer(_plain(400, "the request is too long"))
        elif self.path != PATH:
            self._answer(_plain(404, "there is nothing here"))
        else:
            body = self.rfile.read(length)
            if len(body) == length:
                self._answer(self._add_checkpoint(body), keep=True)
            else:
                self.close_connection = True

    def _add_checkpoint(self, body: bytes) -> Answer:
        try:
            return self.server.witness.add_checkpoint(body)
        except LossproofError as error:
            self.server.report(f"add-checkpoint failed: {error}")
            return _plain(500, "the witness cannot use its state")

    def _length(self) -> int | None:
        lengths = self.headers.get_all("Content-Length", [])
        plain = len(lengths) == 1 and _DECIMAL.fullmatch(lengths[0]) and "Transfer-Encoding" not in self.headers
        return int(lengths[0]) if plain else None

    def _answer(self, answer: Answer, *, keep: bool = False) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if not keep:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(answer.body)

    def send_error(self, code: int, *_: object, **__: object) -> None:
        """What the library refuses by itself, without repeating what was sent."""
        self._answer(_plain(code, HTTPStatus(code).phrase.lower()))

    def log_request(self, code: int | str = "-", *_: object, **__: object) -> None:
        self.server.report(f"add-checkpoint {int(code)}")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        pass

    def version_string(self) -> str:
        return "lossproof"


def serve(witness: Witness, host: str = "127.0.0.1", port: int = 0, *, report: Callable[[str], None]) -> None:
    """Serve until interrupted; the first line reported is the address. Raises InputError if it cannot be listened on."""
    with WitnessServer(witness, host, port, report) as server:
        where = f"[{host}]" if ":" in host else host
        report(f"witness {witness.name} listens on http://{where}:{server.server_port}")
        server.serve_forever()


def _plain(status: int, text: str) -> Answer:
    return Answer(status, TEXT_TYPE, f"{text}\n".encode("ascii"))
