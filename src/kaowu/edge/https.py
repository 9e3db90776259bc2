"""Mirroring over HTTPS: the default carrier, with nothing else to run.

Plain HTTP is spoken only to this very machine. Redirects are not followed: the
address that was enrolled is the one that is meant.
"""

import http.client
import ipaddress
import ssl
from urllib.parse import urlsplit

from kaowu.edge.carriers import Answer, LinkDown

LONGEST_ANSWER = 400_000_000
"""A plan package comes as one answer; everything else is short."""
_TYPES = {"add-checkpoint": "text/plain; charset=utf-8"}


class AddressUnsafe(ValueError):
    """The address is not https:// and not on this machine."""


class HttpsCarrier:
    """A connection that is kept open, and opened again after any failure."""

    def __init__(self, address: str, *, timeout_s: float = 20.0, trust: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_here(host))):
            raise AddressUnsafe(f"not an https:// address: {address}")
        self._path = parts.path.rstrip("/")
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = trust or ssl.create_default_context()
            self._connection = http.client.HTTPSConnection(
                host, parts.port or 443, timeout=timeout_s, context=context
            )
        else:
            self._connection = http.client.HTTPConnection(host, parts.port or 80, timeout=timeout_s)

    def carry(self, endpoint: str, body: bytes) -> Answer:
        """POST the request; raises LinkDown when no whole answer came."""
        try:
            self._connection.request(
                "POST",
                f"{self._path}/{endpoint}",
                body,
                {"Content-Type": _TYPES.get(endpoint, "application/octet-stream")},
            )
            response = self._connection.getresponse()
            content = response.read(LONGEST_ANSWER + 1)
            if len(content) > LONGEST_ANSWER:
                raise LinkDown("the answer is too long")
            return Answer(response.status, content)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise LinkDown(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def is_here(host: str) -> bool:
    """Whether a host is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
