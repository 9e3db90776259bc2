"""What stands before a node that others reach: it ends TLS and passes the bytes on, knowing nothing of them."""

import socket
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import trustme

AUTHORITY = "authority.pem"


class Front(socketserver.ThreadingTCPServer):
    """A door with a certificate, before a node's own on the loopback."""

    daemon_threads = True

    def __init__(self, address: str, behind: int, folder: Path) -> None:
        """`folder` receives the certificate of the authority that whoever calls must trust."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / AUTHORITY)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(address).configure_cert(self._context)
        self._behind = behind
        super().__init__((address, 0), socketserver.BaseRequestHandler)
        self.url = f"https://{address}:{self.server_address[1]}"

    @contextmanager
    def open(self) -> Iterator[None]:
        """The door takes callers meanwhile."""
        taking = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        taking.start()
        try:
            yield
        finally:
            self.shutdown()
            taking.join()
            self.server_close()

    def finish_request(self, request: socket.socket, client_address: object) -> None:
        """One caller: both ways until one of them hangs up."""
        with (
            suppress(OSError),
            self._context.wrap_socket(request, server_side=True) as caller,
            socket.create_connection(("127.0.0.1", self._behind)) as node,
        ):
            up = Thread(target=_pass_on, args=(caller, node), daemon=True)
            up.start()
            _pass_on(node, caller)
            up.join(1)


def _pass_on(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65_536):
            to.sendall(part)
    with suppress(OSError):
        to.shutdown(socket.SHUT_RDWR)
