"""Writes the two files of one more scheme, identifier, format, category or rule, from a template in `tools/templates`.

    make new scheme=NAME        (or: python tools/new.py scheme NAME)

CONTRIBUTING.md says what to write into them. Nothing is overwritten.
"""

from __future__ import annotations

import argparse
import keyword
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACES = {
    "scheme": ("src/lossproof/inspect/schemes", "tests/inspect/schemes"),
    "identifier": ("src/lossproof/discover/identifiers", "tests/discover/identifiers"),
    "format": ("src/lossproof/discover/formats", "tests/discover/formats"),
    "category": ("src/lossproof/discover/categories", "tests/discover/categories"),
    "rule": ("src/lossproof/policy/rulebook", "tests/policy/rulebook"),
}
SUFFIXES = {"rule": ".toml"}


def main() -> int:
    """Write both files; exit status 2 where the name will not do."""
    parser = argparse.ArgumentParser(description="write the files of one more of a kind")
    parser.add_argument("kind", choices=PLACES)
    parser.add_argument("name", help="the module's name, in small letters, digits and underscores")
    parser.add_argument("--into", type=Path, default=ROOT, help="another folder than this checkout")
    arguments = parser.parse_args()
    name: str = arguments.name
    if not name.isidentifier() or name != name.lower() or keyword.iskeyword(name) or name.startswith("_"):
        parser.error(f"{name}: not a module's name; use small letters, digits and underscores")
    module_folder, test_folder = PLACES[arguments.kind]
    targets = {
        "module": arguments.into / module_folder / f"{name}{SUFFIXES.get(arguments.kind, '.py')}",
        "test": arguments.into / test_folder / f"test_{name}.py",
    }
    for path in targets.values():
        if path.exists():
            parser.error(f"{path} exists")
    for part, path in targets.items():
        template = (ROOT / "tools" / "templates" / f"{arguments.kind}_{part}.txt").read_text(encoding="utf-8")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template.replace("{name}", name), encoding="utf-8")
        print(f"wrote {path.relative_to(arguments.into)}")
    print(f'now: CONTRIBUTING.md, "One more {arguments.kind}"')
    return 0


if __name__ == "__main__":
    sys.exit(main())
