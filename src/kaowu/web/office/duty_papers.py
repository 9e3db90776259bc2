"""Papers of the staff: what a site prints from its sealed list of duties, whole, by post, by sitting or by person."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.facts.envelope import Actor
from kaowu.reports.contents import SiteContents
from kaowu.reports.document import Document, Scope
from kaowu.store import artefacts
from kaowu.store.models import AccessLog, Job
from kaowu.store.queries import duties, places, staff_papers
from kaowu.store.queries.places import SitePlace
from kaowu.web import jobs
from kaowu.web.access import log, permitted, scope_of
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.job_pages import view_of
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.workbooks import attachment
from kaowu.web.works import staff_papers as works
from kaowu.web.works import staff_prints
from kaowu.web.works.staff_papers import StaffPapers

MENU = MenuEntry(
    "prepare", _("Papers of the staff"), view="staff_papers", permission="papers.print", order=72
)

_PRINT = "papers.print"
_JOB = "staff_papers.make"
_PDF = "application/pdf"
_PER = {
    Scope.SITE: _("per site"),
    Scope.PERSON: _("per person"),
    Scope.POST: _("per post"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What part of a site's papers is asked for; empty words mean all of it."""

    document: Document[SiteContents]
    sitting: str = ""
    post: str = ""
    person: str = ""

    @property
    def whole(self) -> bool:
        """Whether the paper is asked for everybody at the site."""
        return not (self.sitting or self.post or self.person)

    def of(self, papers: StaffPapers) -> StaffPapers:
        """The contents for this choice."""
        return papers.only(person=self.person, post=self.post, sitting=self.sitting)

    @property
    def words(self) -> str:
        """The choice as the file's name says it."""
        return "_".join(filter(None, (self.document.zh, self.sitting, self.post, self.person)))


class PartForm(forms.Form):
    """Which paper, and for whom."""

    document = forms.ChoiceField(label=_("Document"))
    sitting = forms.ChoiceField(label=_("Sitting"), required=False)
    post = forms.ChoiceField(label=_("Post"), required=False)
    person = forms.CharField(
        label=_("Staff number"),
        required=False,
        max_length=32,
        help_text=_("Leave it empty for everybody."),
        widget=forms.TextInput(attrs={"list": "staff-numbers", "autocomplete": "off"}),
    )

    def __init__(
        self, data: Any, *, documents: list[Document[SiteContents]], papers: StaffPapers | None
    ) -> None:
        super().__init__(data)
        self._documents = {each.id: each for each in documents}
        said = [(each.id, staff_prints.words_of(each)) for each in documents]
        staff = papers.staff if papers else None
        _choices(self, "document", [(name, words.zh) for name, words in said])
        _choices(
            self,
            "sitting",
            [
                ("", _("All")),
                *((one.sitting_id, f"{one.sitting_id}　{one.subject}") for one in staff.sittings),
            ]
            if staff
            else [],
        )
        _choices(
            self, "post", [("", _("All")), *((one.code, one.name) for one in staff.posts)] if staff else []
        )

    @property
    def choice(self) -> Choice:
        """What was chosen."""
        given = self.cleaned_data
        return Choice(
            self._documents[given["document"]], given["sitting"], given["post"], given["person"].strip()
        )


@permitted(_PRINT)
def choose(request: HttpRequest) -> HttpResponse:
    return to_current(request, "staff_papers_exam")


@permitted(_PRINT, unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """The sites with sealed duties inside the scope; whoever answers for one goes straight there."""
    line, found = exam_here(request, exam), duties.sites(exam)
    paths = places.site_paths(one.site for one in found)
    own = [one for one in found if request.scope.covers(paths.get(one.site, ""))]  # type: ignore[attr-defined]
    if len(own) == 1:
        return redirect("staff_papers_site", exam=exam, site=own[0].site)
    names = places.site_names(one.site for one in own)
    rows = [
        {"duties": one, "name": names.get(one.site, ""), "made": len(staff_papers.made(exam, one.site))}
        for one in own
    ]
    return render(request, "kaowu/staff_papers/overview.html", {"line": line, "rows": rows})


@permitted(_PRINT, unscoped=("exam",))
def site_page(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """Every paper of a site: made, out of date or not made yet."""
    return _site_page(request, exam, site)


@permitted(_PRINT, unscoped=("exam",))
@require_POST
@never_cache
def make(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """A few pages come at once; a whole site's papers are set by a job and kept."""
    line, place = exam_here(request, exam), _place(site)
    try:
        papers = works.of_site(exam, site)
        form = PartForm(request.POST, documents=_offered(request, place), papers=papers)
        if not form.is_valid():
            return _site_page(request, exam, site, form=form)
        choice = form.choice
        chosen = choice.of(papers)
        pages = staff_prints.pages_of(choice.document, chosen)
    except Refused as refused:
        return _site_page(request, exam, site, refused=refused)
    if choice.whole or pages > staff_prints.MOST_AT_ONCE:
        return redirect("job", job=_job(request, exam, place, choice).pk)
    log(
        request,
        AccessLog.Outcome.EXPORTED,
        _PRINT,
        f"{exam}/{site}/{choice.words}"[:200],
        reason=choice.document.zh,
    )
    content = staff_prints.set_now(exam, choice.document, chosen)
    return attachment(content, f"{line.name}_{place.name}_{choice.words}.pdf", _PDF)


@long_job(_JOB)
def make_job(
    progress: Progress,
    exam: str,
    site: str,
    document: str,
    sitting: str,
    post: str,
    person: str,
    account: str,
    acting_as: str,
) -> Outcome:
    """Set every page and keep the file; the papers are those of the list in force when the job begins."""
    progress.step(1, 1, Sentence("逐页排版", "set page by page"))

    def tell(done: int, total: int) -> None:
        progress.done(done, total)

    wanted = next(each for each in staff_prints.offered(with_pay=True) if each.id == document)
    choice = Choice(wanted, sitting, post, person)
    made = staff_prints.make(
        exam, site, wanted, choice.of(works.of_site(exam, site)), Actor(account, acting_as), tell
    )
    said = Sentence(
        f"{wanted.zh} {made.pages:,} 页已制成"
        + (f"，{made.missing_glyphs} 处缺字须手写。" if made.missing_glyphs else "。"),
        f"{wanted.en}: {made.pages:,} pages are made"
        + (f"; {made.missing_glyphs} letters must be written by hand." if made.missing_glyphs else "."),
    )
    return Outcome(said, f"/office/staff-papers/{exam}/{site}/")


@permitted(_PRINT, unscoped=("exam", "document"))
@never_cache
def file(request: HttpRequest, exam: str, site: str, document: str) -> HttpResponse:
    """A file that was made. It holds names and telephones, so taking it is written down."""
    line, place = exam_here(request, exam), _place(site)
    made = staff_papers.made(exam, site).get(document)
    known = {each.id: each for each in _offered(request, place)}
    if made is None or document not in known:
        raise Http404
    log(request, AccessLog.Outcome.EXPORTED, _PRINT, f"{exam}/{site}/{document}", reason=known[document].zh)
    name = f"{line.name}_{place.name}_{known[document].zh}_{exam_time(made.made_at):%Y%m%d}.pdf"
    return attachment(artefacts.read(made.paper), name, _PDF)


def _site_page(
    request: HttpRequest,
    exam: str,
    site: str,
    *,
    form: PartForm | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    line, place = exam_here(request, exam), _place(site)
    documents = _offered(request, place)
    papers = None
    try:
        papers = works.of_site(exam, site)
    except Refused as reason:
        refused = refused or reason
    made, running = staff_papers.made(exam, site), _running(exam, site)
    context: dict[str, Any] = {
        "line": line,
        "site": place,
        "papers": papers,
        "refused": refused,
        "form": form or PartForm(None, documents=documents, papers=papers),
        "jobs": list(running.values()),
        "rows": [
            {
                "document": each,
                "words": staff_prints.words_of(each),
                "per": _PER.get(each.scope, ""),
                "made": made.get(each.id),
                "stale": each.id in made and papers is not None and made[each.id].duties != papers.version,
                "job": running.get(each.id),
            }
            for each in documents
        ],
    }
    broken = refused is not None or bool(form and form.errors)
    return render(
        request,
        "kaowu/staff_papers/site.html",
        context,
        status=422 if broken and request.method == "POST" else 200,
    )


def _offered(request: HttpRequest, place: SitePlace) -> list[Document[SiteContents]]:
    """Pay only for those who may see the pay of this site."""
    return staff_prints.offered(with_pay=scope_of(request.user, "pay.see").covers(place.path))


def _job(request: HttpRequest, exam: str, place: SitePlace, choice: Choice) -> Job:
    """Start the job; asking twice while the same runs leads to the same one."""
    part = {"sitting": choice.sitting, "post": choice.post, "person": choice.person}
    states = (Job.State.WAITING, Job.State.RUNNING)
    same = Job.objects.filter(
        work=_JOB,
        state__in=states,
        arguments__exam=exam,
        arguments__site=place.code,
        arguments__document=choice.document.id,
        **{f"arguments__{name}": value for name, value in part.items()},
    ).first()
    if same is not None:
        return same
    actor = acting(request, _PRINT, place.path)
    title = Sentence(f"{choice.document.zh}　{place.name}", f"{choice.document.en}, {place.name}")
    return jobs.start(
        request,
        _JOB,
        title,
        exam=exam,
        site=place.code,
        document=choice.document.id,
        **part,
        account=actor.account,
        acting_as=actor.post,
    )


def _running(exam: str, site: str) -> dict[str, dict[str, Any]]:
    states = (Job.State.WAITING, Job.State.RUNNING)
    rows = Job.objects.filter(work=_JOB, arguments__exam=exam, arguments__site=site, state__in=states)
    return {row.arguments["document"]: view_of(row) for row in rows}


def _place(site: str) -> SitePlace:
    place = places.site(site)
    if place is None:
        raise Http404
    return place


def _choices(form: forms.Form, name: str, choices: list[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
    field.widget.attrs["class"] = "in"


urlpatterns = [
    path("office/staff-papers/", choose, name="staff_papers"),
    path("office/staff-papers/<str:exam>/", overview, name="staff_papers_exam"),
    path("office/staff-papers/<str:exam>/<str:site>/", site_page, name="staff_papers_site"),
    path("office/staff-papers/<str:exam>/<str:site>/make/", make, name="staff_papers_make"),
    path("office/staff-papers/<str:exam>/<str:site>/<str:document>.pdf", file, name="staff_papers_file"),
]
