"""A time stamp authority for tests: certificates made here, time stamps made by `openssl ts`, as in a real one.

The recipe, by hand:

    openssl ts -query -data message -sha256 -cert -out query.tsq
    openssl ts -reply -config authority.conf -section authority -queryfile query.tsq -out reply.tsr
    openssl ts -verify -data message -in reply.tsr -CAfile root.pem

`authority.conf` is written below. The certificates are a self-signed root, an issuing authority under it, and under that the
signer of time stamps; keys of the two authorities are Ed25519, so that their signatures always have the same length.
"""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

CONF = """\
[authority]
serial = serial
signer_cert = signer.pem
signer_key = signer.key
certs = chain.pem
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
other_policies = 1.3.6.1.4.1.99999.2
digests = sha256, sha512
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""

_DESCRIPTION = ObjectIdentifier("2.5.4.13")
DAY = datetime.timedelta(days=1)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _name(description: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(_DESCRIPTION, description)])


class Authority:
    """Its files stand in `folder`; `root` is the certificate (PEM) that users are told to trust."""

    def __init__(self, folder: Path, *, begins: datetime.datetime | None = None, ends: datetime.datetime | None = None):
        self._folder = folder
        self._begins, self._ends = begins or _now() - DAY, ends or _now() + DAY
        self._root_key, self._issuer_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        self._signer_key = ec.generate_private_key(ec.SECP256R1())
        root = self._certificate("Root", "Root", self._root_key.public_key(), self._root_key, 1, ca=True)
        issuer = self._certificate("Issuer", "Root", self._issuer_key.public_key(), self._root_key, 2, ca=True)
        self.signer = self.signer_certificate()
        self.root, self.issuer = root.public_bytes(Encoding.PEM), issuer.public_bytes(Encoding.PEM)
        self.root_fingerprint = root.fingerprint(SHA256()).hex()
        (folder / "signer.pem").write_bytes(self.signer.public_bytes(Encoding.PEM))
        (folder / "chain.pem").write_bytes(self.issuer + self.root)
        (folder / "root.pem").write_bytes(self.root)
        (folder / "serial").write_text("01\n")
        (folder / "authority.conf").write_text(CONF)
        (folder / "signer.key").write_bytes(
            self._signer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )

    def signer_certificate(
        self,
        usage: tuple[ObjectIdentifier, ...] = (ExtendedKeyUsageOID.TIME_STAMPING,),
        *,
        critical: bool = True,
        description: str = "A rather long name for a signer of time stamps",
    ) -> x509.Certificate:
        """The signer's certificate, or one that differs from it in what it may be used for."""
        public = self._signer_key.public_key()
        return self._certificate(description, "Issuer", public, self._issuer_key, 3, usage=usage, critical=critical)

    def _certificate(self, subject, issuer, public, signing_key, serial, *, ca=False, usage=(), critical=True):
        builder = (
            x509.CertificateBuilder(_name(issuer), _name(subject), public, serial, self._begins, self._ends)
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=critical)
        return builder.sign(signing_key, None)

    def reply(self, query: bytes, conf: str = CONF) -> bytes:
        """The TimeStampResp that openssl makes for a TimeStampReq."""
        (self._folder / "authority.conf").write_text(conf)
        (self._folder / "query.tsq").write_bytes(query)
        self._openssl("-reply", "-config", "authority.conf", "-section", "authority", "-queryfile", "query.tsq")
        return (self._folder / "out").read_bytes()

    def query(self, message: bytes, *options: str) -> bytes:
        """A TimeStampReq as openssl makes it."""
        (self._folder / "message").write_bytes(message)
        self._openssl("-query", "-data", "message", "-sha256", "-cert", *options)
        return (self._folder / "out").read_bytes()

    def verifies(self, token: bytes, message: bytes) -> bool:
        """What `openssl ts -verify` says."""
        (self._folder / "message").write_bytes(message)
        (self._folder / "reply.tsr").write_bytes(token)
        command = ["openssl", "ts", "-verify", "-data", "message", "-in", "reply.tsr", "-CAfile", "root.pem"]
        return subprocess.run(command, check=False, cwd=self._folder, capture_output=True).returncode == 0

    def _openssl(self, *arguments: str) -> None:
        command = ["openssl", "ts", *arguments, "-out", "out"]
        subprocess.run(command, check=True, cwd=self._folder, capture_output=True)
