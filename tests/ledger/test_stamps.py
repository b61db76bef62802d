from __future__ import annotations

import contextlib
import datetime
import shutil
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, InputError, LossproofError, VerificationError
from lossproof.ledger.stamps import MAX_TOKEN_BYTES, fetch, request, verify_stamp
from stamp_authority import CONF, DAY, Authority

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

MESSAGE = b"example.com/ledger\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def token(authority) -> bytes:
    return authority.reply(request(MESSAGE))


def test_a_stamp_says_when_and_by_whom(authority, token):
    stamp = verify_stamp(token, MESSAGE, [authority.root])
    now = datetime.datetime.now(datetime.UTC)
    assert now - datetime.timedelta(minutes=5) < stamp.at <= now
    assert stamp.at.tzinfo is datetime.UTC
    assert stamp.existed_by == stamp.at + datetime.timedelta(seconds=1.5)
    assert stamp.authority == authority.root_fingerprint
    assert stamp.signer != stamp.authority


def test_openssl_verifies_what_we_asked_for_and_we_verify_what_openssl_asked_for(authority, token):
    assert authority.verifies(token, MESSAGE)
    assert not authority.verifies(token, MESSAGE + b" ")
    theirs = authority.reply(authority.query(MESSAGE))
    assert verify_stamp(theirs, MESSAGE, [authority.root])


def test_two_requests_for_the_same_text_differ(authority):
    assert request(MESSAGE) != request(MESSAGE)
    with pytest.raises(FormatError):
        request(b"")


def test_another_text_is_refused(authority, token):
    with pytest.raises(VerificationError, match="another text"):
        verify_stamp(token, MESSAGE + b" ", [authority.root])


def test_an_unknown_authority_is_refused_even_by_the_same_name(authority, token, tmp_path):
    other = Authority(tmp_path)
    with pytest.raises(VerificationError, match="not by a trusted authority"):
        verify_stamp(token, MESSAGE, [other.root])
    assert verify_stamp(token, MESSAGE, [other.root, authority.root]).authority == authority.root_fingerprint


def test_authorities_may_be_bundles_in_pem_or_certificates_in_der(authority, token):
    der = x509.load_pem_x509_certificate(authority.root).public_bytes(Encoding.DER)
    for authorities in ([der], [authority.issuer + authority.root], [authority.issuer, der, authority.root]):
        assert verify_stamp(token, MESSAGE, authorities).authority == authority.root_fingerprint


def test_an_issuer_completes_a_chain_that_the_token_leaves_open(authority):
    short = authority.reply(request(MESSAGE), CONF.replace("certs = chain.pem\n", ""))
    with pytest.raises(VerificationError):
        verify_stamp(short, MESSAGE, [authority.root])
    assert verify_stamp(short, MESSAGE, [authority.root, authority.issuer])


def test_without_a_root_nothing_is_trusted(authority, token):
    for authorities in ([], [authority.issuer], [authority.signer.public_bytes(Encoding.PEM)]):
        with pytest.raises(VerificationError, match="no root certificate"):
            verify_stamp(token, MESSAGE, authorities)


@pytest.mark.parametrize("shift", [-10, 10])
def test_an_authority_that_had_expired_or_not_begun_is_refused(tmp_path, shift):
    now = datetime.datetime.now(datetime.UTC)
    other = Authority(tmp_path, begins=now + (shift - 1) * DAY, ends=now + (shift + 1) * DAY)
    with pytest.raises(VerificationError, match="not valid"):
        verify_stamp(other.reply(request(MESSAGE)), MESSAGE, [other.root])


def test_a_stamp_outlives_the_certificates_it_was_made_under(tmp_path):
    ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    brief = Authority(tmp_path, ends=ends)
    token = brief.reply(request(MESSAGE))
    while datetime.datetime.now(datetime.UTC) < ends + datetime.timedelta(seconds=0.2):
        time.sleep(0.1)
    assert verify_stamp(token, MESSAGE, [brief.root]).at <= ends


STAMPING, SIGNING_CODE = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING


@pytest.mark.parametrize(
    ("usage", "critical"),
    [((SIGNING_CODE,), True), ((STAMPING,), False), ((STAMPING, SIGNING_CODE), True), ((), True)],
)
def test_a_signer_whose_certificate_is_not_for_time_stamps_alone_is_refused(authority, token, usage, critical):
    good = authority.signer.public_bytes(Encoding.DER)
    other, length = b"", 0
    while len(other) != len(good):
        # openssl makes no such stamp, so a certificate of the same length, key, issuer and number takes its place.
        length += 1
        other = authority.signer_certificate(usage, critical=critical, description="x" * length).public_bytes(
            Encoding.DER
        )
    assert token.count(good) == 1
    with pytest.raises(VerificationError, match="not for time stamps"):
        verify_stamp(token.replace(good, other), MESSAGE, [authority.root])


def test_two_certificates_that_could_both_be_the_signers_are_refused(authority, tmp_path):
    twin = authority.signer_certificate(description="Twin").public_bytes(Encoding.PEM)
    (tmp_path / "chain.pem").write_bytes(twin + authority.issuer + authority.root)
    conf = CONF.replace("chain.pem", str(tmp_path / "chain.pem"))
    with pytest.raises(VerificationError, match="one certificate of its signer"):
        verify_stamp(authority.reply(request(MESSAGE), conf), MESSAGE, [authority.root])


def test_a_token_without_certificates_is_refused(authority):
    bare = authority.reply(_without_certificates(request(MESSAGE)))
    with pytest.raises(VerificationError, match="one certificate of its signer"):
        verify_stamp(bare, MESSAGE, [authority.root])


def _without_certificates(query: bytes) -> bytes:
    """The request with `certReq`, its last three bytes, left out."""
    assert query.endswith(b"\x01\x01\xff")
    return query[:1] + bytes([query[1] - 3]) + query[2:-3]


def test_a_digest_other_than_sha256_is_refused(authority):
    token = authority.reply(authority.query(MESSAGE, "-sha512"))
    with pytest.raises(VerificationError, match="SHA-256"):
        verify_stamp(token, MESSAGE, [authority.root])


def test_a_stamp_that_is_not_right_to_the_day_is_refused(authority):
    vague = CONF.replace("secs:1, millisecs:500", "secs:86401")
    with pytest.raises(VerificationError, match="day"):
        verify_stamp(authority.reply(request(MESSAGE), vague), MESSAGE, [authority.root])
    exact = CONF.replace("accuracy = secs:1, millisecs:500\n", "")
    stamp = verify_stamp(authority.reply(request(MESSAGE), exact), MESSAGE, [authority.root])
    assert stamp.existed_by == stamp.at


def test_a_refusal_is_no_stamp(authority):
    refused = authority.reply(authority.query(MESSAGE, "-sha384"))
    with pytest.raises(VerificationError, match="did not grant"):
        verify_stamp(refused, MESSAGE, [authority.root])


def test_no_changed_byte_makes_another_stamp(authority, token):
    """Bytes that no signature covers, such as those of the root inside the token, may change; the answer may not."""
    good = verify_stamp(token, MESSAGE, [authority.root])
    refused = 0
    for position in range(len(token)):
        damaged = token[:position] + bytes([token[position] ^ (1 << position % 8)]) + token[position + 1 :]
        try:
            assert verify_stamp(damaged, MESSAGE, [authority.root]) == good
        except (FormatError, VerificationError):
            refused += 1
    assert refused > len(token) // 2


@given(st.data())
def test_any_damage_is_refused_or_changes_nothing(authority, token, data):
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, min(start + 40, len(token))))
    damaged = token[:start] + data.draw(st.binary(max_size=40)) + token[end:]
    try:
        stamp = verify_stamp(damaged, MESSAGE, [authority.root])
    except (FormatError, VerificationError):
        return
    assert stamp == verify_stamp(token, MESSAGE, [authority.root])


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(authority, content):
    with pytest.raises((FormatError, VerificationError)):
        verify_stamp(content, MESSAGE, [authority.root])
    with pytest.raises(FormatError):
        fetch("http://127.0.0.1:9/", content)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_refused_as_an_authority(token, content, pem):
    given = b"-----BEGIN CERTIFICATE-----\n" + content + b"\n-----END CERTIFICATE-----\n" if pem else content
    with pytest.raises((FormatError, VerificationError)):
        verify_stamp(token, MESSAGE, [given])


def test_no_damage_to_a_trusted_certificate_is_more_than_a_refusal(authority, token):
    """Some of it makes a library panic, which must not reach us; parts that no one relies on may change."""
    der = x509.load_pem_x509_certificate(authority.root).public_bytes(Encoding.DER)
    good = verify_stamp(token, MESSAGE, [der])
    for position in range(len(der)):
        for bit in (1, 4):
            damaged = der[:position] + bytes([der[position] ^ bit]) + der[position + 1 :]
            with contextlib.suppress(FormatError, VerificationError):
                stamp = verify_stamp(token, MESSAGE, [damaged])
                assert (stamp.at, stamp.signer) == (good.at, good.signer)
                assert stamp.authority != good.authority


def test_a_panic_of_the_library_is_a_refusal_and_an_interruption_is_not(authority, token, monkeypatch):
    for error, expected in [
        (type("PanicException", (BaseException,), {}), VerificationError),
        (KeyboardInterrupt,) * 2,
    ]:

        def fail(*_: object, error: type[BaseException] = error) -> None:
            raise error

        monkeypatch.setattr("rfc3161_client.verify._rust_verify.pkcs7_verify", fail)
        with pytest.raises(expected):
            verify_stamp(token, MESSAGE, [authority.root])


def test_what_is_far_too_long_is_not_parsed(authority, token):
    with pytest.raises(FormatError, match="longer"):
        verify_stamp(token + bytes(MAX_TOKEN_BYTES), MESSAGE, [authority.root])
    with pytest.raises(FormatError, match="too long"):
        verify_stamp(token, MESSAGE, [authority.root * 1000])
    with pytest.raises(FormatError):
        verify_stamp(token + b"\0", MESSAGE, [authority.root])


Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@pytest.fixture
def served(monkeypatch) -> Iterator[Callable[[Answer], str]]:
    """Serve an answer to POST requests on this machine; returns the address."""
    monkeypatch.setenv("no_proxy", "*")
    running = []

    def serve(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}/tsr"

    yield serve
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, body: bytes, kind: str = "application/timestamp-reply", status: int = 200):
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_a_stamp_is_fetched_over_http(authority, served):
    asked = []

    def answer(handler, query):
        asked.append(handler.headers["Content-Type"])
        send(handler, authority.reply(query))

    token = fetch(served(answer), request(MESSAGE))
    assert verify_stamp(token, MESSAGE, [authority.root]).authority == authority.root_fingerprint
    assert asked == ["application/timestamp-query"]


def test_an_old_stamp_played_back_is_refused(authority, token, served):
    with pytest.raises(VerificationError, match="another question"):
        fetch(served(lambda handler, _: send(handler, token)), request(MESSAGE))


def test_a_stamp_of_another_text_is_refused_at_once(authority, served):
    query, other = request(MESSAGE), request(b"other")
    with pytest.raises(VerificationError, match="another question"):
        fetch(served(lambda handler, _: send(handler, authority.reply(other))), query)


def test_a_refusal_is_said(authority, served):
    refusal = CONF.replace("digests = sha256, sha512", "digests = sha512")
    with pytest.raises(VerificationError, match="did not grant"):
        fetch(served(lambda handler, query: send(handler, authority.reply(query, refusal))), request(MESSAGE))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda handler, _: send(handler, b"", status=500), InputError),
        (lambda handler, _: send(handler, b"<html>", kind="text/html"), FormatError),
        (lambda handler, _: send(handler, b"junk"), FormatError),
        (lambda handler, _: send(handler, bytes(MAX_TOKEN_BYTES + 1)), InputError),
        (lambda handler, _: handler.wfile.write(b"not http\r\n\r\n"), InputError),
        (lambda handler, _: None, InputError),
    ],
)
def test_a_server_that_answers_badly_is_a_plain_error(served, answer, error):
    with pytest.raises(error):
        fetch(served(answer), request(MESSAGE))


def test_a_redirect_is_not_followed(authority, served):
    target = served(lambda handler, query: send(handler, authority.reply(query)))

    def redirect(handler, _):
        handler.send_response(307)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with pytest.raises(InputError, match="status 307"):
        fetch(served(redirect), request(MESSAGE))


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_server_that_drips_does_not_hold_us(served, part):
    def drip(handler, _):
        if part == "body":
            handler.send_response(200)
            handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"a")
                time.sleep(0.05)
        except OSError:
            pass

    address = served(drip)
    begun = time.monotonic()
    with pytest.raises(InputError, match="within"):
        fetch(address, request(MESSAGE), timeout_seconds=0.5)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "ftp://example.com/",
        "http://",
        "http://a b/",
        "http://u:p@example.com/",
        "http://[/",
        "http://a:x/",
        "http://a:99999/",
        "//example.com",
        "http://exa\u2028mple.com/",
        "http://a/\n",
    ],
)
def test_only_plain_web_addresses_are_asked(url):
    with pytest.raises(InputError):
        fetch(url, request(MESSAGE))


def test_an_authority_that_is_not_there_is_a_plain_error(served):
    with pytest.raises(LossproofError, match="cannot be reached"):
        fetch("http://127.0.0.1:1/", request(MESSAGE))
