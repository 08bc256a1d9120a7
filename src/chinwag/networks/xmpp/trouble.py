"""What goes wrong between us and a server, in words: one sentence each, that says what to do.

Owns the sorting: ``Hopeless`` is what no second try can mend, as a wrong password; ``Lost`` is everything else, and is
tried again. No password and no stanza stands in a sentence.
"""

import ssl

from chinwag.core.errors import ChinwagError
from chinwag.networks.xmpp.settings import Settings

EXPIRED, WRONG_NAME = 10, 62
"""https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/"""
REFUSED = "Connect call failed"

_FATAL = {
    "conflict": "somebody else logged in to {account} under the resource {resource!r}, and took this one's place: stop "
    "the other process, or give each a resource of its own, as XMPP_JID={account}/second.",
    "host-unknown": "the server does not know the domain {domain}: check XMPP_JID and XMPP_SERVER.",
    "host-gone": "the server does not serve the domain {domain} any more: check XMPP_JID and XMPP_SERVER.",
    "unsupported-version": "the server speaks another version of XMPP.",
}
_AGAIN = {
    "system-shutdown": "the server shuts down.",
    "reset": "the server wants us to connect anew.",
    "policy-violation": "the server threw us out, as it does with who breaks its rules (policy-violation).",
    "resource-constraint": "the server has too much to do (resource-constraint).",
    "connection-timeout": "the server heard nothing of us for too long.",
}


class Lost(ChinwagError):
    """There is no connection; it is worth trying again."""


class Hopeless(ChinwagError):
    """There is no connection, and trying again would not help."""


class Words:
    """Makes sentences for one account.

    Args:
        settings: its settings.
        resource: the resource that it logs in under.
    """

    def __init__(self, settings: Settings, resource: str) -> None:
        self._account = settings.jid.partition("/")[0]
        self._domain = self._account.partition("@")[2]
        self._where = settings.server or self._domain
        self._resource = resource

    def of(self, error: object) -> ChinwagError:
        """Why there is no connection."""
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._certificate(error)
        if isinstance(error, ssl.SSLError):
            return Lost(f"the server at {self._where} does not speak TLS as it should ({error.reason or 'no reason'}).")
        words = str(error)
        if isinstance(error, ConnectionRefusedError) or REFUSED in words:
            return Lost(f"nothing answers at {self._where}.")
        if "DNS" in words or "getaddrinfo" in words or "Name or service" in words:
            return Lost(f"the server {self._where} is not to be found: check XMPP_JID, or set XMPP_SERVER=host:port.")
        if isinstance(error, TimeoutError):
            return Lost(f"{self._where} does not answer.")
        return Lost(f"the connection to {self._where} ended{f' ({words[:120]})' if words else ''}.")

    def _certificate(self, error: ssl.SSLCertVerificationError) -> ChinwagError:
        if error.verify_code == EXPIRED:
            return Lost(f"the certificate of {self._domain} has expired: whoever runs the server has to renew it.")
        if error.verify_code == WRONG_NAME:
            return Hopeless(f"the server at {self._where} has a certificate for another name than {self._domain}.")
        return Hopeless(
            f"the certificate of {self._domain} is signed by nobody who is trusted here ({error.verify_message}): "
            "if it is your own server, set XMPP_CA to the file of its authority."
        )

    def login(self, condition: str) -> ChinwagError:
        """Why we are not let in."""
        if condition == "temporary-auth-failure":
            return Lost("the server cannot check passwords for now.")
        if condition in {"account-disabled", "credentials-expired"}:
            return Hopeless(f"the server does not let {self._account} in: {condition}.")
        return Hopeless(
            f"the server does not take this password for {self._account}: check XMPP_JID and XMPP_PASSWORD."
        )

    def no_mechanism(self) -> ChinwagError:
        """The server wants a way of logging in that would give the password away, or that nobody here knows."""
        return Hopeless(f"the server at {self._where} offers no way to log in that is safe here.")

    def no_tls(self) -> ChinwagError:
        """The server offers no TLS."""
        return Hopeless(
            f"the server at {self._where} offers no TLS: without it everybody on the way could read along; if it "
            "runs on this machine, set XMPP_PLAIN=1."
        )

    def thrown_out(self, condition: str, text: str) -> ChinwagError:
        """The server ended the stream by an error (RFC 6120, 4.9.3)."""
        fatal = _FATAL.get(condition)
        if fatal is not None:
            return Hopeless(fatal.format(account=self._account, domain=self._domain, resource=self._resource))
        words = _AGAIN.get(condition) or f"the server ended the connection ({condition})."
        return Lost(f"{words} It says: {text[:200]}" if text else words)
