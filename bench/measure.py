"""Whole processes, timed and weighed from outside."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple


class Run(NamedTuple):
    """One finished process: wall and CPU seconds (children waited for included), exit status, what it printed, complaints."""

    wall_seconds: float
    cpu_seconds: float
    status: int
    output: str
    complaints: str = ""


def run(command: Sequence[str | Path], **options: object) -> Run:
    """Run a command to its end."""
    before = os.times()
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    wall = time.perf_counter() - start
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(wall, cpu, done.returncode, done.stdout, done.stderr)


def cpu_of(command: Sequence[str | Path]) -> float:
    """CPU seconds of a command, by the kernel's microsecond accounting of that one process tree."""
    process = subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def paired_ratio(one: Sequence[str | Path], other: Sequence[str | Path], pairs: int = 15) -> tuple[float, float, float]:
    """Median, lowest and highest CPU ratio of `one` to `other`, run in turn after one warm-up each."""
    cpu_of(one), cpu_of(other)
    ratios = sorted(cpu_of(one) / max(cpu_of(other), 1e-6) for _ in range(pairs))
    return statistics.median(ratios), ratios[0], ratios[-1]


def family(root: int) -> list[int]:
    """A process and all that it started, directly or not, and that still run."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += parents.get(pid, [])
    return found


def resident_kib(pid: int) -> tuple[int, str]:
    """Memory of one process: its proportional share (PSS) where that may be read, else all that is resident (RSS)."""
    for name in ("Pss", "Rss"):
        path = Path(f"/proc/{pid}/smaps_rollup" if name == "Pss" else f"/proc/{pid}/status")
        label = "Pss:" if name == "Pss" else "VmRSS:"
        try:
            for line in path.read_text().splitlines():
                if line.startswith(label):
                    return int(line.split()[1]), name
        except OSError:
            continue
    return 0, "Pss"


class Peak(NamedTuple):
    """The most memory that a process and all its children held together at a sampled moment, and how it was summed."""

    mebibytes: float
    how: str
    run: Run


def peak_memory(command: Sequence[str | Path], every_seconds: float = 0.02) -> Peak:
    """Run a command, summing the memory of its whole process tree 50 times a second."""
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    highest, how = 0, "Pss"
    stop = threading.Event()

    def watch() -> None:
        nonlocal highest, how
        while not stop.wait(every_seconds):
            weights = [resident_kib(pid) for pid in family(process.pid)]
            total = sum(weight for weight, _ in weights)
            if any(name == "Rss" for weight, name in weights if weight):
                how = "Rss"
            highest = max(highest, total)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    stop.set()
    watcher.join()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Peak(highest / 1024, how.upper(), Run(time.perf_counter() - start, cpu, process.returncode, output))


def forget_cached(path: Path) -> str:
    """Empty the page cache where that is permitted, else drop these files from it; says which was done."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        each(path, lambda fd: os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED))
        return "the target's files dropped from the page cache, programs warm"
    return "the whole page cache dropped"


def each(path: Path, action: Callable[[int], object]) -> None:
    """Do something with a descriptor of every file at or below a path."""
    for file in [path] if path.is_file() else [entry for entry in path.rglob("*") if entry.is_file()]:
        fd = os.open(file, os.O_RDONLY)
        try:
            action(fd)
        finally:
            os.close(fd)
