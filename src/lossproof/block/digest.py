"""SHA-256 without loading OpenSSL: CPython's own implementation where it is to be had, `hashlib`'s elsewhere.

`hashlib` costs a twentieth of the whole start of `inspect`; CPython's `random` takes its hash in the same way and for the same
reason. Both give the same digests (FIPS 180-4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import sha256
else:
    try:
        from _sha256 import sha256
    except ImportError:
        from hashlib import sha256

__all__ = ["sha256"]
