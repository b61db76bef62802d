"""What the register tells Django: safe behind TLS, right on this machine alone, silent about people in its log."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap

import pytest

from cli.command import HERE
from lossproof.errors import InputError
from lossproof.register.database import connection_settings
from lossproof.register.logs import PlainFormatter

CHECK = """
    import sys
    from pathlib import Path
    from lossproof.register.options import Options
    from lossproof.register.start import start

    start(Options(store="", keys=Path(), public_url=sys.argv[1]))
    from django.conf import settings
    from django.core.management import call_command

    call_command("check", deploy=True, fail_level="INFO")
    print(settings.ALLOWED_HOSTS, settings.SESSION_COOKIE_NAME, settings.CSRF_TRUSTED_ORIGINS)
"""


def django_check(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(CHECK), url],
        capture_output=True,
        text=True,
        # what Playwright's tests need in this process is no setting of a register
        env={name: value for name, value in HERE.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"},
        check=False,
    )


def test_djangos_own_check_for_deployment_has_nothing_to_say():
    said = django_check("https://register.example.org")
    assert said.returncode == 0, said.stderr
    assert "no issues" in said.stdout
    assert "'register.example.org'" in said.stdout and "__Host-session" in said.stdout
    assert "['https://register.example.org']" in said.stdout


def test_on_this_machine_alone_nothing_needs_tls():
    said = django_check("http://127.0.0.1:8000")
    assert "secure" in said.stderr.lower()  # what the check says is right: there is no TLS
    assert "CSP" not in said.stderr


def test_no_table_lacks_its_migration(site):
    from django.core.management import call_command

    from lossproof.register.start import pending_migrations

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    assert pending_migrations() == []


def test_a_connection_never_makes_a_store_and_never_knows_a_password(tmp_path):
    settings = connection_settings(str(tmp_path / "with space?"))
    assert settings["NAME"].endswith("with%20space%3F?mode=rw")
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    settings = connection_settings(
        "postgresql://ann@db.example.org:5433/trust?sslmode=verify-full&options=-csearch_path%3Dx"
    )
    assert (settings["NAME"], settings["USER"], settings["HOST"], settings["PORT"]) == (
        *("trust", "ann"),
        *("db.example.org", "5433"),
    )
    assert settings["OPTIONS"]["sslmode"] == "verify-full"
    assert settings["OPTIONS"]["options"].startswith("-csearch_path=x -c lock_timeout")
    with pytest.raises(InputError, match="holds a password"):
        connection_settings("postgresql://ann:secret@db.example.org/trust")


def test_every_page_has_its_headers(site):
    page = site.client_of("it").get("/people")
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "style-src 'self'",
    ):
        assert part in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert page["Cache-Control"] == "private, no-store"
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    cookie = site.client().get("/login").cookies["csrf"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_no_page_has_a_script_or_style_of_its_own(site):
    for address in ("/people", "/security/", "/organisations/new"):
        text = site.client_of("it").get(address).content.decode()
        assert "<style" not in text and "style=" not in text and "onclick" not in text
        assert "<script>" not in text and "</html>" in text


def test_static_files_stand_under_their_digest_and_are_kept(site):
    from django.conf import settings

    page = site.client().get("/login").content.decode()
    assert f"/{settings.STATIC_URL.strip('/')}/lossproof/lossproof.css" in page
    served = site.client().get(f"{settings.STATIC_URL}lossproof/lossproof.css")
    assert served.status_code == 200
    assert "max-age=31536000" in served["Cache-Control"]
    assert b"lossproof-header" in b"".join(served.streaming_content)
    assert site.client().get(f"{settings.STATIC_URL}lossproof/nothing.css").status_code in {302, 404}


def test_another_host_is_refused(site):
    page = site.client(headers={"host": "evil.example.org"}).get("/login")
    assert page.status_code == 400
    assert "evil" not in page.content.decode()


def test_the_log_holds_no_path_no_message_and_no_value():
    try:
        raise ValueError("Nell Farrow, 943 476 5919")
    except ValueError:
        record = logging.getLogger("django.request").makeRecord(
            "django.request",
            logging.ERROR,
            __file__,
            1,
            "Internal Server Error: %s",
            ("/accept/secret-token",),
            sys.exc_info(),
            extra={"status_code": 500},
        )
    line = PlainFormatter().format(record)
    assert "status=500" in line and "error=ValueError" in line and "test_settings.py" in line
    assert "Nell" not in line and "943" not in line and "secret-token" not in line
    ours = logging.getLogger("lossproof.x").makeRecord("lossproof.x", logging.WARNING, __file__, 1, "hello", (), None)
    assert PlainFormatter().format(ours).endswith("warning lossproof.x hello")
