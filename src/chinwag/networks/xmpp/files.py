"""Files: put on the server's upload service (XEP-0363), fetched from the URL that came with a message (XEP-0066).

Owns what may be fetched: at most 20 MB, over TLS, and never from an address inside somebody's own network, where a
stranger's message has no business to lead us; the server's own upload service is excepted. Refuses a file that the
service does not take, in its words.
"""

import asyncio
import ipaddress
import mimetypes
import socket
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import httpx
from slixmpp.exceptions import IqError

from chinwag.core.errors import FetchError, Refused, Unreachable
from chinwag.core.values import Attachment
from chinwag.networks.xmpp import outgoing
from chinwag.networks.xmpp.archive import INFO
from chinwag.networks.xmpp.link import Link
from chinwag.networks.xmpp.outgoing import FORMS, UPLOAD
from chinwag.networks.xmpp.settings import Settings
from chinwag.networks.xmpp.trouble import Lost

LARGEST = 20 * 1024 * 1024
PATIENCE = 60.0
ITEMS = "http://jabber.org/protocol/disco#items"
ALLOWED_HEADERS = {"authorization", "cookie", "expires"}
"""https://xmpp.org/extensions/xep-0363.html#request"""
WEB = {"http", "https"}


class Files:
    """The files of one account.

    Args:
        link: the stream.
        settings: says whether there may be no TLS, and what certificates are trusted.
    """

    def __init__(self, link: Link, settings: Settings) -> None:
        self._link, self._settings = link, settings
        self._domain = settings.jid.partition("/")[0].partition("@")[2]
        self._service: str | None = None
        self._most = 0
        self._hosts: set[str] = set()
        self._http: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Let go of connections."""
        if self._http is not None:
            await self._http.aclose()

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            trusted = httpx.create_ssl_context(verify=self._settings.ca or True)
            self._http = httpx.AsyncClient(timeout=PATIENCE, verify=trusted, follow_redirects=False)
        return self._http

    # -- out ----------------------------------------------------------------------------------------------------------

    async def put(self, attachment: Attachment) -> str:
        """Put a file where everybody can fetch it.

        Returns:
            Its URL; a file that has one keeps it.

        Raises:
            Refused: if there is no such file, no service, or it does not take the file.
            Unreachable: if the service cannot be reached.
        """
        if not attachment.data and urlsplit(attachment.link).scheme in WEB:
            return attachment.link
        data, name = await self._bytes(attachment)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        try:
            there, here, headers = await self._slot(name, len(data), kind)
            answer = await self._client().put(there, content=data, headers={**headers, "Content-Type": kind})
        except IqError as error:
            raise Refused(f"the server does not take the file {name}: {error.text or error.condition}") from None
        except (httpx.HTTPError, Lost) as error:
            raise Unreachable(f"the file {name} could not be uploaded ({type(error).__name__})") from None
        if not answer.is_success:
            kind_of_error = Unreachable if answer.is_server_error else Refused
            raise kind_of_error(f"the server did not take the file {name} (HTTP {answer.status_code})")
        return here

    async def _bytes(self, attachment: Attachment) -> tuple[bytes, str]:
        if attachment.data:
            return attachment.data, attachment.name or attachment.kind
        path = Path(attachment.link)
        try:
            return await asyncio.to_thread(path.read_bytes), attachment.name or path.name
        except OSError as error:
            raise Refused(f"the file {attachment.link} cannot be read: {error.strerror}") from None

    async def _slot(self, name: str, size: int, kind: str) -> tuple[str, str, dict[str, str]]:
        """A place for a file: where to put it, where to fetch it, and with what headers."""
        service = await self._find()
        if self._most and size > self._most:
            raise Refused(f"the file {name} is too large: the server takes {self._most:,} bytes at most")
        answer = await self._link.ask(outgoing.slot(name, size, kind), service)
        place = answer.find(f"{{{UPLOAD}}}slot")
        put = place.find(f"{{{UPLOAD}}}put") if place is not None else None
        get = place.find(f"{{{UPLOAD}}}get") if place is not None else None
        there, here = (element.get("url") or "" if element is not None else "" for element in (put, get))
        if put is None or not self._is_safe(there) or not self._is_safe(here):
            raise Refused("the server's upload service gives no URL that can be used")
        headers = {
            (header.get("name") or ""): (header.text or "").replace("\n", "").replace("\r", "")
            for header in put.iterfind(f"{{{UPLOAD}}}header")
            if (header.get("name") or "").lower() in ALLOWED_HEADERS
        }
        self._hosts.add(urlsplit(here).netloc)
        return there, here, headers

    def _is_safe(self, url: str) -> bool:
        return urlsplit(url).scheme == "https" or (self._settings.plain and urlsplit(url).scheme == "http")

    async def _find(self) -> str:
        """The upload service of our server.

        Raises:
            Refused: if it has none.
        """
        if self._service is None:
            self._service = await self._look()
        if not self._service:
            raise Refused("the server has no upload service (XEP-0363), so no files can be sent")
        return self._service

    async def _look(self) -> str:
        items = await self._link.ask(Element(f"{{{ITEMS}}}query"), self._domain)
        for one in [self._domain, *(item.get("jid") or "" for item in items.iter(f"{{{ITEMS}}}item"))]:
            try:
                info = await self._link.ask(Element(f"{{{INFO}}}query"), one)
            except IqError:
                continue
            if any(feature.get("var") == UPLOAD for feature in info.iter(f"{{{INFO}}}feature")):
                most = info.findtext(f".//{{{FORMS}}}field[@var='max-file-size']/{{{FORMS}}}value") or ""
                self._most = int(most) if most.isascii() and most.isdecimal() and len(most) < len(str(1 << 62)) else 0
                return one
        return ""

    # -- in -----------------------------------------------------------------------------------------------------------

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file.

        Raises:
            FetchError: if they cannot be had.
        """
        link = attachment.link
        await self._check(link)
        try:
            async with self._client().stream("GET", link) as answer:
                if not answer.is_success:
                    raise FetchError(f"the server of the file answers with HTTP {answer.status_code}")
                data = bytearray()
                async for piece in answer.aiter_bytes():
                    data += piece
                    if len(data) > LARGEST:
                        raise FetchError(f"the file is larger than {LARGEST:,} bytes")
                return bytes(data)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchError(f"the file cannot be fetched ({type(error).__name__})") from None

    async def _check(self, link: str) -> None:
        """Whether a URL that a stranger sent may be followed.

        Raises:
            FetchError: if not.
        """
        try:
            parts = urlsplit(link)
            host, port = parts.hostname or "", parts.port or 443
        except ValueError:
            raise FetchError("the link is no URL") from None
        if parts.netloc in self._hosts or (host == self._domain and self._is_safe(link)):
            return
        if parts.scheme != "https" or not host:
            raise FetchError("only https:// URLs are fetched")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise FetchError(f"the server {host[:80]} is not to be found") from None
        if not all(ipaddress.ip_address(entry[4][0]).is_global for entry in found):
            raise FetchError("the link leads into a private network, where nobody is led by a message")
