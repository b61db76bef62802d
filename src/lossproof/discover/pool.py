"""A few confined workers, each with one request at a time, a deadline, and a successor if it dies."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lossproof.discover import protocol
from lossproof.errors import FormatError, StoreError

PATIENCE_SECONDS = 60.0
"""How long any file may take, whatever its size; and"""
SECONDS_PER_MIB = 4.0
"""how much longer for each MiB of it. A file that takes more is reported as not examined."""

_START_SECONDS = 60.0
_SAYING_SECONDS = 30.0
"""How long one message may take from its first byte to its last: nobody waits for a worker that stops in the middle."""


@dataclass(slots=True)
class Job:
    """A request with what it needs and who wants its replies. `effort_bytes` sets how long it may take. `open` gives the
    descriptor to send (closed afterwards), or raises `OSError`, which goes to `failed` as reason and text like every
    other way in which a job can end badly."""

    request: protocol.Request
    effort_bytes: int
    replied: Callable[[protocol.Reply], None]
    failed: Callable[[str, str], None]
    open: Callable[[], int] | None = None


@dataclass(slots=True)
class _Worker:
    """One child process with its socket."""

    process: subprocess.Popen[bytes]
    channel: socket.socket
    ready: bool = False
    job: Job | None = None
    deadline: float = field(default_factory=lambda: time.monotonic() + _START_SECONDS)


class Pool:
    """Runs jobs on `size` workers. Use as a context: leaving it kills every child, whatever happened."""

    def __init__(self, size: int, image_fd: int | None = None, image_bytes: int = 0) -> None:
        self.not_enforced: set[str] = set()
        self._image = (image_fd, image_bytes)
        self._selector = selectors.DefaultSelector()
        self._workers: list[_Worker] = []
        self._deaths_at_start = 0
        for _ in range(size):
            self._start()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in list(self._workers):
            self._bury(worker)
        self._selector.close()

    def run(self, jobs: Iterator[Job]) -> None:
        """Run every job to its end. Jobs are drawn from the iterator as workers become free."""
        exhausted = False
        while True:
            for worker in self._workers:
                while worker.ready and worker.job is None and not exhausted:
                    job = next(jobs, None)
                    if job is None:
                        exhausted = True
                    else:
                        self._give(worker, job)
            if exhausted and all(worker.job is None for worker in self._workers):
                return
            self._wait()

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", "-m", "lossproof.discover.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is the parent's to handle
            )
        worker = _Worker(process, ours)
        self._workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, worker)

    def _bury(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._selector.unregister(worker.channel)
        worker.process.kill()
        worker.process.wait()
        worker.channel.close()

    def _replace(self, worker: _Worker, reason: str, text: str) -> None:
        """A worker died or had to be killed: its job is over, and another worker takes its place."""
        job, started = worker.job, worker.ready
        self._bury(worker)
        if not started:
            self._deaths_at_start += 1
            if self._deaths_at_start > 3:
                raise StoreError(
                    "the confined reader does not start", hint="run `python -m lossproof.discover.worker` to see why"
                )
        self._start()
        if job is not None:
            job.failed(reason, text)

    def _give(self, worker: _Worker, job: Job) -> None:
        fd = None
        try:
            if job.open is not None:
                fd = job.open()
        except OSError as error:
            job.failed(*_why(error))
            return
        try:
            worker.job = job
            worker.deadline = time.monotonic() + PATIENCE_SECONDS + SECONDS_PER_MIB * job.effort_bytes / (1 << 20)
            worker.channel.settimeout(_SAYING_SECONDS)
            protocol.send(worker.channel, job.request, fd)
        except OSError:
            self._replace(worker, "crashed", "the reader stopped")
        finally:
            if fd is not None:
                os.close(fd)

    def _wait(self) -> None:
        nearest = min(worker.deadline for worker in self._workers if worker.job is not None or not worker.ready)
        for key, _ in self._selector.select(max(0.0, nearest - time.monotonic())):
            self._hear(key.data)
        now = time.monotonic()
        for worker in list(self._workers):
            if now > worker.deadline and (worker.job is not None or not worker.ready):
                self._replace(worker, "too_slow", "took longer than any real file of its size")

    def _hear(self, worker: _Worker) -> None:
        try:
            if not worker.ready:
                ready = protocol.receive(worker.channel, protocol.Ready, patience_seconds=_SAYING_SECONDS)
                self._welcome(worker, ready)
                return
            reply = protocol.receive(worker.channel, protocol.Reply, patience_seconds=_SAYING_SECONDS)
        except (EOFError, FormatError, OSError):
            self._replace(worker, "crashed", "the reader crashed on it")
            return
        job = worker.job
        if job is None:
            return
        if reply.done:
            worker.job = None
        job.replied(reply)

    def _welcome(self, worker: _Worker, ready: protocol.Ready) -> None:
        worker.ready = True
        self.not_enforced.update(ready.not_enforced[:16])
        fd, size_bytes = self._image
        if fd is not None:
            request = protocol.Request(kind="image", size_bytes=size_bytes)
            job = Job(request, 0, lambda _: None, lambda _reason, _text: None, lambda: os.dup(fd))
            self._give(worker, job)


def _why(error: OSError) -> tuple[str, str]:
    if isinstance(error, PermissionError):
        return "permission", "you may not read it"
    if isinstance(error, FileNotFoundError):
        return "vanished", "it was gone when it was its turn"
    with contextlib.suppress(ValueError):
        return "unreadable", os.strerror(error.errno or 0)
    return "unreadable", "the system could not open it"
