"""The door for programs, /api/v1: hand in facts, ask for catalogue, roster, figures and timeline.

One fact or up to 1,000 at once; each is answered on its own, with a receipt or with a refusal that has a
code, a sentence in both languages, a clause and a remedy. A program shows a token, a browser its login.
"""

import json
from typing import Any

from django.contrib.auth import authenticate
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.module_loading import import_string
from ninja import Router
from ninja.security import HttpBearer, django_auth
from pydantic import ValidationError

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Finding, Refused, Sentence
from kaowu.basics.ids import fact_id
from kaowu.exam.room_sitting import Figures
from kaowu.facts.catalogue import Kind, kinds
from kaowu.facts.subjects import RoomSittingKey, Subject
from kaowu.loop.desk import Receipt
from kaowu.loop.duty import Intent, duty_that_records
from kaowu.store.models import AccessLog
from kaowu.store.queries import day, exams
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.room_state import room_state
from kaowu.web import program_tokens
from kaowu.web.access import Scope, log, permitted, scope_of
from kaowu.web.counter import counter
from kaowu.web.day import api_forms as forms
from kaowu.web.day.hand_in import PERMISSION, Counterfoil, Signed
from kaowu.web.day.seat_states import state_code
from kaowu.web.day.where import exam_in_scope, exams_in_scope, sites_in_scope

MOST_FACTS = 1_000
LARGEST_BYTES = 2_000_000

_STATUS = {"access": 403, "second": 403, "fact_from_the_future": 422, "fact_unreadable": 422, "request": 422}


class ProgramToken(HttpBearer):
    """`Authorization: Bearer kaowu_…`; the account behind the token is who acts."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        account = program_tokens.account_of(token)
        if account is not None:
            request.user = account
        return account


ROUTER = Router(auth=[ProgramToken(), django_auth], tags=["v1"])


# ---- handing in ----


@ROUTER.post(
    "/v1/facts",
    response={200: forms.Answer | forms.Answers, 201: forms.Answer, 403: Any, 409: Any, 413: Any, 422: Any},
    summary="记录事实 Hand in one fact, or a list of up to 1,000",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "oneOf": [
                            forms.FactIn.model_json_schema(ref_template="#/components/schemas/{model}"),
                            {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": MOST_FACTS,
                                "items": forms.FactIn.model_json_schema(
                                    ref_template="#/components/schemas/{model}"
                                ),
                            },
                        ]
                    }
                }
            },
        }
    },
)
@permitted(PERMISSION)
def hand_in_facts(request: HttpRequest) -> Any:
    sent = _read(request)
    several = isinstance(sent, list)
    answers = _Batch(request).answer(sent if several else [sent])
    if several:
        return 200, {"answers": answers}
    [answer] = answers
    if answer["outcome"] != "refused":
        return (200 if answer["outcome"] == "repeated" else 201), answer
    code = str(answer["refusal"]["code"])
    return JsonResponse(answer, status=_STATUS.get(code, _STATUS.get(code.split(".")[0], 409)))


def _read(request: HttpRequest) -> Any:
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BYTES:
        raise _unreadable(
            f"内容超过 {LARGEST_BYTES // 1_000_000} MB，请分成几份",
            "the request is too large; send it in parts",
        )
    try:
        sent = json.loads(request.body.decode("utf-8"))
    except UnicodeDecodeError:
        raise _unreadable("不是 UTF-8 编码", "it is not encoded in UTF-8") from None
    except (ValueError, RecursionError):
        raise _unreadable("不是 JSON", "it is not JSON") from None
    if isinstance(sent, list) and not 1 <= len(sent) <= MOST_FACTS:
        raise _unreadable(
            f"一次应为 1 到 {MOST_FACTS} 条，现为 {len(sent)} 条",
            f"one to {MOST_FACTS} facts at a time, there are {len(sent)}",
        )
    if not isinstance(sent, list | dict):
        raise _unreadable("应为一条记录或记录的列表", "it should be one fact or a list of facts")
    return sent


class _Batch:
    """The facts of one request: read, checked and answered one by one, recorded together."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._counterfoil = Counterfoil(scope_of(request.user, PERMISSION))
        self._proven: dict[tuple[str, str], Any] = {}

    def answer(self, items: list[Any]) -> list[dict[str, Any]]:
        """One answer for each item, in order."""
        read = [self._intent_or_refusal(item) for item in items]
        intents = [item for item in read if isinstance(item, Intent)]
        answers = iter(counter().submit_all(intents) if intents else [])
        return [
            _answer(_id_of(sent), next(answers) if isinstance(item, Intent) else item)
            for sent, item in zip(items, read, strict=True)
        ]

    def _intent_or_refusal(self, item: Any) -> Intent | Refused:
        try:
            return self._intent(item)
        except Refused as refusal:
            # What the desk refuses it writes down itself; this never came that far.
            subject = str(item.get("subject", ""))[:120] if isinstance(item, dict) else ""
            log(
                self._request,
                AccessLog.Outcome.REFUSED,
                PERMISSION,
                f"{self._request.path} {subject}",
                reason=f"{refusal.code}：{refusal.sentence.zh}",
            )
            return refusal

    def _intent(self, item: Any) -> Intent:
        try:
            sent = forms.FactIn.model_validate(item)
            own_id = fact_id(sent.id)
        except ValidationError as error:
            raise _fact_unreadable(error) from None
        except ValueError:
            raise _unreadable("字段 id 应为 UUID", "the field id should be a UUID") from None
        if (
            sent.site is not None
            and sent.subject.split("/")[-2:-1] != [sent.site]
            and sent.subject != sent.site
        ):
            raise _unreadable("字段 site 与 subject 中的考点不同", "the field site is not the subject's site")
        signed = [Signed(self._request.user, sent.post)]
        if sent.second is not None:
            signed.append(self._second(sent.second))
        return self._counterfoil.intent(
            id=own_id,
            kind=sent.kind,
            exam=sent.exam,
            subject=sent.subject,
            payload=sent.payload,
            signed=signed,
            stamped_at=None if sent.stamped_at is None else Instant(sent.stamped_at),
            device=sent.device,
            from_paper=sent.from_paper,
        )

    def _second(self, sent: forms.SecondPerson) -> Signed:
        key = (sent.token, "") if sent.token else (sent.account, sent.password)
        if key not in self._proven:
            # One request proves a person once: a batch of a whole sitting must not cost 1,000 slow hashes.
            self._proven[key] = (
                program_tokens.account_of(sent.token)
                if sent.token
                else authenticate(self._request, username=sent.account, password=sent.password)
            )
        account = self._proven[key]
        if account is None:
            locked = getattr(self._request, "axes_locked_out", False)
            raise Refused(
                "second_person_locked" if locked else "second_person_not_proven",
                Sentence(
                    "不能记录：第二人的账号已锁定。" if locked else "不能记录：第二人的工号或密码不对。",
                    "Cannot record: the second person's account is locked."
                    if locked
                    else "Cannot record: the second person's number or password is wrong.",
                ),
                remedy=Sentence("请第二人重新签认。", "Let the second person sign again."),
            )
        if account.pk == self._request.user.pk or _same_person(account, self._request.user):
            raise Refused(
                "second_person_is_the_first",
                Sentence(
                    "不能记录：第二人必须是另一个人。", "Cannot record: the second must be another person."
                ),
                remedy=Sentence(
                    "请另一人用自己的账号签认。", "Let another person sign with an account of their own."
                ),
            )
        return Signed(account, sent.post)


def _same_person(one: Any, other: Any) -> bool:
    return one.person_id is not None and one.person_id == other.person_id


def _id_of(item: Any) -> str:
    return str(item.get("id", ""))[:36] if isinstance(item, dict) else ""


def _answer(id: str, answer: Receipt | Refused) -> dict[str, Any]:
    if isinstance(answer, Refused):
        return {"id": id, "outcome": "refused", "refusal": answer.as_dict()}
    return {
        "id": str(answer.id),
        "outcome": "repeated" if answer.repeated else "recorded",
        "index": answer.index,
        "recorded_at": answer.recorded_at,
        "findings": _worst_first(answer.findings),
    }


def _worst_first(findings: tuple[Finding, ...]) -> list[dict[str, object]]:
    return [found.as_dict() for found in sorted(findings, key=lambda found: -found.severity)]


def _fact_unreadable(error: ValidationError) -> Refused:
    places = [".".join(str(part) for part in problem["loc"]) or "—" for problem in error.errors()][:10]
    return _unreadable(
        f"这些字段缺少、多余或形式不对：{'、'.join(places)}",
        f"fields missing, unknown or of the wrong form: {', '.join(places)}",
    )


def _unreadable(zh: str, en: str) -> Refused:
    return Refused(
        "request.unreadable",
        Sentence(f"不能记录：{zh}。", f"Cannot record: {en}."),
        remedy=Sentence("接口说明见 /api/v1/docs。", "See /api/v1/docs for the form."),
    )


# ---- asking ----


@ROUTER.get("/v1/kinds", response=list[forms.KindOut], summary="事实目录 The catalogue of facts")
@permitted("day.see")
def kinds_of_facts(request: HttpRequest) -> list[dict[str, Any]]:
    return [_kind(kind) for kind in kinds().values()]


@ROUTER.get("/v1/exams", response=list[forms.ExamOut], summary="考试与场次 Exams with their sittings")
@permitted("day.see")
def exams_of_mine(request: HttpRequest) -> list[dict[str, Any]]:
    return [_exam(line) for line in exams_in_scope(_scope(request))]


@ROUTER.get(
    "/v1/exams/{exam}/sittings/{sitting}/sites/{site}/rooms/{room}/roster",
    response=list[forms.SeatOut],
    summary="考场名单 Who is expected in a room",
)
@permitted("facts.hand_in", unscoped=("exam", "sitting", "room"))
def roster(request: HttpRequest, exam: str, sitting: str, site: str, room: str) -> list[dict[str, Any]]:
    state = room_state(exam, RoomSittingKey(sitting, site, room))
    if state is None:
        raise Http404
    people = {row.admission_number: row for row in exams.seats(exam, site, room, state.sitting.subjects)}
    return [
        {
            "seat": seat.seat_number,
            "admission_number": ticket,
            "name": people[ticket].name,
            "sex": people[ticket].sex,
            "accommodation": people[ticket].accommodation,
            "state": state_code(state, ticket),
        }
        for ticket, seat in state.seats.items()
    ]


@ROUTER.get(
    "/v1/exams/{exam}/sittings/{sitting}/figures",
    response=list[forms.FiguresOut],
    summary="考点数目 Figures of the sites in my scope",
)
@permitted("day.see", unscoped=("exam", "sitting"))
def figures_of_sites(request: HttpRequest, exam: str, sitting: str) -> list[dict[str, Any]]:
    exam_in_scope(_scope(request), exam)
    return [
        {
            "site": line.site,
            "room": None,
            "rooms": line.rooms,
            "figures": _figures(line.figures),
            "open_findings": line.open_findings,
            "worst": line.worst,
            "changed_at": line.changed_at,
        }
        for line in sites_in_scope(_scope(request), exam, sitting)
    ]


@ROUTER.get(
    "/v1/exams/{exam}/sittings/{sitting}/sites/{site}/figures",
    response=list[forms.FiguresOut],
    summary="考场数目 Figures of the rooms of a site",
)
@permitted("day.see", unscoped=("exam", "sitting"))
def figures_of_rooms(request: HttpRequest, exam: str, sitting: str, site: str) -> list[dict[str, Any]]:
    return [
        {
            "site": site,
            "room": line.key.room,
            "rooms": 1,
            "figures": _figures(line.figures),
            "open_findings": line.open_findings,
            "worst": line.worst,
            "changed_at": line.changed_at,
        }
        for line in day.rooms(exam, sitting, site)
    ]


@ROUTER.get(
    "/v1/exams/{exam}/sites/{site}/timeline",
    response=list[forms.LineOut],
    summary="时间线 The facts of a site or of one room-sitting, latest first",
)
@permitted("day.see", unscoped=("exam", "subject", "before", "limit"))
def timeline(
    request: HttpRequest, exam: str, site: str, subject: str = "", before: int | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    lines = day.timeline(
        exam,
        subject or None,
        site=site,
        before=None if before is None else max(0, min(before, 2**53)),
        limit=max(1, min(limit, 500)),
    )
    return [
        {
            "index": line.index,
            "id": line.id,
            "kind": line.kind,
            "label": line.label.as_dict(),
            "line": line.line.as_dict(),
            "stamped_at": line.stamped_at,
            "recorded_at": line.recorded_at,
            "time_source": line.time_source,
            "actors": [{"account": actor.account, "post": actor.post} for actor in line.actors],
            "device": line.device,
            "subject": line.subject,
            "site": line.site,
            "findings": _worst_first(line.findings),
            "corrects": line.corrects,
            "withdrawn": line.withdrawn,
        }
        for line in lines
    ]


@ROUTER.get("/v1/openapi.json", include_in_schema=False)
@permitted("day.see")
def openapi(request: HttpRequest) -> JsonResponse:
    return JsonResponse(_description(), json_dumps_params={"ensure_ascii": False})


@permitted("day.see")
def docs(request: HttpRequest) -> HttpResponse:
    """The same description for people, without scripts from elsewhere."""
    operations = [
        {
            "method": method.upper(),
            "path": address,
            "summary": operation.get("summary", ""),
            "parameters": operation.get("parameters", []),
        }
        for address, methods in _description()["paths"].items()
        for method, operation in methods.items()
    ]
    context = {
        "base": "/api/v1",
        "openapi": "/api/v1/openapi.json",
        "hand_in": "POST /api/v1/facts",
        "operations": operations,
        "fields": forms.FactIn.model_json_schema()["properties"].items(),
        "kinds": [
            _kind(kind) for kind in kinds().values() if kind.about in (Subject.ROOM_SITTING, Subject.SITE)
        ],
    }
    return render(request, "kaowu/day/api_docs.html", context)


def _description() -> dict[str, Any]:
    description: dict[str, Any] = dict(_api().get_openapi_schema())
    description["paths"] = {
        address: methods
        for address, methods in description["paths"].items()
        if address.startswith("/api/v1/")
    }
    return description


def _api() -> Any:
    # The API finds its operations by walking the page modules; it is itself found by name, when asked for.
    return import_string("kaowu.web.api.api")


def _scope(request: HttpRequest) -> Scope:
    return request.scope  # type: ignore[attr-defined, no-any-return]


def _kind(kind: Kind) -> dict[str, Any]:
    duty = duty_that_records(kind.name)
    return {
        "kind": kind.name,
        "label": kind.label.as_dict(),
        "about": str(kind.about),
        "taken_here": duty is not None and kind.about in (Subject.ROOM_SITTING, Subject.SITE),
        "persons": duty.persons if duty else 0,
        "posts": list(duty.posts) if duty else [],
        "may_be_refused": bool(duty and duty.may_be_refused),
        "fields": [
            {
                "name": spec.name,
                "shape": str(spec.shape),
                "label": spec.label.as_dict(),
                "required": spec.required,
                "personal": spec.personal,
                "choices": [{"code": code, "label": said.as_dict()} for code, said in spec.choices],
                "longest": spec.longest,
                "at_least": spec.at_least,
                "at_most": spec.at_most,
            }
            for spec in kind.fields
        ],
    }


def _exam(line: exams.ExamLine) -> dict[str, Any]:
    clock = exam_time_now(line.code)
    return {
        "exam": line.code,
        "name": line.name,
        "archived": line.archived,
        "exam_time": clock.now,
        "exam_time_speed": clock.speed,
        "is_exercise": clock.is_exercise,
        "sittings": [
            {
                "sitting": sitting.id,
                "subjects": list(sitting.subjects),
                "starts_at": sitting.starts_at,
                "ends_at": sitting.ends_at,
            }
            for sitting in exams.sittings(line.code)
        ],
    }


def _figures(counted: Figures) -> dict[str, Any]:
    return {name: getattr(counted, name) for name in counted.__slots__} | {"balances": counted.balances}


urlpatterns = [path("api/v1/docs", docs, name="api_docs")]
