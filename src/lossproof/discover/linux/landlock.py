"""Landlock (kernel documentation, userspace-api/landlock): from here on this thread opens no file at all.

A ruleset that handles every right the running kernel knows, and grants none. From ABI 4 it also refuses TCP, from ABI 6
abstract Unix sockets of others and signals to others. Descriptors that are open already go on working.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_SYS_CREATE_RULESET = 444
_SYS_RESTRICT_SELF = 446
_CREATE_RULESET_VERSION = 1

# Rights by the ABI they came with: LANDLOCK_ACCESS_FS_*, LANDLOCK_ACCESS_NET_*, LANDLOCK_SCOPE_* of linux/landlock.h.
_FS_ABI_1 = (1 << 13) - 1
_FS_REFER_ABI_2 = 1 << 13
_FS_TRUNCATE_ABI_3 = 1 << 14
_NET_TCP_ABI_4 = 0b11
_FS_IOCTL_DEV_ABI_5 = 1 << 15
_SCOPE_ABI_6 = 0b11


class _RulesetAttr(ctypes.Structure):
    """struct landlock_ruleset_attr."""

    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def deny_files(libc: ctypes.CDLL) -> bool:
    """Refuse every file from here on. False where the kernel has no Landlock, or where other threads would stay free.

    Needs `no_new_privs`. Cannot be undone.
    """
    abi = libc.syscall(_SYS_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_CREATE_RULESET_VERSION))
    if abi < 1:
        return False
    threads = len(list(Path("/proc/self/task").iterdir())) if Path("/proc/self/task").is_dir() else 2
    attr = _RulesetAttr(
        handled_access_fs=_FS_ABI_1
        | (_FS_REFER_ABI_2 if abi >= 2 else 0)
        | (_FS_TRUNCATE_ABI_3 if abi >= 3 else 0)
        | (_FS_IOCTL_DEV_ABI_5 if abi >= 5 else 0),
        handled_access_net=_NET_TCP_ABI_4 if abi >= 4 else 0,
        scoped=_SCOPE_ABI_6 if abi >= 6 else 0,
    )
    # Older kernels refuse a longer struct than they know.
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = libc.syscall(_SYS_CREATE_RULESET, ctypes.byref(attr), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    try:
        restricted = libc.syscall(_SYS_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0
    finally:
        os.close(ruleset)
    return restricted and threads == 1
