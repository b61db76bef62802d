"""The register over HTTP: waitress, one process with threads, so that the keys and the counts of rate limits are in one place.

TLS ends at a proxy in front; what it forwards (address, scheme, host) is believed from its address alone.
"""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable
from types import FrameType
from urllib.parse import urlsplit

import waitress

from lossproof.errors import InputError

THREADS = 8
MOST_BODY_BYTES = 64 << 20
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def listen(host: str, port: int) -> socket.socket:
    """The socket that people will come to. Raises `InputError` where it cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not an address"
        raise InputError(f"cannot listen at {host} port {port}: {reason}", hint="choose another --port") from None


def checked_url(given: str | None, host: str, port: int) -> str:
    """The public address: as given, or that of this machine. Raises `InputError` for one that would carry passwords readably."""
    if given is None:
        if host not in _LOOPBACK:
            raise InputError(
                f"at {host} passwords would travel readably",
                hint="put a proxy with TLS in front, and say its address with --public-url https://...",
            )
        # By name: browsers make no passkeys for an address of digits.
        return f"http://localhost:{port}"
    try:
        parts = urlsplit(given)
        name, _ = parts.hostname, parts.port
    except ValueError:
        raise InputError("--public-url is not an address") from None
    if parts.scheme not in {"http", "https"} or not name or parts.path.strip("/") or parts.query or parts.username:
        raise InputError("--public-url is not an address", hint="such as https://register.example.org")
    if parts.scheme == "http" and name not in _LOOPBACK:
        raise InputError("a public address begins with https://", hint="passwords would travel readably without it")
    return f"{parts.scheme}://{parts.netloc}"


def serve(listening: socket.socket, proxy: str | None, ready: Callable[[], None]) -> None:
    """Serve until somebody stops it (Ctrl-C, SIGTERM); `ready` is called once it answers."""
    from django.urls import get_resolver

    from lossproof.register.wsgi import application

    # Every route is imported now: a mistake in one is said here, and not to whoever comes first.
    _ = get_resolver().url_patterns
    options = {
        "sockets": [listening],
        "threads": THREADS,
        "ident": None,
        "max_request_body_size": MOST_BODY_BYTES,
        "clear_untrusted_proxy_headers": True,
    }
    if proxy is not None:
        options |= {
            "trusted_proxy": proxy,
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto x-forwarded-host",
        }
    server = waitress.create_server(application, **options)
    signal.signal(signal.SIGTERM, _stop)
    ready()
    try:
        server.run()
    finally:
        with contextlib.suppress(OSError):
            server.close()


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
