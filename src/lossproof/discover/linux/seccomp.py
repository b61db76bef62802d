"""A seccomp-BPF filter (kernel documentation, userspace-api/seccomp_filter): a process keeps memory and descriptors.

The filter is a list of what is allowed; everything else answers EPERM, so that a library which merely tries (a font
folder, `/proc`) goes on without. A list of what is forbidden would be shorter and would grow a hole with every new
system call. What CPython, numpy, libtsk, pdfium, calamine, sqlite and the allocator of glibc or musl need after their
start-up is small: memory, reading and writing descriptors, waiting, clocks, signals to oneself, threads.

Some calls are allowed by their arguments alone: - `clone` makes threads and nothing else; `clone3`, whose flags a
filter cannot see, answers ENOSYS and glibc falls back. - `sendto` only without an address; `sendmsg` and `recvmsg`
work on the sockets that were given. No socket can be made. - `newfstatat` and `statx` only as `fstat` (AT_EMPTY_PATH).
`fcntl` and `ioctl` only for flags, non-blocking, duplicates. - `kill` and `tgkill` only to oneself; `prlimit64` only
to read.

x86_64 and aarch64, by their own numbers (asm/unistd_64.h; asm-generic/unistd.h). A call made through another
architecture's entry (32-bit code on a 64-bit kernel) kills the process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator

_SET_MODE_FILTER = 1
_FLAG_TSYNC = 1
_RET_KILL_PROCESS = 0x80000000
_RET_ERRNO = 0x00050000
_RET_ALLOW = 0x7FFF0000

# Opcodes of classic BPF: load a word, jump if equal, jump if any bit is set, return.
_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_OFFSET, _ARCH_OFFSET, _ARGS_OFFSET = 0, 4, 16

_CLONE_THREAD = 0x10000
_AT_EMPTY_PATH = 0x1000
_FCNTL = (0, 1, 2, 3, 4, 1030)  # DUPFD, GETFD, SETFD, GETFL, SETFL, DUPFD_CLOEXEC
_IOCTL = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX

#: name: (x86_64, aarch64); None where the architecture has no such call.
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63), "readv": (19, 65), "pread64": (17, 67), "preadv": (295, 69), "write": (1, 64), "writev": (20, 66),
    "lseek": (8, 62), "close": (3, 57), "close_range": (436, 436), "fstat": (5, 80),
    "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24),
    "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216), "madvise": (28, 233),
    "brk": (12, 214), "membarrier": (324, 283),
    "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293), "set_tid_address": (218, 96),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "getcpu": (309, 168),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "setitimer": (38, 103), "getitimer": (36, 102), "alarm": (37, None), "pause": (34, None),
    "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "restart_syscall": (219, 128),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169), "times": (100, 153),
    "time": (201, None),
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
    "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None), "epoll_pwait": (281, 22),
    "recvfrom": (45, 207), "recvmsg": (47, 212), "sendmsg": (46, 211), "shutdown": (48, 210),
    "getsockname": (51, 204), "getpeername": (52, 205), "getsockopt": (55, 209),
    "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173), "getcwd": (79, 17),
    "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "uname": (63, 160), "sysinfo": (99, 179), "getrusage": (98, 165), "getrlimit": (97, 163), "getrandom": (318, 278),
    "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
_CLONE, _CLONE3, _SENDTO, _NEWFSTATAT, _STATX = (56, 220), (435, 435), (44, 206), (262, 79), (332, 291)
_PRLIMIT64, _KILL, _TGKILL, _IOCTL_CALL, _FCNTL_CALL = (302, 261), (62, 129), (234, 131), (16, 29), (72, 25)

#: os.uname().machine: (AUDIT_ARCH_*, place in the tables above, the number of seccomp(2)).
ARCHITECTURES = {"x86_64": (0xC000003E, 0, 317), "aarch64": (0xC00000B7, 1, 277)}

_Instruction = tuple[int, int, int, int]
_ALLOW: _Instruction = (_RETURN, 0, 0, _RET_ALLOW)
_REFUSE: _Instruction = (_RETURN, 0, 0, _RET_ERRNO | errno.EPERM)


def _low(argument: int) -> _Instruction:
    return (_LOAD, 0, 0, _ARGS_OFFSET + 8 * argument)


def _high(argument: int) -> _Instruction:
    return (_LOAD, 0, 0, _ARGS_OFFSET + 8 * argument + 4)


def _if_bit(argument: int, bit: int) -> list[_Instruction]:
    return [_low(argument), (_JUMP_SET, 0, 1, bit), _ALLOW, _REFUSE]


def _if_one_of(argument: int, values: tuple[int, ...]) -> list[_Instruction]:
    tests = [instruction for value in values for instruction in ((_JUMP_EQUAL, 0, 1, value), _ALLOW)]
    return [_low(argument), *tests, _REFUSE]


def _if_null(argument: int) -> list[_Instruction]:
    return [_low(argument), (_JUMP_EQUAL, 0, 3, 0), _high(argument), (_JUMP_EQUAL, 0, 1, 0), _ALLOW, _REFUSE]


def _rules(place: int, pid: int) -> Iterator[tuple[int, list[_Instruction]]]:
    """(system call number, what to do with it) for one architecture."""
    for numbers in ALLOWED.values():
        number = numbers[place]
        if number is not None:
            yield number, [_ALLOW]
    yield _CLONE[place], _if_bit(0, _CLONE_THREAD)
    yield _CLONE3[place], [(_RETURN, 0, 0, _RET_ERRNO | errno.ENOSYS)]
    yield _SENDTO[place], _if_null(4)
    yield _NEWFSTATAT[place], _if_bit(3, _AT_EMPTY_PATH)
    yield _STATX[place], _if_bit(2, _AT_EMPTY_PATH)
    yield _PRLIMIT64[place], _if_null(2)
    yield _KILL[place], _if_one_of(0, (pid,))
    yield _TGKILL[place], _if_one_of(0, (pid,))
    yield _IOCTL_CALL[place], _if_one_of(1, _IOCTL)
    yield _FCNTL_CALL[place], _if_one_of(1, _FCNTL)


def program(machine: str, pid: int) -> bytes:
    """The filter for a process `pid` on `machine` (a key of `ARCHITECTURES`), as an array of struct sock_filter."""
    arch, place, _ = ARCHITECTURES[machine]
    instructions: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCH_OFFSET),
        (_JUMP_EQUAL, 1, 0, arch),
        (_RETURN, 0, 0, _RET_KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER_OFFSET),
    ]
    for number, block in _rules(place, pid):
        instructions += [(_JUMP_EQUAL, 0, len(block), number), *block]
    instructions.append(_REFUSE)
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


class _SockFprog(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def filter_calls(libc: ctypes.CDLL) -> bool:
    """Put the filter on every thread of this process. False on another architecture, or where the kernel refuses.

    Needs `no_new_privs`. Cannot be undone.
    """
    machine = os.uname().machine
    if machine not in ARCHITECTURES or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    code = program(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    fprog = _SockFprog(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    number = ARCHITECTURES[machine][2]
    answer: int = libc.syscall(number, ctypes.c_uint(_SET_MODE_FILTER), ctypes.c_uint(_FLAG_TSYNC), ctypes.byref(fprog))
    return answer == 0
