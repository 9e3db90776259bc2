"""The door of a witness: POST …/add-checkpoint over HTTP (C2SP tlog-witness), nothing else."""

import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from kaowu.edge.carriers import ADD_CHECKPOINT
from kaowu.edge.notebook import LARGEST_REQUEST, Notebook
from kaowu.engines.sync.judge import Status

_SLOWEST_S = 20


def door(
    notebook: Notebook, address: tuple[str, int], cert: Path | None = None, cert_key: Path | None = None
) -> ThreadingHTTPServer:
    """The server, bound and not yet serving."""

    class Door(BaseHTTPRequestHandler):
        timeout = _SLOWEST_S

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not self.path.endswith(f"/{ADD_CHECKPOINT}") or not length.isdigit():
                return self._answer(404, b"")
            if int(length) > LARGEST_REQUEST:
                return self._answer(Status.TOO_LARGE, b"")
            verdict = notebook.cosign(self.rfile.read(int(length)))
            type = "text/x.tlog.size" if verdict.status == Status.CONFLICT else "text/plain; charset=utf-8"
            return self._answer(verdict.status, verdict.body, type)

        def _answer(self, status: int, body: bytes, type: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(address, Door)
    server.daemon_threads = True
    if cert is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, cert_key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    return server
