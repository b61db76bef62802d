"""Workers die, hang and talk nonsense; the work goes on, nothing waits for ever, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lossproof.discover import pool as pools
from lossproof.discover import protocol
from lossproof.discover.pool import Job, Pool
from lossproof.errors import StoreError

TEXT = b"Nothing but bread and gardens.\n"


class Asked:
    """A job about a small file, and everything that came back."""

    def __init__(self, folder: Path, name: str = "note.txt", *, content: bytes = TEXT) -> None:
        self.path = folder / name
        self.path.write_bytes(content)
        self.replies: list[protocol.Reply] = []
        self.failures: list[tuple[str, str]] = []
        self.job = Job(
            protocol.Request(kind="file", name=name, size_bytes=len(content)),
            len(content),
            self.replies.append,
            lambda reason, text: self.failures.append((reason, text)),
            lambda: os.open(self.path, os.O_RDONLY),
        )

    @property
    def ended(self) -> bool:
        return len(self.failures) + sum(reply.done for reply in self.replies) == 1


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    before = set(Path("/proc/self/fd").iterdir())
    yield
    left = {path for path in Path("/proc/self/fd").iterdir() if path.exists()} - before
    assert not left
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def kill(pool: Pool, number: int = 0) -> None:
    os.kill(pool._workers[number].process.pid, signal.SIGKILL)


def play(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Let the workers be this program, whose `channel` is its socket; `ready` and `said` are messages."""
    program = folder / "worker.py"
    program.write_text(
        "import os, socket, struct, sys, time\n"
        "channel = socket.socket(fileno=int(sys.argv[-1]))\n"
        "def framed(payload): return struct.pack('>I', len(payload)) + payload\n"
        "ready = framed(b'\\x81\\xacnot_enforced\\x90')\n"
        "said = framed(b'\\x81\\xa4done\\xc3')\n" + script
    )
    start = folder / "python"
    start.write_text(f'#!/bin/sh\nexec {sys.executable} "{program}" "$@"\n')
    start.chmod(0o755)
    monkeypatch.setattr(pools.sys, "executable", str(start))


def test_every_job_is_answered_once(tmp_path):
    asked = [Asked(tmp_path, f"{number}.txt") for number in range(20)]
    with Pool(2) as pool:
        pool.run(one.job for one in asked)
    assert all(one.ended for one in asked)
    assert not [one.failures for one in asked if one.failures]


def test_no_work_is_done_at_once():
    with Pool(1) as pool:
        pool.run(iter(()))


def test_a_worker_that_is_killed_costs_its_own_file_alone(tmp_path):
    asked = [Asked(tmp_path, f"{number}.txt") for number in range(8)]
    victim = asked[3]

    def jobs() -> Iterator[Job]:
        for one in asked:
            yield one.job

    with Pool(1) as pool:
        opener = victim.job.open

        def doomed() -> int:
            kill(pool)
            return opener()

        victim.job.open = doomed
        pool.run(jobs())
        assert len(pool._workers) == 1
    assert [reason for reason, _ in victim.failures] == ["crashed"]
    others = [one for one in asked if one is not victim]
    assert all(one.ended and not one.failures for one in others)


def test_a_worker_that_is_killed_while_it_is_idle_is_replaced(tmp_path):
    first, second = Asked(tmp_path, "1.txt"), Asked(tmp_path, "2.txt")
    with Pool(1) as pool:
        pool.run(iter([first.job]))
        kill(pool)
        pool._workers[0].process.wait()
        pool.run(iter([second.job]))
    assert first.ended
    assert second.ended


def test_a_worker_that_hangs_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "PATIENCE_SECONDS", 0.5)
    asked = [Asked(tmp_path, f"{number}.txt") for number in range(3)]
    with Pool(1) as pool:
        opener = asked[1].job.open

        def stopped() -> int:
            os.kill(pool._workers[0].process.pid, signal.SIGSTOP)
            return opener()

        asked[1].job.open = stopped
        pool.run(one.job for one in asked)
    assert [reason for reason, _ in asked[1].failures] == ["too_slow"]
    assert asked[0].replies
    assert asked[2].replies


def test_a_file_that_cannot_be_opened_has_its_reason(tmp_path):
    gone, kept, other = Asked(tmp_path, "gone.txt"), Asked(tmp_path, "kept.txt"), Asked(tmp_path, "other.txt")
    gone.path.unlink()
    errors = iter([PermissionError(13, "no"), OSError(5, "input/output error"), OSError("strange")])

    def failing() -> int:
        raise next(errors)

    jobs = [Asked(tmp_path, f"{number}.txt") for number in range(3)]
    for one in jobs:
        one.job.open = failing
    with Pool(1) as pool:
        pool.run(one.job for one in [gone, *jobs, kept, other])
    assert [reason for reason, _ in gone.failures] == ["vanished"]
    assert [one.failures[0][0] for one in jobs] == ["permission", "unreadable", "unreadable"]
    assert all(one.failures[0][1] for one in jobs)
    assert kept.replies
    assert other.replies


@pytest.mark.parametrize(
    "script",
    [
        "channel.sendall(ready); channel.recv(9999); os.abort()",
        "channel.sendall(ready); channel.recv(9999); channel.sendall(framed(b'nonsense')); time.sleep(60)",
        "channel.sendall(ready); channel.recv(9999); channel.sendall(b'\\xff' * 8); time.sleep(60)",
        "channel.sendall(ready); channel.recv(9999); channel.sendall(said[:5]); time.sleep(60)",
        "channel.sendall(ready); channel.recv(9999); channel.sendall(said[:5])",
    ],
    ids=["dies", "nonsense", "oversized", "stops in the middle", "hangs up in the middle"],
)
def test_a_worker_that_misbehaves_is_not_believed_and_not_waited_for(tmp_path, monkeypatch, script):
    monkeypatch.setattr(pools, "_SAYING_SECONDS", 0.5)
    play(monkeypatch, tmp_path, script)
    asked = [Asked(tmp_path, f"{number}.txt") for number in range(3)]
    began = time.monotonic()
    with Pool(1) as pool:
        pool.run(one.job for one in asked)
    assert [[reason for reason, _ in one.failures] for one in asked] == [["crashed"]] * 3
    assert time.monotonic() - began < 20


def test_a_worker_that_answers_what_was_not_asked_is_ignored(tmp_path, monkeypatch):
    play(monkeypatch, tmp_path, "channel.sendall(ready + said)\nchannel.recv(9999)\nchannel.sendall(said + said)\n")
    asked = Asked(tmp_path)
    with Pool(1) as pool:
        pool.run(iter([asked.job]))
    assert asked.ended


def test_a_worker_that_goes_on_talking_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "PATIENCE_SECONDS", 1.0)
    more = struct.pack(">I", 7) + b"\x81\xa4done\xc2"
    play(monkeypatch, tmp_path, f"channel.sendall(ready); channel.recv(9999)\nwhile True: channel.sendall({more!r})\n")
    asked = Asked(tmp_path)
    with Pool(1) as pool:
        pool.run(iter([asked.job]))
    assert [reason for reason, _ in asked.failures] == ["too_slow"]


@pytest.mark.parametrize("script", ["sys.exit(3)", "channel.sendall(said); time.sleep(60)"], ids=["ends", "nonsense"])
def test_a_reader_that_does_not_start_is_an_error_with_a_hint(tmp_path, monkeypatch, script):
    play(monkeypatch, tmp_path, script)
    with Pool(2) as pool, pytest.raises(StoreError, match="does not start") as raised:
        pool.run(iter([Asked(tmp_path).job]))
    assert "lossproof.discover.worker" in raised.value.hint


def test_a_reader_that_never_gets_ready_is_not_waited_for_long(tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "_START_SECONDS", 0.3)
    play(monkeypatch, tmp_path, "time.sleep(60)")
    with Pool(1) as pool, pytest.raises(StoreError):
        pool.run(iter([Asked(tmp_path).job]))


def test_what_could_not_be_enforced_is_collected(tmp_path, monkeypatch):
    play(
        monkeypatch,
        tmp_path,
        "channel.sendall(framed(b'\\x81\\xacnot_enforced\\x92\\xabno_landlock\\xaano_seccomp')); channel.recv(9999); "
        "channel.sendall(said); time.sleep(60)",
    )
    with Pool(1) as pool:
        pool.run(iter([Asked(tmp_path).job]))
        assert pool.not_enforced == {"no_landlock", "no_seccomp"}


def test_leaving_in_the_middle_ends_every_worker(tmp_path):
    def stop(_: protocol.Reply) -> None:
        raise KeyboardInterrupt

    asked = Asked(tmp_path)
    asked.job.replied = stop
    with pytest.raises(KeyboardInterrupt), Pool(2) as pool:
        processes = [worker.process for worker in pool._workers]
        pool.run(iter([asked.job]))
    assert [process.returncode for process in processes] == [-signal.SIGKILL] * 2


def test_workers_have_no_environment_and_are_not_in_the_reach_of_the_keyboard(tmp_path):
    with Pool(1) as pool:
        pid = pool._workers[0].process.pid
        pool.run(iter([Asked(tmp_path).job]))
        assert os.getsid(pid) == pid != os.getsid(0)
        if os.geteuid() == 0:
            assert Path(f"/proc/{pid}/environ").read_bytes().replace(b"LC_CTYPE=C.UTF-8\0", b"") == b""
