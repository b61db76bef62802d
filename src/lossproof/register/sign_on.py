"""The file that names another identity provider (OpenID Connect): TOML with `name`, `issuer`, `client_id`, `client_secret`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from lossproof.errors import FormatError, InputError
from lossproof.ledger.keys import Secret
from lossproof.register.options import SignOn

_MOST_BYTES = 64 << 10
_FIELDS = ("name", "issuer", "client_id", "client_secret")


def read_sign_on(path: Path) -> SignOn:
    """What the file says. Raises `InputError` where it cannot be read, `FormatError` where it says something else."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode("utf-8")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or 'the system refused'}") from None
    except UnicodeDecodeError:
        raise FormatError(f"{path} is not text in UTF-8") from None
    try:
        found = tomllib.loads(text)
        issuer = urlsplit(str(found.get("issuer", "")))
    except (ValueError, RecursionError):
        raise FormatError(f"{path} is not TOML") from None
    if (
        len(text) > _MOST_BYTES
        or set(found) != set(_FIELDS)
        or not all(isinstance(one, str) and one for one in found.values())
    ):
        raise FormatError(f"{path} must say {', '.join(_FIELDS)}, each a text, and nothing else")
    if issuer.scheme != "https" or not issuer.hostname:
        raise FormatError(f"{path}: the issuer is an address that begins with https://")
    return SignOn(
        name=found["name"],
        issuer=found["issuer"].rstrip("/"),
        client_id=found["client_id"],
        client_secret=Secret(found["client_secret"]),
    )
