"""verify/verify.html and time stamps (RFC 3161): made by openssl, checked by the page and by the product, which must agree."""

from __future__ import annotations

import datetime
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from stamp_authority import CONF, Authority
from verify import building
from verify.building import Book, a_story, sealed
from verify.in_browser import Case, differences

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]

POLICY = building.policy()
BOOK = a_story(Book(begin=datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)))
TEXT = BOOK.text(5).encode()
ONE_DAY = datetime.timedelta(days=1)
STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)


MEMBERS = BOOK.members("stick", earlier=(5, 12))


def stamped(token: bytes, *authorities: bytes, size: int = 5, name: str = "") -> Case:
    """A pack with a time stamp on an earlier checkpoint, checked with these certificates."""
    return Case(name, sealed(MEMBERS | {f"earlier/{size:09}.tsr": token}), POLICY, None, authorities)


def compared(page, case: Case) -> dict[str, Any]:
    assert differences(page, [case], whole=True) == {}
    return page.verify([case])[0]


@dataclass
class Chain:
    """Root, issuer and signer with any keys and extensions, and stamps by `openssl ts`."""

    folder: Path
    authority_key: Any
    signer_key: Any
    signing: dict[str, Any] = field(default_factory=lambda: {"algorithm": SHA256()})
    usage: tuple[ObjectIdentifier, ...] | None = STAMPING
    critical: bool = True
    issuer_is_authority: bool = True
    begins: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC) - ONE_DAY)
    ends: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC) + ONE_DAY)
    strange: bool = False

    def __post_init__(self) -> None:
        self.openssl = Authority(self.folder)
        self.root = self._certificate("Root", "Root", self.authority_key, True)
        self.issuer = self._certificate("Issuer", "Root", self.authority_key, self.issuer_is_authority)
        self.signer = self._certificate("Signer", "Issuer", self.signer_key, False)
        secret = self.signer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for name, content in {
            "signer.pem": self.signer,
            "chain.pem": self.issuer + self.root,
            "signer.key": secret,
        }.items():
            (self.folder / name).write_bytes(content)

    def _certificate(self, subject: str, issuer: str, key: Any, authority: bool) -> bytes:
        names = [x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, one)]) for one in (issuer, subject)]
        serial = x509.random_serial_number()
        builder = x509.CertificateBuilder(*names, key.public_key(), serial, self.begins, self.ends)
        builder = builder.add_extension(x509.BasicConstraints(authority, None), critical=True)
        if subject == "Signer" and self.usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage(self.usage), critical=self.critical)
        if subject == "Signer" and self.strange:
            unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\x00")
            builder = builder.add_extension(unknown, critical=True)
        return builder.sign(self.authority_key, **self.signing).public_bytes(Encoding.PEM)

    def stamp(self, text: bytes = TEXT, conf: str = CONF) -> bytes:
        return self.openssl.reply(self.openssl.query(text), conf)


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


PSS = padding.PSS(padding.MGF1(SHA256()), 32)
CHAINS = {
    "RSA": lambda: {"authority_key": rsa_key(), "signer_key": rsa_key()},
    "RSA SHA-512": lambda: {"authority_key": rsa_key(), "signer_key": rsa_key(), "signing": {"algorithm": SHA512()}},
    "RSA-PSS": lambda: {
        "authority_key": rsa_key(),
        "signer_key": rsa_key(),
        "signing": {"algorithm": SHA256(), "rsa_padding": PSS},
    },
    "P-384": lambda: {
        "authority_key": ec.generate_private_key(ec.SECP384R1()),
        "signer_key": ec.generate_private_key(ec.SECP384R1()),
        "signing": {"algorithm": SHA384()},
    },
    "P-521": lambda: {
        "authority_key": ec.generate_private_key(ec.SECP521R1()),
        "signer_key": ec.generate_private_key(ec.SECP256R1()),
        "signing": {"algorithm": SHA512()},
    },
    "Ed25519": lambda: {
        "authority_key": Ed25519PrivateKey.generate(),
        "signer_key": ec.generate_private_key(ec.SECP256R1()),
        "signing": {"algorithm": None},
    },
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_stamp_holds_whatever_the_keys(page, tmp_path, name):
    chain = Chain(tmp_path, **CHAINS[name]())
    said = compared(page, stamped(chain.stamp(), chain.root))
    assert len(said["stamps"]) == 1
    assert said["not_proved"] == ["not_replayed", "page", "truth_of_statements"]
    assert said["facts"][0]["logged_before"] is not None


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_a_stamp_holds_by_any_good_hash_of_its_signer(page, tmp_path, digest):
    chain = Chain(tmp_path, authority_key=rsa_key(), signer_key=rsa_key())
    conf = CONF.replace("signer_digest = sha256", f"signer_digest = {digest}")
    assert len(compared(page, stamped(chain.stamp(conf=conf), chain.root))["stamps"]) == 1


def test_an_old_way_of_naming_the_certificate_holds_too(page, tmp_path):
    chain = Chain(tmp_path, authority_key=rsa_key(), signer_key=rsa_key())
    conf = CONF.replace("ess_cert_id_alg = sha256", "ess_cert_id_alg = sha1")
    assert len(compared(page, stamped(chain.stamp(conf=conf), chain.root))["stamps"]) == 1


WRONG = {
    "not for time stamps": {"usage": (ExtendedKeyUsageOID.SERVER_AUTH,)},
    "for more than time stamps": {"usage": (*STAMPING, ExtendedKeyUsageOID.SERVER_AUTH)},
    "for time stamps, not critically": {"critical": False},
    "its issuer is no authority": {"issuer_is_authority": False},
    "a critical extension that nobody knows": {"strange": True},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_stamp_by_a_wrong_certificate_proves_nothing_and_refuses_nothing(page, tmp_path, name):
    authority_key, signer_key = rsa_key(), rsa_key()
    good = Chain(tmp_path, authority_key=authority_key, signer_key=signer_key)
    wrong = Chain(tmp_path, authority_key=authority_key, signer_key=signer_key, **WRONG[name])
    # openssl signs with no certificate that is not for time stamps: it gets the right one, which is then changed in the token.
    purpose = "for" in name.split()
    (tmp_path / "signer.pem").write_bytes(good.signer if purpose else wrong.signer)
    token = wrong.stamp()
    if purpose:
        right, changed = (
            x509.load_pem_x509_certificate(one).public_bytes(Encoding.DER) for one in (good.signer, wrong.signer)
        )
        assert right in token
        said = page.verify([stamped(token.replace(right, changed), wrong.root)])[0]
    else:
        said = compared(page, stamped(token, wrong.root))
    assert said["outcome"] == "verified"
    assert said["stamps"] == []
    assert "stamp_not_trusted" in said["not_proved"]


def test_without_the_authority_a_stamp_is_said_not_to_be_checked_or_trusted(page, tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir(), theirs.mkdir()
    chain = Chain(ours, authority_key=rsa_key(), signer_key=rsa_key())
    other = Chain(theirs, authority_key=rsa_key(), signer_key=rsa_key())
    token = chain.stamp()
    assert "stamps_not_checked" in compared(page, stamped(token))["not_proved"]
    assert "stamp_not_trusted" in compared(page, stamped(token, other.root))["not_proved"]
    assert len(compared(page, stamped(token, other.root, chain.issuer + chain.root))["stamps"]) == 1
    der = x509.load_pem_x509_certificate(chain.root).public_bytes(Encoding.DER)
    assert len(compared(page, stamped(token, der))["stamps"]) == 1
    assert "stamp_not_trusted" in compared(page, stamped(token, chain.root, size=12))["not_proved"]


def test_certificates_that_sign_each_other_crosswise_are_not_followed_for_ever(page, tmp_path):
    chain = Chain(tmp_path, authority_key=rsa_key(), signer_key=rsa_key())
    others = [chain._certificate("Issuer", "Issuer", chain.authority_key, True) for _ in range(14)]
    (tmp_path / "chain.pem").write_bytes(b"".join(others))
    assert "stamp_not_trusted" in compared(page, stamped(chain.stamp(), chain.root))["not_proved"]


def test_a_stamp_of_when_its_certificates_were_not_valid_proves_nothing(page, tmp_path):
    long_ago = datetime.datetime.now(datetime.UTC) - 30 * ONE_DAY
    for begins, ends in ((long_ago, long_ago + ONE_DAY), (long_ago + 60 * ONE_DAY, long_ago + 90 * ONE_DAY)):
        chain = Chain(tmp_path, authority_key=rsa_key(), signer_key=rsa_key(), begins=begins, ends=ends)
        assert "stamp_not_trusted" in compared(page, stamped(chain.stamp(), chain.root))["not_proved"]


def test_a_clock_ahead_of_a_stamp_is_refused(page, tmp_path):
    chain = Chain(tmp_path, authority_key=rsa_key(), signer_key=rsa_key())
    ahead = a_story(Book(begin=datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=30)))
    token = chain.stamp(ahead.text(5).encode())
    members = ahead.members("stick", earlier=(5,), stamps={5: lambda _: token})
    case = Case("", sealed(members), POLICY, None, (chain.root,))
    said = compared(page, case)
    assert (said["outcome"], said["part"]) == ("refused", "time")


SIGNED_FROM, SIGNED_TO = (
    bytes.fromhex("06092a864886f70d010903"),
    bytes.fromhex("06082a8648ce3d040302"),
)  # contentType; how signed


def test_a_changed_byte_of_what_is_signed_never_holds_and_no_changed_byte_is_a_surprise(page, tmp_path):
    draw = random.Random(3)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("authority_key", "signer_key")}
    chain = Chain(tmp_path, **keys)
    token = chain.stamp()
    signer = x509.load_pem_x509_certificate(chain.signer).public_bytes(Encoding.DER)
    certificate, attributes, signature = token.find(signer), token.rfind(SIGNED_FROM), token.rfind(SIGNED_TO)
    stated = range(token.find(b"\x30", 60), certificate - 4)
    signed = {
        *stated,
        *range(certificate, certificate + len(signer)),
        *range(attributes, signature),
        *range(signature + 12, len(token)),
    }
    cases, within = [], []
    for at in draw.sample(range(len(token)), 80):
        changed = token[:at] + bytes([token[at] ^ (1 << draw.randrange(8))]) + token[at + 1 :]
        cases.append(stamped(changed, chain.root, name=f"byte {at}"))
        within.append(at in signed)
    for name, raw in {
        "empty": b"",
        "cut": token[:-1],
        "more": token + b"\0",
        "text": b"hello",
        "deep": b"\x30\x80" * 99,
    }.items():
        cases.append(stamped(raw, chain.root, name=name))
        within.append(True)
    assert differences(page, cases) == {}
    said = page.verify(cases)
    assert {one["outcome"] for one in said} == {"verified"}
    assert not [case.name for case, one, part in zip(cases, said, within, strict=True) if part and one["stamps"]]
