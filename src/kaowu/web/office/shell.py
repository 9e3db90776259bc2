"""What stands around every office page: menu, exam switcher, person, clock."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from kaowu.web.access import grants_of, scope_of
from kaowu.web.office import menu
from kaowu.web.office.copies_bar import copies_bar
from kaowu.web.office.exam_here import switcher
from kaowu.web.permissions import PERMISSIONS, POSTS


class May:
    """`{% if may.registry.change %}` in a template asks for the permission "registry.change"."""

    def __init__(self, account: Any, name: str = "") -> None:
        self._account, self._name = account, name

    def __getitem__(self, word: str) -> "May":
        return May(self._account, f"{self._name}.{word}" if self._name else word)

    def __bool__(self) -> bool:
        return self._name in PERMISSIONS and bool(scope_of(self._account, self._name).paths)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the office frame; nothing for whoever is not signed in."""
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        return {"may": May(account) if account else None}
    shown = switcher(request)
    posts = [str(POSTS[post]) for post in dict(grants_of(account)) if post in POSTS]
    return {
        "may": May(account),
        "menu_phases": menu.phases(request, shown["path"] if shown else ""),
        "menu_parts": menu.parts(request),
        "my_posts": posts,
        "top_exam": shown,
        "exam_now": timezone.localtime(),
        **copies_bar(),
        "idle_seconds": settings.LOGIN_IDLE_MINUTES * 60,
    }
