"""A certification authority for tests, and a certificate of its own for a server on loopback; by openssl."""

import subprocess
from pathlib import Path

from msgspec import Struct


class Certificates(Struct, frozen=True):
    """Files in PEM.

    Args:
        authority: the authority's certificate.
        certificate: the server's, for ``127.0.0.1`` and no name.
        key: the server's.
    """

    authority: Path
    certificate: Path
    key: Path


def certificates(folder: Path) -> Certificates:
    def openssl(*arguments: str | Path) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)

    authority, authority_key = folder / "authority.pem", folder / "authority.key"
    key, request, certificate = folder / "server.key", folder / "server.csr", folder / "server.pem"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *curve, "-keyout", authority_key, "-out", authority, "-days", "2", "-subj", "/CN=Authority")
    openssl("req", *curve, "-keyout", key, "-out", request, "-subj", "/CN=Broker")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    signer = ("-CA", authority, "-CAkey", authority_key, "-CAcreateserial", "-days", "2")
    openssl("x509", "-req", "-in", request, *signer, "-extfile", folder / "names", "-out", certificate)
    return Certificates(authority, certificate, key)
