"""One POST over HTTP or HTTPS, with limits of time and size: how a log reaches a time stamp authority or a witness.

Left out on purpose: redirects (what was configured is what is asked), cookies, passwords in addresses. Nothing that comes back
is trusted; whoever asked verifies it.
"""

from __future__ import annotations

import time
from http.client import HTTPException, HTTPResponse
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from lossproof.errors import InputError

DEFAULT_SECONDS = 20.0
_CHUNK_BYTES = 16 << 10


class Reply(NamedTuple):
    """What the other side answered, whatever its status: `content_type` in lower case without parameters."""

    status: int
    content_type: str
    body: bytes


def post(
    url: str,
    body: bytes,
    *,
    content_type: str,
    limit_bytes: int,
    timeout_seconds: float = DEFAULT_SECONDS,
    direct: bool = False,
) -> Reply:
    """Send `body` and return the answer of at most `limit_bytes`; `direct` past the proxy that the environment names.

    Raises InputError for an address that is not plain http or https, if nobody answers, if the answer is longer, or if it is
    not complete after `timeout_seconds` however slowly it drips.
    """
    host = check_url(url)
    outcome: SimpleQueue[Reply | InputError] = SimpleQueue()

    def work() -> None:
        try:
            outcome.put(_exchange(url, body, content_type, limit_bytes, timeout_seconds, direct=direct))
        except InputError as error:
            outcome.put(error)
        except (OSError, HTTPException, ValueError):
            outcome.put(InputError(f"{host} cannot be reached", hint="check the address and the network"))

    # A server may drip header bytes forever, each in time for the socket: only another thread can stop waiting.
    thread = Thread(target=work, daemon=True, name="post")
    thread.start()
    thread.join(timeout_seconds)
    if outcome.empty():
        raise _too_slow(host, timeout_seconds)
    reply = outcome.get()
    if isinstance(reply, InputError):
        raise reply
    return reply


def check_url(url: str) -> str:
    """The host in an address that may be asked. Raises InputError for one that is not plain http or https."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or not url.isascii() or any(map(str.isspace, url)):
        raise InputError("not an http or https address")
    if "@" in parts.netloc:
        raise InputError("the address holds a user name or a password", hint="give the address without them")
    return host


def _exchange(
    url: str, body: bytes, content_type: str, limit_bytes: int, timeout_seconds: float, *, direct: bool
) -> Reply:
    headers = {"Content-Type": content_type, "User-Agent": "lossproof"}
    request = Request(url, body, headers, method="POST")  # noqa: S310 - check_url let only http and https through
    until = time.monotonic() + timeout_seconds
    response: HTTPResponse = _opener(direct=direct).open(request, timeout=timeout_seconds)
    host = check_url(url)
    content = bytearray()
    with response:
        while chunk := response.read1(_CHUNK_BYTES):
            content += chunk
            if len(content) > limit_bytes:
                raise InputError(f"{host} answered with more than {limit_bytes} bytes")
            if time.monotonic() > until:
                raise _too_slow(host, timeout_seconds)
    return Reply(response.status, response.headers.get_content_type(), bytes(content))


def _opener(*, direct: bool) -> OpenerDirector:
    """As urllib's own, less redirects, other schemes, and errors in place of answers."""
    opener = OpenerDirector()
    for handler in (ProxyHandler({} if direct else None), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    return opener


def _too_slow(host: str, timeout_seconds: float) -> InputError:
    return InputError(f"{host} did not answer within {timeout_seconds:g} seconds", hint="try again later")
