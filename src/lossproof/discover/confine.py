"""Locks a child process in before it parses bytes that a stranger may have made.

A document or a file system from a found stick can be built to take over the program that reads it. lossproof therefore
reads such bytes only in a child process that, after its imports and before its first foreign byte, calls `lock_down`.
From then on the child can compute, read and write the descriptors it was given, and end; what it cannot do, it cannot
be made to do:

| it cannot | because |
|---|---|
| open, create, list, rename, delete or change any file | Landlock; seccomp refuses every call that takes a path |
| reach a network, or another process by its own socket | seccomp: no `socket`, no address to send to; Landlock: no TCP |
| start a program or a process | seccomp: no `execve`, `clone` for threads alone; else RLIMIT_NPROC 0 (not root) |
| signal, trace or read another process | seccomp: no `ptrace`, `process_vm_readv`, `kill` to others; Landlock scopes |
| gain rights through a set-user-id file | PR_SET_NO_NEW_PRIVS |
| use up memory or a processor | RLIMIT_AS, RLIMIT_CPU |
| leave what it read on a disk | no core dump, not dumpable, RLIMIT_FSIZE 0 |
| outlive the program that started it | PR_SET_PDEATHSIG |

What it can still do: give wrong answers about the very bytes it was given, and take its time up to the limit. So
nothing a child says is trusted beyond being shown, and the parent gives it one read-only descriptor and an empty
environment; a socket given to it should be a stream or sequenced-packet pair, because a datagram socket can be sent
elsewhere.

The codes that `lock_down` returns say what this system could not enforce; they stand in the report. On systems other
than Linux that is nearly everything.
"""

from __future__ import annotations

import contextlib
import ctypes
import signal
import sys
from pathlib import Path

from lossproof.discover.linux import landlock, seccomp

#: Enough for the standard streams, a socket and the descriptors of the files being read.
MAX_OPEN_FILES = 64

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


def lock_down(*, memory_bytes: int, cpu_seconds: int) -> tuple[str, ...]:
    """Give up every right that parsing does not need, for good. Called once, in the child, from its only thread.

    `memory_bytes` of address space and `cpu_seconds` of processor time are what the process may take beyond what it
    has taken so far. Past the first, allocations fail (`MemoryError`); past the second, the kernel ends the process
    (SIGXCPU). Modules, codecs, fonts and time zones that will be needed must be loaded before.
    PR_SET_PDEATHSIG follows the thread of the parent that started the child: it must live as long as
    the child shall.

    Returns what could not be enforced: `no_limits`, `no_landlock`, `no_seccomp`, `no_network_filter`; () when all is.
    Never raises.
    """
    missing: list[str] = []
    if not _limit(memory_bytes, cpu_seconds):
        missing.append("no_limits")
    if sys.platform != "linux":
        return (*missing, "no_landlock", "no_seccomp", "no_network_filter")
    libc = ctypes.CDLL(None, use_errno=True)
    _prctl(libc, _PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(libc, _PR_SET_DUMPABLE, 0)
    _prctl(libc, _PR_SET_NO_NEW_PRIVS, 1)
    if not landlock.deny_files(libc):
        missing.append("no_landlock")
    if not seccomp.filter_calls(libc):
        missing += ["no_seccomp", "no_network_filter"]
        _forbid_processes()
    return tuple(missing)


def _prctl(libc: ctypes.CDLL, option: int, value: int) -> None:
    zero = ctypes.c_ulong(0)
    libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero)


def _limit(memory_bytes: int, cpu_seconds: int) -> bool:
    """Set the resource limits; whether all of them hold."""
    try:
        import resource
    except ImportError:
        return False
    usage = resource.getrusage(resource.RUSAGE_SELF)
    processor = int(usage.ru_utime + usage.ru_stime) + 1 + cpu_seconds
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_CPU: processor,
        resource.RLIMIT_AS: _address_space_bytes() + memory_bytes,
    }
    held = True
    for limit, value in limits.items():
        try:
            _, hard = resource.getrlimit(limit)
            ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(limit, (ceiling, ceiling))
        except (OSError, ValueError):
            held = False
    return held


def _address_space_bytes() -> int:
    """How much address space this process has now; 0 where the system does not say."""
    import resource

    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def _forbid_processes() -> None:
    """The next best thing where seccomp is missing. It also forbids threads, and binds nobody who is root."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
