"""Put GOV.UK Frontend's built CSS and JavaScript into the register, without the brand that is the government's alone.

    tools/vendor_govuk_frontend.py govuk-frontend-6.6.0.tgz

The archive is the package `govuk-frontend` of that version, checked by SHA-256. What is changed in the CSS: the two @font-face rules
of GDS Transport go, its name in every font stack becomes the system's fonts, and the three rules' crest image becomes none. The
JavaScript stays as it is. Both lose the mention of their source maps.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tarfile
from pathlib import Path

VERSION = "6.6.0"
SHA256 = "52c4eb554e54d8a6e4ba801e9da5ec3a5b930fd2f117a39677f0b6296e954751"
OUT = Path(__file__).resolve().parents[1] / "src/lossproof/register/web/static/govuk-frontend"
SYSTEM_FONTS = 'system-ui,"Segoe UI",Roboto,"Liberation Sans",arial,sans-serif'


def neutral(css: str) -> str:
    """The style sheet without the government's fonts and crest. Raises `ValueError` where it is not as it was when this was written."""
    css, faces = re.subn(r"@font-face\{font-family:GDS Transport;[^}]*\}", "", css)
    css, stacks = re.subn(r"GDS Transport,arial,sans-serif", SYSTEM_FONTS, css)
    css, crests = re.subn(r"url\(/assets/images/govuk-crest\.svg\)", "none", css)
    if (faces, crests) != (2, 3) or not stacks or "/assets/" in css or "GDS Transport" in css:
        raise ValueError("this style sheet is not the one that the recipe was written for")
    return css


def main() -> int:
    """Write the two files; exit status 0, or 1 for another archive."""
    archive = Path(sys.argv[1])
    if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
        print(f"error: {archive} is not govuk-frontend {VERSION}", file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as package:
        for name, change in (("govuk-frontend.min.css", neutral), ("govuk-frontend.min.js", str)):
            member = package.extractfile(f"package/dist/govuk/{name}")
            if member is None:
                raise ValueError(f"{name} is not in the archive")
            text = re.sub(r"\n?/[/*]# sourceMappingURL=\S+(?: \*/)?\s*$", "\n", member.read().decode())
            (OUT / name).write_text(change(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
