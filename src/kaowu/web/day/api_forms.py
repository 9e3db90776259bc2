"""What the API takes and gives, as OpenAPI describes it."""

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field

from kaowu.basics.errors import Finding


class Words(Schema):
    """One sentence in both languages."""

    zh: str
    en: str


class SecondPerson(Schema):
    """The second of two persons, authenticated at the act: by password, or by a token of their own."""

    model_config = ConfigDict(extra="forbid")

    account: str = Field("", max_length=32, description="工号 staff number")
    password: str = Field("", max_length=200)
    token: str = Field("", max_length=100)
    post: str = Field("", max_length=40, description="岗位 post, if the account holds several")


class FactIn(Schema):
    """One fact as a device saw it. The id (UUIDv7) is made by the device: sent twice, it is kept once."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(..., max_length=36, description="UUID, made by whoever saw the fact")
    kind: str = Field(..., max_length=64, description="a kind of GET /api/v1/kinds")
    exam: str = Field(..., max_length=40)
    subject: str = Field(..., max_length=160, description="sitting/site/room, or the site")
    payload: dict[str, Any] = Field(default_factory=dict, description="the fields of the kind")
    stamped_at: int | None = Field(
        None, ge=0, lt=2**47, description="milliseconds since 1970-01-01T00:00:00Z; without it: now"
    )
    device: str = Field("api", max_length=64)
    site: str | None = Field(None, max_length=20, description="if given, it must be the subject's site")
    post: str = Field("", max_length=40, description="岗位 the sender's post, if the account holds several")
    from_paper: bool = Field(False, description="补录 written on paper first, at stamped_at")
    second: SecondPerson | None = None


class FindingOut(Schema):
    """What a rule found beside the fact."""

    code: str
    severity: int = Field(..., description="1 关注, 2 处置, 3 紧急")
    sentence: Words
    clause: str
    remedy: Words | None


class RefusalOut(Schema):
    """Why something was not recorded."""

    code: str
    sentence: Words
    clause: str = ""
    remedy: Words | None = None


class Answer(Schema):
    """What became of one fact: a receipt, or a refusal."""

    id: str
    outcome: str = Field(..., description="recorded, repeated (it was kept before) or refused")
    index: int | None = Field(None, description="place in the journal")
    recorded_at: int | None = None
    findings: list[FindingOut] = Field(default_factory=list)
    refusal: RefusalOut | None = None


class Answers(Schema):
    """One answer for each fact, in the order sent."""

    answers: list[Answer]


class FieldOut(Schema):
    """One field of a kind of fact."""

    name: str
    shape: str
    label: Words
    required: bool
    personal: bool
    choices: list[dict[str, Any]] = Field(default_factory=list)
    longest: int
    at_least: int
    at_most: int


class KindOut(Schema):
    """One kind of fact."""

    kind: str
    label: Words
    about: str
    taken_here: bool = Field(..., description="does POST /api/v1/facts take it?")
    persons: int
    posts: list[str]
    may_be_refused: bool
    fields: list[FieldOut]


class SittingOut(Schema):
    """One sitting."""

    sitting: str
    subjects: list[str]
    starts_at: int
    ends_at: int


class ExamOut(Schema):
    """One exam with its clock."""

    exam: str
    name: str
    archived: bool
    exam_time: int
    exam_time_speed: float
    is_exercise: bool
    sittings: list[SittingOut]


class SeatOut(Schema):
    """One expected candidate of a room-sitting and what the record says up to now."""

    seat: str
    admission_number: str
    name: str
    sex: str
    accommodation: str
    state: str = Field(..., description="expected, matched, in_doubt, impostor or absent")


class FiguresOut(Schema):
    """The figures of one site or one room in a sitting."""

    site: str
    room: str | None
    rooms: int
    figures: dict[str, Any]
    open_findings: int
    worst: int
    changed_at: int


class LineOut(Schema):
    """One fact on the timeline; personal fields are not in it."""

    index: int
    id: str
    kind: str
    label: Words
    line: Words
    stamped_at: int
    recorded_at: int
    time_source: str
    actors: list[dict[str, str]]
    device: str
    subject: str
    site: str
    findings: list[FindingOut]
    corrects: str
    withdrawn: bool


def worst_first(findings: tuple[Finding, ...]) -> list[dict[str, object]]:
    """Findings as the API gives them."""
    return [found.as_dict() for found in sorted(findings, key=lambda found: -found.severity)]
