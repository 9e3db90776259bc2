"""What a person reads when a page cannot be shown: what happened, which rule, what to do."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.csrf import requires_csrf_token

from kaowu.basics.errors import Sentence

_SENTENCES = {
    400: Sentence("这个请求读不懂。请回到上一页，重新填写后再提交。", "This request cannot be read. Go back, fill in the form again and submit."),
    403: Sentence("不能打开：您的岗位没有这项权限，或不在您负责的范围内。", "Cannot open: your post may not do this, or it lies outside your area of duty."),
    404: Sentence("没有这一页。地址可能写错，或该记录不存在。", "There is no such page. The address may be wrong, or the record does not exist."),
    405: Sentence("不能这样打开：此地址只接收表单提交。", "Cannot open this way: the address only takes a submitted form."),
    413: Sentence("不能接收：内容太大。请分成几份再传。", "Cannot accept: too large. Send it in parts."),
    500: Sentence("程序出错，这次操作没有写入任何内容。错误已记入运行日志。", "The program failed; this act wrote nothing. The fault is in the operating log."),
}  # fmt: skip


def error_page(
    request: HttpRequest, status: int, sentence: Sentence | None = None, code: str = ""
) -> HttpResponse:
    """A page for people, JSON for programs; both in both languages where there is room."""
    sentence = sentence or _SENTENCES[status]
    if request.path.startswith("/api/"):
        return JsonResponse({"code": code or f"http.{status}", "sentence": sentence.as_dict()}, status=status)
    language = get_language() or "zh-hans"
    text = sentence.in_language(language)
    other = sentence.in_language("en" if language.startswith("zh") else "zh")
    context = {
        "status": status,
        "sentence": text,
        "other": other,
        "code": code,
        "remedy": status in {403, 404},
    }
    # Without the request, so that a fault in the shell cannot hide the fault itself.
    return HttpResponse(render_to_string("kaowu/errors/error.html", context), status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 403, getattr(exception, "sentence", None), "access.refused")


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form lay open too long, or it came from somewhere else."""
    sentence = Sentence(
        "不能提交：页面已过期，或表单不是从本站发出的。请刷新上一页后再提交。",
        "Cannot submit: the page has expired, or the form was not sent from this site. Reload it and submit again.",
    )
    return error_page(request, 403, sentence, "access.csrf")
