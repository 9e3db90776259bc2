"""Where on exam day somebody may look: exams, sittings and sites within a scope."""

from django.http import Http404

from kaowu.exam.plan import Sitting
from kaowu.store.queries import day, exams, places
from kaowu.web.access import Scope


def exams_in_scope(scope: Scope) -> list[exams.ExamLine]:
    """Exams of an organisation below the scope, and of one above it: a site sees its city's exam."""
    return [line for line in exams.exams() if _concerns(line, scope)]


def exam_in_scope(scope: Scope, code: str) -> exams.ExamLine:
    """The exam, or Http404: whoever may not see an exam need not know that there is one."""
    line = exams.exam(code)
    if line is None or not _concerns(line, scope):
        raise Http404
    return line


def sitting_of(exam: str, code: str) -> Sitting:
    """One sitting of an exam, or Http404."""
    found = next((sitting for sitting in exams.sittings(exam) if sitting.id == code), None)
    if found is None:
        raise Http404
    return found


def sites_in_scope(scope: Scope, exam: str, sitting: str) -> list[day.SiteLine]:
    """The sites of a sitting that lie inside the scope, worst first."""
    lines = day.sites(exam, sitting)
    paths = places.site_paths(line.site for line in lines)
    return [line for line in lines if line.site in paths and scope.covers(paths[line.site])]


def rooms_in_scope(scope: Scope, exam: str, sitting: str) -> dict[str, list[day.RoomLine]]:
    """The rooms of a sitting by site, of the sites that lie inside the scope."""
    found = day.rooms_by_site(exam, sitting)
    paths = places.site_paths(found)
    return {site: rooms for site, rooms in found.items() if site in paths and scope.covers(paths[site])}


def _concerns(line: exams.ExamLine, scope: Scope) -> bool:
    own = line.organisation_path
    return scope.covers(own) or any(path.startswith(own) for path in scope.paths)
