"""A command on a terminal of its own, and what a person types there."""

from __future__ import annotations

import os
import pty
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_TAKES_TERMINAL = "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
_PATIENCE_SECONDS = 120.0
_AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class Typed:
    """How the command ended, what the terminal showed, and what came out of its standard output where that is a pipe."""

    status: int
    shown: bytes
    out: bytes


def on_a_terminal(
    command: Sequence[str], prompt: bytes, keys: bytes, *, env: Mapping[str, str], out_is_a_pipe: bool = False
) -> Typed:
    """Run a command, and press these keys when it has asked. Keys that make a signal are pressed again each second: one that
    comes in the moment before the read begins is seen only after it. Killed when it takes two minutes."""
    ours, theirs = pty.openpty()
    python = command[0]
    running = subprocess.Popen(
        [python, "-c", _TAKES_TERMINAL, *command],
        stdin=theirs,
        stdout=subprocess.PIPE if out_is_a_pipe else theirs,
        stderr=theirs,
        env=dict(env),
    )
    os.close(theirs)
    try:
        shown = _talk(ours, running, prompt, keys)
        out = running.stdout.read() if running.stdout is not None else b""
        return Typed(running.wait(timeout=10), shown, out)
    finally:
        running.kill()
        running.wait()
        if running.stdout is not None:
            running.stdout.close()
        os.close(ours)


def _talk(ours: int, running: subprocess.Popen[bytes], prompt: bytes, keys: bytes) -> bytes:
    shown, pressed = b"", 0.0
    until = time.monotonic() + _PATIENCE_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(ours, selectors.EVENT_READ)
        while time.monotonic() < until:
            if prompt in shown and (not pressed or (keys == b"\x03" and time.monotonic() > pressed + _AGAIN_SECONDS)):
                os.write(ours, keys)
                pressed = time.monotonic()
            if selector.select(0.05):
                try:
                    shown += os.read(ours, 4096)
                except OSError:  # the other end is gone
                    return shown
            elif running.poll() is not None:
                return shown
    raise AssertionError(f"no end after two minutes: {shown!r}")
