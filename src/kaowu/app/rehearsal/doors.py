"""The doors of the node as those who come use them: a terminal's connection, and a browser that signed in."""

import http.client
import json
import secrets
import urllib.parse
from collections.abc import Mapping, Sequence
from http.cookies import SimpleCookie
from typing import Any

TIMEOUT_S = 60
Answer = tuple[int, bytes]


class Line:
    """One connection that is kept open, and opened again when it broke."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self.cookies: dict[str, str] = {}

    def send(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Answer:
        """Status and body of the answer; raises OSError or HTTPException if there is none."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if kind:
            headers["Content-Type"] = kind
        try:
            self._http.request(method, path, body or None, headers)
            answer = self._http.getresponse()
            content = answer.read()
        except Exception:
            self._http.close()
            raise
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies.update({name: found.value for name, found in SimpleCookie(line).items()})
        return answer.status, content

    def hand_in(self, run: Mapping[str, Any]) -> Answer:
        """What a terminal has signed."""
        return self.send("POST", "/api/v1/runs", json.dumps(run).encode(), "application/json")

    def close(self) -> None:
        """Hang up."""
        self._http.close()


class Browser(Line):
    """Somebody at a page. Raises PermissionError if the sign-in is not accepted."""

    def __init__(self, port: int, number: str, password: str) -> None:
        super().__init__(port)
        self.send("GET", "/account/sign-in/")
        status, _ = self.post("/account/sign-in/", {"username": number, "password": password})
        if status != 302:
            raise PermissionError(f"{number}: {status}")

    def post(self, path: str, values: Mapping[str, str]) -> Answer:
        """Send a form."""
        body = urllib.parse.urlencode({**values, "csrfmiddlewaretoken": self._token})
        return self.send("POST", path, body.encode(), "application/x-www-form-urlencoded")

    def upload(self, path: str, files: Sequence[tuple[str, bytes]]) -> Answer:
        """Send a form with files."""
        mark = secrets.token_hex(16)
        parts = [f'name="csrfmiddlewaretoken"\r\n\r\n{self._token}'.encode()]
        for name, content in files:
            head = f'name="files"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
            parts.append(head.encode() + content)
        start = f"--{mark}\r\nContent-Disposition: form-data; ".encode()
        body = b"".join(start + part + b"\r\n" for part in parts) + f"--{mark}--\r\n".encode()
        return self.send("POST", path, body, f"multipart/form-data; boundary={mark}")

    @property
    def _token(self) -> str:
        return self.cookies.get("kaowu_csrf", "")
