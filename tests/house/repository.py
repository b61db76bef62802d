"""Where things stand in the repository: what the house rules are checked against."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "src" / "lossproof"
UNWATCHED = {".git", ".venv", ".venv-bench", "demo", "build", "__pycache__"}


def kept_files() -> list[Path]:
    """Every file that is in the repository or would be added to it; all files where this is no git checkout."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=False
    )
    if listing.returncode == 0:
        found = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not UNWATCHED & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in set(found) if path.is_file())


def kept_texts() -> list[tuple[str, str]]:
    """(path from the root, text) of every kept file that is text."""
    texts = []
    for path in kept_files():
        try:
            texts.append((path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return texts


def product_modules() -> list[tuple[str, ast.Module]]:
    """(path from the root, syntax tree) of every module of the product."""
    return [
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PRODUCT.rglob("*.py"))
    ]


def kinds_of(folder: str) -> list[Path]:
    """The one-file-each modules of a folder of the product, such as `inspect/schemes`."""
    return sorted(path for path in (PRODUCT / folder).glob("*.py") if not path.name.startswith("_"))
