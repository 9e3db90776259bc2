"""Who may come in: every view declares what it needs, and what declares nothing stays shut.

    @permitted("registry.change")      a post must hold the permission; request.scope says over what
    @signed_in("why")                  any account, for example its own password page
    @public("why")                     anybody, for example the login page

A part of the address that names a place (`site`, `organisation`, …, see PLACES) is looked up and must lie
inside the scope before the view runs. Refusals go into the access log. Rights are read from the database on
every request, so a withdrawn one ends at once.
"""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import override

from kaowu.basics.errors import Sentence
from kaowu.store.models import AccessLog, Assignment, Organisation, Person, School, Site
from kaowu.web.permissions import PERMISSIONS

View = Callable[..., Any]


class NotPermitted(PermissionDenied):
    """The account lacks the permission, or the place lies outside its scope."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Declared:
    """What a view has declared about itself."""

    kind: str  # "permitted", "signed_in", "public"
    permission: str = ""
    why: str = ""
    unscoped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """The parts of the organisation tree over which something is allowed; empty means nowhere."""

    paths: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        return any(path.startswith(own) for own in self.paths)

    def over(self, field: str = "organisation__path") -> Q:
        """The rows whose path, found at `field`, lies inside; none at all for an empty scope."""
        if not self.paths:
            return Q(pk__in=())
        return functools.reduce(Q.__or__, (Q(**{f"{field}__startswith": path}) for path in self.paths))


#: Part of an address → how to find the organisation path it lies under (None: it does not exist).
PLACES: dict[str, Callable[[Any], str | None]] = {
    "organisation": lambda code: (
        Organisation.objects.filter(code=code).values_list("path", flat=True).first()
    ),
    "school": lambda code: (
        School.objects.filter(code=code).values_list("organisation__path", flat=True).first()
    ),
    "site": lambda code: Site.objects.filter(code=code).values_list("organisation__path", flat=True).first(),
    "person": lambda number: (
        Person.objects.filter(number=number).values_list("organisation__path", flat=True).first()
    ),
}


def permitted(permission: str, *, unscoped: Iterable[str] = ()) -> Callable[[View], View]:
    """The view needs this permission. `unscoped` names parts of its address that are no places."""
    if permission not in PERMISSIONS:
        raise ImproperlyConfigured(f"unknown permission {permission!r}: add it to web/permissions.py")

    def declare(view: View) -> View:
        declared = Declared("permitted", permission, unscoped=frozenset(unscoped))

        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            request.scope = admit(request, permission, kwargs, declared.unscoped)  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        guarded.access = declared  # type: ignore[attr-defined]
        return guarded

    return declare


def signed_in(why: str) -> Callable[[View], View]:
    """Any account may come in; the view shows nothing beyond the account itself."""

    def declare(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            return view(request, *args, **kwargs)

        guarded.access = Declared("signed_in", why=why)  # type: ignore[attr-defined]
        return guarded

    return declare


def public(why: str) -> Callable[[View], View]:
    """Anybody may come in."""

    def declare(view: View) -> View:
        @functools.wraps(view)
        def open_to_all(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return view(request, *args, **kwargs)

        open_to_all.access = Declared("public", why=why)  # type: ignore[attr-defined]
        return open_to_all

    return declare


def declared_by(view: View) -> Declared | None:
    """What a view declares. An API path declares what all its operations declare, or nothing."""
    declared = getattr(view, "access", None)
    if declared is not None:
        return declared
    operations = _operations_of(view)
    if operations and all(hasattr(operation.view_func, "access") for operation in operations):
        return operations[0].view_func.access  # type: ignore[no-any-return]
    return None


def _operations_of(view: View) -> list[Any]:
    """The API's operations behind an address: django-ninja hides them in the closure of its view."""
    cells = [cell.cell_contents for cell in getattr(view, "__closure__", None) or ()]
    return next((cell.operations for cell in cells if hasattr(cell, "operations")), [])


class UnannouncedViewsRefused:
    """A view that forgot to declare anything is shut, whatever it shows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        if declared_by(view) is None:
            refuse(
                request,
                "",
                Sentence("不能打开：这一页没有声明权限。", "Cannot open: this page declares no permission."),
            )


def admit(
    request: HttpRequest, permission: str, places: dict[str, Any], unscoped: Iterable[str] = ()
) -> Scope:
    """The scope in which the permission holds, after checking every place; raises NotPermitted or Http404."""
    scope = scope_of(request.user, permission)
    if not scope.paths:
        label = PERMISSIONS[permission].label
        refuse(
            request,
            permission,
            _both(
                "不能打开：您的岗位没有{}这项权限。", "Not allowed: your post may not do this ({}).", label
            ),
        )
    for name, value in places.items():
        if name in unscoped:
            continue
        if name not in PLACES:
            raise ImproperlyConfigured(f"{name!r} in the address is neither a place nor declared unscoped")
        require_place(request, permission, scope, PLACES[name](value))
    return scope


def require_place(request: HttpRequest, permission: str, scope: Scope, path: str | None) -> None:
    """For places that come from a form instead of the address."""
    if path is None:
        raise Http404
    if not scope.covers(path):
        sentence = Sentence(
            "不能打开：不在您负责的范围内。", "Cannot open: this lies outside your area of duty."
        )
        refuse(request, permission, sentence)


def refuse(request: HttpRequest, permission: str, sentence: Sentence) -> None:
    """Write the refusal down, then refuse."""
    log(request, AccessLog.Outcome.REFUSED, permission, request.path, reason=sentence.zh)
    raise NotPermitted(sentence)


def scope_of(account: Any, permission: str) -> Scope:
    """Where an account holds a permission. Two assignments of which one lies inside the other count once."""
    posts = PERMISSIONS[permission].posts
    paths = sorted({path for post, path in grants_of(account) if post in posts})
    return Scope(
        tuple(path for path in paths if not any(path != own and path.startswith(own) for own in paths))
    )


def grants_of(account: Any) -> list[tuple[str, str]]:
    """Post and organisation path of each open assignment, read once per request."""
    if not account.is_authenticated or not account.is_active:
        return []
    if not hasattr(account, "_grants"):
        open_ones = Assignment.objects.filter(account=account, ended_at=None)
        account._grants = list(open_ones.values_list("post", "organisation__path"))
    return account._grants


def log(
    request: HttpRequest,
    outcome: str,
    permission: str,
    subject: str,
    *,
    reason: str = "",
    account: str = "",
    **details: Any,
) -> None:
    """One row in the access log, with the account and address of the request."""
    AccessLog.objects.create(
        outcome=outcome,
        permission=permission,
        subject=subject[:200],
        reason=reason[:500],
        account_number=account or getattr(request.user, "number", ""),
        address=request.META.get("REMOTE_ADDR", "")[:45],
        details={"method": request.method, **details},
    )


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Pages go to the login page and come back; programs get a sentence."""
    if request.path.startswith("/api/"):
        sentence = Sentence("请先登录。", "Sign in first.")
        return JsonResponse({"code": "access.sign_in", "sentence": sentence.as_dict()}, status=401)
    address = f"{reverse('login')}?{urlencode({'next': request.get_full_path()})}"
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _both(zh: str, en: str, label: Any) -> Sentence:
    with override("zh-hans"):
        chinese = zh.format(f"“{label}”")
    with override("en"):
        english = en.format(label)
    return Sentence(chinese, english)
