"""Killed with SIGKILL at a write: the store opens, no receipted fact is gone, and no size has two checkpoints.

`strace` kills a small child at the n-th call that can change a file; n goes on until the child survives. A run takes every eighth
n, beginning at another one each day, unless LOSSPROOF_EVERY_KILL is set: then it takes all. (A kill of the process is not a power
cut: what the system has been given, it writes.)
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.world import LOG, OWNER, World, made_key
from lossproof.ledger.checkpoint import read_signed
from lossproof.ledger.database import open_database
from lossproof.ledger.outside import Outside
from lossproof.ledger.reading import Reader, logs
from lossproof.ledger.recovery import recover
from lossproof.ledger.replay import replay
from lossproof.ledger.store import open_ledger

CALLS = "pwrite64,write,ftruncate,fallocate,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,chmod,fchmod"
MOST = 2000
STEP = 1 if os.environ.get("LOSSPROOF_EVERY_KILL") else 8

APPEND = """
import json, sys
from pathlib import Path
from ledger.world import LOG, MadeClock
from lossproof.ledger.store import open_ledger
folder = Path(sys.argv[1])
envelopes = [path.read_bytes() for path in sorted((folder / "facts").iterdir())]
with open_ledger(str(folder / "store"), folder, LOG, clock=MadeClock()) as ledger:
    for batch in (envelopes[:1], envelopes[1:2], envelopes[2:]):
        with ledger.write() as writer:
            writer.append_many(batch)
            if len(batch) > 1:
                writer.heads()
        for one in writer.receipts:
            print(json.dumps([one.envelope, one.leaves, one.status, one.checkpoint_size, one.checkpoint_root]), flush=True)
"""
RECOVER = """
import json, sys
from pathlib import Path
from ledger.world import LOG, OWNER, MadeClock, made_key
from lossproof.ledger.recovery import recover
from lossproof.ledger.store import open_ledger
folder = Path(sys.argv[1])
with open_ledger(str(folder / "store"), folder, clock=MadeClock()) as ledger:
    print(json.dumps(recover(ledger, OWNER, made_key("new log")).appended), flush=True)
"""
INIT = """
import json, sys
from pathlib import Path
from ledger.world import MadeClock
from lossproof.ledger import keys, store
keys.pyrage.passphrase.encrypt = lambda pem, passphrase, armored: pem
store.create(str(Path(sys.argv[1]) / "made"), None, keys.Secret("x"), clock=MadeClock())
print(json.dumps("made"), flush=True)
"""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}


class Outcome(NamedTuple):
    """Whether the child survived, and what it had said."""

    survived: bool
    said: list


def killed_at(number: int, script: str, folder: Path) -> Outcome:
    """Run a script and kill it at its `number`-th call that can change a file."""
    inject = f"inject={CALLS}:signal=KILL:when={number}"
    traced = ["strace", "-f", "-qqq", "-o", "/dev/null", "-e", f"trace={CALLS}", "-e", inject]
    child = subprocess.run(
        [*traced, sys.executable, "-c", script, str(folder)],
        env=environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    # A kill while a line was being written: what was received of it is not yet a receipt.
    lines = child.stdout.decode().split("\n")[:-1]
    assert child.returncode in {0, -9, 137}, child.stderr.decode()[-2000:]
    return Outcome(child.returncode == 0, [json.loads(line) for line in lines])


@pytest.fixture(scope="module", autouse=True)
def strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    probe = [
        *(
            "strace",
            "-f",
            "-o",
            "/dev/null",
            "-e",
            "trace=write",
            "-e",
            "inject=write:signal=KILL:when=1",
        )
    ]
    done = subprocess.run([*probe, "echo", "x"], capture_output=True, check=False, timeout=20)
    if done.returncode not in {-9, 137} or done.stdout:
        pytest.skip("tracing is not permitted here")


def steps():
    return range(1 + date.today().toordinal() % STEP, MOST, STEP)


@pytest.fixture
def world(sqlite_world, tmp_path) -> World:
    """A store with a device, and facts that are to be appended."""
    world = sqlite_world
    one, two = world.new_id(), world.new_id()
    world.append(world.device(one))
    (tmp_path / "facts").mkdir()
    facts = [world.holding(one), world.device(two), world.holding(two, one), world.holding(two), world.holding(one)]
    for number, fact in enumerate(facts):
        (tmp_path / "facts" / str(number)).write_bytes(fact)
    return world


def copy_of(world: World, tmp_path: Path, number: int) -> Path:
    """The store as it stood, in a folder of its own, its WAL folded in."""
    world.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    folder = tmp_path / f"copy{number}"
    folder.mkdir()
    for name in ("store", "checkpoint"):
        shutil.copyfile(tmp_path / name, folder / name)
    shutil.copytree(tmp_path / "facts", folder / "facts")
    return folder


def signed_size_and_root(folder: Path, world: World) -> tuple[int, str]:
    """What the checkpoint outside says right after the kill."""
    checkpoint = read_signed((folder / "checkpoint").read_bytes(), [world.log.verifier]).checkpoint
    return checkpoint.size, checkpoint.root.hex()


def test_appending_can_be_killed_at_any_write(world, tmp_path):
    survived, kills = False, 0
    for number in steps():
        folder = copy_of(world, tmp_path, number)
        outcome = killed_at(number, APPEND, folder)
        before = signed_size_and_root(folder, world)
        with open_ledger(str(folder / "store"), folder, LOG, clock=world.clock) as ledger:
            assert ledger.behind == "", number
            replay(ledger.reader, outside=Outside(folder / "checkpoint"))
            assert ledger.reader.newest_checkpoint().size == ledger.reader.size
            promised = [before]
            for envelope, leaves, status, size, root in outcome.said:
                assert status == "durable"
                assert [leaf.index for leaf in ledger.reader.leaves_of(envelope)] == leaves
                promised.append((size, root))
            for path in sorted((folder / "facts").iterdir()):
                with ledger.write() as writer:
                    writer.append(path.read_bytes())
            assert ledger.reader.root(ledger.reader.size)
            for size, root in promised:
                assert ledger.reader.root(size).hex() == root, "two roots of one size"
            assert replay(ledger.reader).facts == 5 + 6
        shutil.rmtree(folder)
        kills += not outcome.survived
        if outcome.survived:
            assert len(outcome.said) == 5
            survived = True
            break
    assert survived
    assert kills > 60 // STEP


def test_taking_over_can_be_killed_at_any_write(world, tmp_path):
    world.append(*(path.read_bytes() for path in sorted((tmp_path / "facts").iterdir())))
    survived = False
    for number in steps():
        folder = copy_of(world, tmp_path, number)
        survived = killed_at(number, RECOVER, folder).survived
        with open_database(str(folder / "store")) as database:
            every = logs(database)
            for log in every:
                replay(Reader(database, log))
        key = LOG if len(every) == 1 else made_key("new log")
        with open_ledger(str(folder / "store"), folder, key, clock=world.clock) as ledger:
            assert ledger.behind == ""
            if len(every) == 1:
                recovered = recover(ledger, OWNER, made_key("new log"))
                assert recovered.refused == ()
        with open_ledger(str(folder / "store"), folder, made_key("new log"), clock=world.clock) as ledger:
            assert ledger.behind == ""
            assert ledger.reader.newest_checkpoint().size == ledger.reader.size == world.reader.size
        shutil.rmtree(folder)
        if survived:
            break
    assert survived


def test_making_a_store_can_be_killed_at_any_write(tmp_path):
    survived = False
    for number in steps():
        folder = tmp_path / str(number)
        folder.mkdir()
        survived = killed_at(number, INIT, folder).survived
        if (folder / "made").exists():
            # The store is the last thing that is put in its place: it is whole, and so are its keys.
            with open_ledger(str(folder / "made")) as ledger:
                assert ledger.behind == ""
                assert replay(ledger.reader, outside=ledger.publisher.outside).signed_size == 5
            assert (folder / "made.keys" / "log.key").is_file()
        shutil.rmtree(folder)
        if survived:
            break
    assert survived
