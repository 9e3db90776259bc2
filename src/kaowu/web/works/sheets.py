"""Answer sheets of an exam: approved by two persons for each subject, printed for a site with everybody's codes."""

from collections.abc import Callable, Sequence
from io import BytesIO

import pikepdf
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.conf import settings

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.omr.layout import Layout
from kaowu.exam.plan import Sitting
from kaowu.facts.answer_sheet import SheetApproved, SheetsPrinted
from kaowu.facts.envelope import Actor
from kaowu.loop.desk import Receipt
from kaowu.reports.sheets import blank
from kaowu.reports.sheets.blank import Bearer
from kaowu.reports.sheets.spec import SheetSpec
from kaowu.store import artefacts
from kaowu.store.models import SeatRow
from kaowu.store.queries import exams
from kaowu.web.counter import clock, record
from kaowu.web.works.foreign_forms import foreign_form
from kaowu.web.works.paper_heads import printed_at

Progress = Callable[[int, int], bool | None]

DESIGN, SHEETS = "sheet_design", "answer_sheets"


def approve(exam: str, subject: str, spec: SheetSpec, signed: tuple[Actor, Actor]) -> Receipt:
    """Put the sheet of a subject on record under both names. Raises Refused."""
    require_digits(exam, spec)
    pages = blank.layouts(spec)
    design = artefacts.keep(spec.to_bytes(), kind=DESIGN, at=clock.now(), exam=exam, name=f"{spec.name}.json")
    fact = SheetApproved(
        subject=subject,
        name=spec.title,
        design=design,
        layouts=tuple(page.digest for page in pages),
        pages=len(pages),
        questions=spec.questions,
    )
    return record(fact, *signed, exam=exam, subject=exam, attachments=(design,))


def ticket_digits(exam: str) -> int | None:
    """How many digits the admission numbers of an exam have; None before anybody is seated."""
    row = SeatRow.objects.filter(exam_id=exam).values_list("admission_number", flat=True).first()
    return len(row) if row else None


def require_digits(exam: str, spec: SheetSpec) -> None:
    """Raises Refused if the number grid does not hold an admission number: nobody could fill it in."""
    digits = ticket_digits(exam)
    if digits in (None, spec.number_digits):
        return
    raise Refused(
        "sheet_digits_differ",
        Sentence(
            f"准考证号有 {digits} 位，答题卡的填涂区有 {spec.number_digits} 位。",
            f"Admission numbers have {digits} digits, the number grid of the sheet {spec.number_digits}.",
        ),
        remedy=Sentence(
            f"把准考证号位数改为 {digits}，再审定。", f"Set the digits to {digits}, then approve again."
        ),
    )


def design_of(exam: str, subject: str) -> SheetSpec | None:
    """The approved sheet of a subject; None if there is none, or one that is printed elsewhere."""
    approved = exams.plan(exam).sheets.get(subject)
    design = artefacts.read(approved.design) if approved else None
    return SheetSpec.from_bytes(design) if design and foreign_form(design) is None else None


def layouts_of(exam: str, subject: str) -> Sequence[Layout]:
    """The layout of each page of the approved sheet of a subject, of the house or foreign."""
    approved = exams.plan(exam).sheets.get(subject)
    if approved is None:
        return ()
    design = artefacts.read(approved.design)
    foreign = foreign_form(design)
    return (foreign.layout,) if foreign else blank.layouts(SheetSpec.from_bytes(design))


def print_site(exam: str, site: str, subject: str, actor: Actor, progress: Progress | None = None) -> Receipt:
    """Make the sheets of a site for one subject, keep them, and record that they were made. Raises Refused."""
    plan = exams.plan(exam)
    approved, sitting = plan.sheets.get(subject), sitting_of(exam, subject)
    if approved is None or sitting is None or plan.seats_now is None:
        raise Refused(
            "sheet_not_approved",
            Sentence(
                f"不能印制：“{subject}”的答题卡没有审定，或座位没有封存。",
                f"Cannot print: the sheet of {subject} is not approved, or seats are not sealed.",
            ),
            remedy=Sentence("先审定答题卡，并封存座位。", "Approve the sheet and seal the seats first."),
        )
    design = artefacts.read(approved.design)
    if foreign_form(design) is not None:
        raise Refused(
            "sheet_foreign",
            Sentence(
                f"“{subject}”用的是别处印制的答题卡，这里不印。",
                f"The sheets of {subject} are printed elsewhere, not here.",
            ),
        )
    spec = SheetSpec.from_bytes(design)
    require_digits(exam, spec)
    rooms = _bearers(exam, site, subject, sitting)
    whole, sheets = pikepdf.new(), 0
    for number, bearers in enumerate(rooms, start=1):
        with pikepdf.open(BytesIO(blank.pdf(spec, printed_at(exam), bearers, code_key()))) as part:
            whole.pages.extend(part.pages)
        sheets += len(bearers)
        if progress is not None:
            progress(number, len(rooms))
    content = BytesIO()
    whole.save(content, deterministic_id=True)
    kept = artefacts.keep(
        content.getvalue(), kind=SHEETS, at=clock.now(), exam=exam, name=f"答题卡_{site}_{subject}.pdf"
    )
    fact = SheetsPrinted(
        subject=subject,
        sitting=sitting.id,
        design=approved.design,
        plan=plan.seats_now,
        file=kept,
        sheets=sheets,
    )
    return record(fact, actor, exam=exam, subject=site, site=site, attachments=(kept,))


def sitting_of(exam: str, subject: str) -> Sitting | None:
    """The sitting in which a subject is examined."""
    return next((held for held in exams.sittings(exam) if subject in held.subjects), None)


def code_key() -> bytes:
    """The key of the codes' check values (MAC): of this node, never printed."""
    return HKDFExpand(SHA256(), 32, b"kaowu sheet codes").derive(settings.ARTEFACT_KEY)


def _bearers(exam: str, site: str, subject: str, sitting: Sitting) -> list[Sequence[Bearer]]:
    """Who writes on a sheet, room by room and seat by seat."""
    found: list[Sequence[Bearer]] = []
    for room, _seats in sorted(exams.seats_of_site(exam, site).items()):
        seated = exams.seats(exam, site, room, (subject,), sitting.id)
        if seated:
            found.append(
                [
                    Bearer(
                        exam=exam,
                        subject=subject,
                        room=f"{site}-{room}",
                        seat=one.seat,
                        admission_number=one.admission_number,
                        serial=f"{sitting.id}-{one.admission_number}",
                    )
                    for one in seated
                ]
            )
    return found
