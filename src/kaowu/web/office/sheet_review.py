"""The review of doubtful marks: a pile of crops, judged by two who know nothing of each other; a third decides."""

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.exam.sheet_bag import IDENTITY
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store.models import Account
from kaowu.store.queries import exams, places, sheet_bags
from kaowu.store.queries.sheet_bags import BagView
from kaowu.web.access import permitted
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.works import sheet_crops
from kaowu.web.works import sheet_review as works
from kaowu.web.works.sheet_review import Covers, Item

MENU = MenuEntry("settle", _("Review marks"), view="sheet_review", permission="sheets.review", order=22)

_REVIEW, _DECIDE = "sheets.review", "sheets.decide"
_NONCE = 12


@permitted(_REVIEW)
def choose(request: HttpRequest) -> HttpResponse:
    return to_current(request, "sheet_review_exam")


@permitted(_REVIEW, unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """What waits in each subject, and how good the reviewers are."""
    line, covers = exam_here(request, exam), _covers(request, exam)
    subjects = [subject for sitting in exams.sittings(exam) for subject in sitting.subjects]
    with_scans = {view.subject for view in sheet_bags.bags_of(exam, subjects, covers) if view.bag.scans}
    scanned = [subject for subject in subjects if subject in with_scans]
    qualities = [(subject, one) for subject in scanned for one in works.qualities(exam, subject, covers)]
    names = Account.objects.filter(number__in={one.person for _subject, one in qualities})
    context = {
        "line": line,
        "rows": [(subject, works.waiting(exam, subject, covers)) for subject in scanned],
        "qualities": qualities,
        "names": dict(names.values_list("number", "name")),
    }
    return render(request, "kaowu/sheet_review/overview.html", context)


@permitted(_REVIEW, unscoped=("exam", "subject"))
@never_cache
def pile(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """The next crops for whoever is signed in."""
    found = works.pile(exam, subject, _me(request), _covers(request, exam))
    return _pile(request, exam, subject, found, "judge")


@permitted(_DECIDE, unscoped=("exam", "subject"))
@never_cache
def disputes(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """What two have seen differently, for a third."""
    found = works.disputes(exam, subject, _me(request), _covers(request, exam))
    return _pile(request, exam, subject, found, "decide")


@permitted(_REVIEW, unscoped=("exam", "subject"))
@require_POST
def judge(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """One person's opinions about a pile."""
    return _hand_in(request, exam, subject, _REVIEW)


@permitted(_DECIDE, unscoped=("exam", "subject"))
@require_POST
def decide(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """The third person's decisions."""
    return _hand_in(request, exam, subject, _DECIDE)


@permitted(_REVIEW, unscoped=("exam", "subject", "token"))
def crop(request: HttpRequest, exam: str, subject: str, token: str) -> HttpResponse:
    """The picture of one field, to that person only to whom it was given."""
    view, item = _opened(request, exam, subject, token)
    page = view.page(item.page)
    content = sheet_crops.crop(view, page, item.field) if page is not None and view.pictured(page) else None
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type="image/png")
    answer["Cache-Control"] = "private, no-store"
    return answer


def _pile(request: HttpRequest, exam: str, subject: str, items: list[Item], act: str) -> HttpResponse:
    line = exam_here(request, exam)
    if sheet_bags.sitting_of(exam, subject) is None:
        raise Http404
    views: dict[str, BagView | None] = {}
    shown = []
    for item in items:
        key = str(item.key)
        if key not in views:
            views[key] = sheet_bags.bag(exam, item.key, subject)
        view = views[key]
        page = view.page(item.page) if view is not None else None
        if view is None or page is None:
            continue
        shown.append(
            {
                "token": _sealed(request, item),
                "identity": item.field == IDENTITY,
                "options": sheet_crops.options_of(view, page, item.field),
                "field": item.field.removeprefix("q") if item.field.startswith("q") else "",
                "box": item.field if item.field in ("absent", "violation", "paper_type") else "",
            }
        )
    context = {"line": line, "subject": subject, "items": shown, "act": act}
    return render(request, "kaowu/sheet_review/pile.html", context)


def _hand_in(request: HttpRequest, exam: str, subject: str, permission: str) -> HttpResponse:
    exam_here(request, exam)
    said: dict[str, list[tuple[Item, str]]] = {}
    for number, token in enumerate(request.POST.getlist("token")):
        view, item = _opened(request, exam, subject, token)
        page = view.page(item.page)
        if page is None:
            continue
        ticked = request.POST.getlist(f"says-{number}")
        options = sheet_crops.options_of(view, page, item.field)
        says = works.spelled(options, ticked)
        if not says or (item.field == IDENTITY and len(ticked) > 1):
            continue  # a crop that was left alone comes back another time
        said.setdefault(item.key.site, []).append((item, says))
    act = works.judge if permission == _REVIEW else works.decide
    answers = [
        answer
        for site, some in said.items()
        for answer in act(exam, subject, some, acting(request, permission, _path(site)))
    ]
    kept = sum(not isinstance(answer, Refused) for answer in answers)
    messages.success(request, _t("%(n)d recorded.") % {"n": kept})
    for refused in {str(one.code): one for one in answers if isinstance(one, Refused)}.values():
        messages.warning(request, refused.sentence.in_language(request.LANGUAGE_CODE))
    view_name = "sheet_review_pile" if permission == _REVIEW else "sheet_review_disputes"
    return redirect(view_name, exam=exam, subject=subject)


# ---- a crop's address says nothing, and opens for one person ----


def _sealed(request: HttpRequest, item: Item) -> str:
    nonce = get_random_string(_NONCE).encode()
    plain = json.dumps([_me(request), str(item.key), item.page.hex(), item.field]).encode()
    return base64.urlsafe_b64encode(nonce + _cipher().encrypt(nonce, plain, None)).decode().rstrip("=")


def _opened(request: HttpRequest, exam: str, subject: str, token: str) -> tuple[BagView, Item]:
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        plain = json.loads(_cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], None))
    except (ValueError, InvalidTag):
        raise Http404 from None
    person, key, page, field = plain
    item = Item(RoomSittingKey.read(key), bytes.fromhex(page), field)
    view = sheet_bags.bag(exam, item.key, subject)
    if person != _me(request) or view is None or not _covers(request, exam)(item.key.site):
        raise Http404
    return view, item


def _cipher() -> AESGCM:
    return AESGCM(HKDFExpand(SHA256(), 32, b"kaowu review crops").derive(settings.ARTEFACT_KEY))


def _covers(request: HttpRequest, exam: str) -> Covers:
    paths = places.site_paths(site for site, *_rest in exams.sites(exam))
    scope: Any = request.scope  # type: ignore[attr-defined]
    own = {site for site, path in paths.items() if scope.covers(path)}
    return own.__contains__


def _me(request: HttpRequest) -> str:
    return str(request.user.number)  # type: ignore[union-attr]


def _path(site: str) -> str:
    return places.site_paths([site])[site]


_AT = "office/sheet-review/<str:exam>/<str:subject>/"
urlpatterns = [
    path("office/sheet-review/", choose, name="sheet_review"),
    path("office/sheet-review/<str:exam>/", overview, name="sheet_review_exam"),
    path(_AT, pile, name="sheet_review_pile"),
    path(_AT + "judge/", judge, name="sheet_review_judge"),
    path(_AT + "disputes/", disputes, name="sheet_review_disputes"),
    path(_AT + "decide/", decide, name="sheet_review_decide"),
    path(_AT + "crop/<str:token>.png", crop, name="sheet_review_crop"),
]
