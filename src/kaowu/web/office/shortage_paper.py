"""The staffing shortage list on paper, before lots are drawn."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from kaowu.web.access import permitted
from kaowu.web.office.exam_here import own_exam
from kaowu.web.office.workbooks import attachment
from kaowu.web.works import draw_papers

_SEE = "staffing.see"


@permitted(_SEE, unscoped=("exam",))
def shortage_paper(request: HttpRequest, exam: str) -> HttpResponse:
    """Counts only, no names; it speaks of the whole exam."""
    line = own_exam(request, exam, _SEE)
    content = draw_papers.shortage_list(exam)
    if content is None:
        raise Http404
    return attachment(content, f"{line.name}_监考缺口表.pdf", "application/pdf")


urlpatterns = [path("office/staffing/<str:exam>/shortage.pdf", shortage_paper, name="shortage_paper")]
