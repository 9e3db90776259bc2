"""Fair load and pay: what each person does, what it comes to, and which post would be new to them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Sentence
from kaowu.loop.improve.rotate_posts import PostHistory, suggestion
from kaowu.loop.prepare.drawn_posts import CHIEF, DRAWN_POSTS
from kaowu.loop.prepare.post_brief import post_title
from kaowu.loop.profile_of_exam import profile_of
from kaowu.loop.settle.pay import COUNTS, OTHER, RATE_LINES, PayRow, Served, pay_rows, rate_of, totals
from kaowu.reports.wording import yuan
from kaowu.rules.profile import Profile
from kaowu.store.queries import duties, exams, places
from kaowu.store.queries.duties import DutyLine
from kaowu.web.access import permitted
from kaowu.web.office.candidates import ReasonForm, take_out
from kaowu.web.office.exam_here import exam_here
from kaowu.web.office.registers import page_of
from kaowu.web.office.workbooks import attachment, workbook

_PAY = "pay.see"
_WAITING = frozenset(post.id for post in DRAWN_POSTS.values() if post.waits)
_HEADER = ("考点", "工号", "姓名", "单位", "岗位", "计酬场次", "每场（元）", "小计（元）", "未登记到岗场次")
_WIDTHS = (10, 14, 14, 30, 20, 10, 12, 12, 14)


@permitted("duties.see", unscoped=("exam",))
def loads(request: HttpRequest, exam: str) -> HttpResponse:
    """Each worker's sittings, hours, posts, rooms and history; the most burdened first."""
    line = exam_here(request, exam)
    text, site = request.GET.get("q", "").strip(), request.GET.get("site", "")
    codes = _sites(request, exam)
    chosen = [site] if site in codes else codes
    page = page_of(request, duties.persons(exam, chosen, text))
    numbers = [row["person"] for row in page]
    people, mine = duties.people(numbers), duties.of_people(exam, numbers)
    minutes = {one.id: (one.ends_at - one.starts_at) // 60_000 for one in exams.sittings(exam)}
    profile = profile_of(exams.plan(exam))
    history = duties.history(numbers, exam)
    context = {
        "line": line,
        "q": text,
        "site": site,
        "sites": codes,
        "names": places.site_names(codes),
        "page": page,
        "rows": [
            _load(number, mine.get(number, []), minutes)
            | {
                "who": people.get(number),
                "history": history.get(number, ()),
                "suggestion": _suggested(number, people, history, profile),
            }
            for number in numbers
        ],
        "spread": duties.spread(exam, chosen, _WAITING),
    }
    return render(request, "kaowu/duties/loads.html", context)


@permitted(_PAY, unscoped=("exam",))
def pay(request: HttpRequest, exam: str) -> HttpResponse:
    """The draft of the pay: one row for each person and post, with the rates it rests on."""
    line = exam_here(request, exam)
    text, site = request.GET.get("q", "").strip(), request.GET.get("site", "")
    codes = _sites(request, exam)
    chosen = [site] if site in codes else codes
    profile = _profile(exam)
    page = page_of(request, duties.persons(exam, chosen, text))
    numbers = [row["person"] for row in page]
    rows = pay_of(duties.of_people(exam, numbers).values(), profile, chosen)
    counted = duties.served_by_post(exam, chosen)
    context = {
        "line": line,
        "q": text,
        "site": site,
        "sites": codes,
        "names": places.site_names(codes),
        "page": page,
        "rows": rows,
        "people": duties.people(numbers),
        "sums": totals(_of_posts(counted, profile)),
        "by_post": _of_posts(counted, profile),
        "rates": [profile.line(key) for key in (COUNTS, *RATE_LINES.values(), OTHER)],
    }
    return render(request, "kaowu/duties/pay.html", context)


@permitted(_PAY, unscoped=("exam",))
@require_POST
def take_pay(request: HttpRequest, exam: str) -> HttpResponse:
    """The whole draft as a workbook with a watermark."""
    line, codes, profile = exam_here(request, exam), _sites(request, exam), _profile(exam)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "kaowu/roster/export_refused.html", {"line": line, "form": form}, status=422)
    lines = [
        _pay_line(site, row)
        for site in codes
        for row in pay_of([duties.of_site(exam, site)], profile, [site])
    ]
    mark = take_out(request, line, _PAY, "pay", len(lines), form.cleaned_data["reason"])
    people = duties.people(row[1] for row in lines)
    content = workbook(
        f"{line.name} 酬金测算", _HEADER, (_named(row, people) for row in lines), mark, _WIDTHS
    )
    return attachment(content, f"{line.name}_酬金测算_{mark.at:%Y%m%d}.xlsx")


def pay_of(each: Any, profile: Profile, sites: list[str]) -> list[PayRow]:
    """The pay rows of people, from all their duties at these sites."""
    served = [
        Served(one.person, one.post, one.sitting, one.taken_at is not None)
        for lines in each
        for one in lines
        if one.site in sites
    ]
    return pay_rows(served, profile)


def _of_posts(counted: dict[str, tuple[int, int, int]], profile: Profile) -> list[PayRow]:
    """One row for each post over everybody: {post: (people, drawn, taken)}, priced."""
    needs_report = profile.choice(COUNTS) == "taken"
    rows = []
    for post, (_people, drawn, taken) in sorted(counted.items()):
        paid = taken if needs_report else drawn
        rows.append(PayRow("", post, paid, rate_of(post, profile), drawn - paid))
    return rows


def _pay_line(site: str, row: PayRow) -> tuple[str, ...]:
    return (
        site, row.person, "", "", post_title(row.post).zh, str(row.sittings), yuan(row.cents),
        yuan(row.sum_cents), str(row.unreported),
    )  # fmt: skip


def _named(row: tuple[str, ...], people: dict[str, duties.StaffLine]) -> tuple[str, ...]:
    who = people.get(row[1])
    return (*row[:2], who.name if who else "", who.unit if who else "", *row[4:])


def _load(number: str, lines: list[DutyLine], minutes: dict[str, int]) -> dict[str, Any]:
    work = [one for one in lines if one.post not in _WAITING]
    return {
        "number": number,
        "duties": len(work),
        "waits": len(lines) - len(work),
        "taken": sum(one.taken_at is not None for one in lines),
        "minutes": sum(minutes.get(one.sitting, 0) for one in work),
        "posts": sorted({one.post for one in lines}),
        "rooms": sorted({one.room for one in lines if one.room}),
        "site": lines[0].site if lines else "",
    }


def _suggested(
    number: str,
    people: dict[str, duties.StaffLine],
    history: dict[str, list[tuple[str, tuple[str, ...]]]],
    profile: Profile | None,
) -> Sentence | None:
    who = people.get(number)
    if who is None or profile is None:
        return None
    past = PostHistory(number, who.years, tuple(history.get(number, ())))
    titles = {post: post_title(post) for post in DRAWN_POSTS}
    return suggestion(past, CHIEF, max(1, profile.number("chief_years")), titles)


def _sites(request: HttpRequest, exam: str) -> list[str]:
    found = [one.site for one in duties.sites(exam)]
    paths = places.site_paths(found)
    return [site for site in found if request.scope.covers(paths.get(site, ""))]  # type: ignore[attr-defined]


def _profile(exam: str) -> Profile:
    profile = profile_of(exams.plan(exam))
    assert profile is not None
    return profile


urlpatterns = [
    path("office/duties/<str:exam>/all/loads/", loads, name="loads"),
    path("office/duties/<str:exam>/all/pay/", pay, name="pay"),
    path("office/duties/<str:exam>/all/pay/workbook/", take_pay, name="pay_workbook"),
]
