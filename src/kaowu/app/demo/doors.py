"""The two ways to the product's public doors: over HTTP, or handed to the application in this process."""

import json
import urllib.error
import urllib.request
from typing import Any, Protocol

TIMEOUT_S = 60


class DoorShut(Exception):
    """The product did not answer as its API says it would."""


class Door(Protocol):
    """A way to send one request and read its JSON answer."""

    def get(self, path: str, token: str) -> Any:
        """The answer to a question."""

    def post(self, path: str, token: str, body: object) -> Any:
        """The answer to what was handed in."""


class OverHttp:
    """A running server, this machine's or another's."""

    def __init__(self, server: str) -> None:
        self._server = server.rstrip("/")

    def get(self, path: str, token: str) -> Any:
        """The answer to a question."""
        return self._send(urllib.request.Request(self._server + path, headers=_headers(token)))

    def post(self, path: str, token: str, body: object) -> Any:
        """The answer to what was handed in."""
        content = json.dumps(body).encode()
        return self._send(urllib.request.Request(self._server + path, content, _headers(token)))

    def _send(self, request: urllib.request.Request) -> Any:
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            # One refused fact is an answer too; anything else is a shut door.
            text = error.read().decode(errors="replace")
            try:
                said = json.loads(text)
            except ValueError:
                said = None
            if isinstance(said, dict) and "outcome" in said:
                return said
            raise DoorShut(f"{request.full_url}: {error.code} {text[:300]}") from error


class InProcess:
    """The application itself, without a server: the same requests through the same middleware and views."""

    def __init__(self) -> None:
        from django.test import Client

        self._client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost", REMOTE_ADDR="127.0.0.1")

    def get(self, path: str, token: str) -> Any:
        """The answer to a question."""
        return self._read(self._client.get(path, headers=_headers(token)))

    def post(self, path: str, token: str, body: object) -> Any:
        """The answer to what was handed in."""
        answer = self._client.post(
            path, json.dumps(body), content_type="application/json", headers=_headers(token)
        )
        return self._read(answer)

    def _read(self, answer: Any) -> Any:
        said = json.loads(answer.content) if answer["Content-Type"].startswith("application/json") else None
        if said is None or (answer.status_code >= 400 and "outcome" not in said):
            raise DoorShut(f"{answer.request['PATH_INFO']}: {answer.status_code} {answer.content[:300]!r}")
        return said


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
