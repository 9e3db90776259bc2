"""The REST door. Operations live beside the pages of their subject and add a router here by being found.

A page module may hold `ROUTER = ninja.Router()`; its operations carry `@permitted(...)` like any view. Every
refusal is JSON with a code and a sentence in both languages.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.security import django_auth

from kaowu.basics.errors import Refused, Sentence
from kaowu.web.access import ask_to_sign_in
from kaowu.web.errors import error_page
from kaowu.web.pages import page_modules

api = NinjaAPI(
    title="kaowu 考务", version="1", docs_url=None, openapi_url=None, urls_namespace="api", auth=django_auth
)


@api.exception_handler(PermissionDenied)
def _refused_access(request: HttpRequest, exception: Any) -> HttpResponse:
    return error_page(request, 403, getattr(exception, "sentence", None), "access.refused")


@api.exception_handler(Refused)
def _refused(request: HttpRequest, exception: Any) -> HttpResponse:
    return JsonResponse(exception.as_dict(), status=409)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    return error_page(request, 404)


@api.exception_handler(ValidationError)
def _unreadable(request: HttpRequest, exception: Any) -> HttpResponse:
    places = [".".join(str(part) for part in error["loc"][1:]) for error in exception.errors]
    listed = "、".join(places)
    sentence = Sentence(
        f"请求内容不符合接口要求：{listed}。",
        f"The request does not have the agreed form: {', '.join(places)}.",
    )
    problems = [
        {"place": place, "message": error["msg"]}
        for place, error in zip(places, exception.errors, strict=True)
    ]
    return JsonResponse(
        {"code": "api.form", "sentence": sentence.as_dict(), "problems": problems}, status=422
    )


@api.exception_handler(HttpError)
def _other(request: HttpRequest, exception: Any) -> HttpResponse:
    if exception.status_code == 401:
        return ask_to_sign_in(request)
    sentence = Sentence("请求内容读不懂，应为 JSON。", "The request cannot be read; it should be JSON.")
    return JsonResponse(
        {"code": f"http.{exception.status_code}", "sentence": sentence.as_dict()},
        status=exception.status_code,
    )


for _module in page_modules():
    if hasattr(_module, "ROUTER"):
        api.add_router("", _module.ROUTER)
