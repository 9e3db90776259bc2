"""How a request reaches us: over TLS, or from this very machine; and never larger than agreed."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kaowu.basics.errors import Sentence
from kaowu.web.errors import error_page

GetResponse = Callable[[HttpRequest], HttpResponse]


class TlsOrLoopback:
    """Plain HTTP is refused unless it never left the machine; cookies are Secure in every other case."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.is_secure() and not _is_loopback(request.META.get("REMOTE_ADDR", "")):
            sentence = Sentence(
                "不能经明文 HTTP 打开：请改用 https:// 地址，或在本机打开。",
                "Cannot open over plain HTTP: use the https:// address, or open it on the machine itself.",
            )
            return error_page(request, 403, sentence)
        response = self.get_response(request)
        if request.is_secure() or not _is_loopback_name(request.META.get("HTTP_HOST", "")):
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response


class RequestSizeLimit:
    """A body that says it is too large is refused before a byte of it is kept."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > settings.REQUEST_LIMIT_BYTES:
            megabytes = settings.REQUEST_LIMIT_BYTES // 1_000_000
            sentence = Sentence(
                f"不能接收：内容超过 {megabytes} MB。请分成几份，或压缩照片后再传。",
                f"Cannot accept: more than {megabytes} MB. Split it, or compress the photos, and send again.",
            )
            return error_page(request, 413, sentence)
        return self.get_response(request)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_loopback_name(host: str) -> bool:
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return name == "localhost" or _is_loopback(name.strip("[]"))
