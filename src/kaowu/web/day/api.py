"""The door for programs, /api/v1/facts: hand in facts.

One fact or up to 1,000 at once; each is answered on its own, with a receipt or with a refusal that has a
code, a sentence in both languages, a clause and a remedy. A program shows a token, a browser its login.
"""

import json
from typing import Any

from django.contrib.auth import authenticate
from django.http import HttpRequest, JsonResponse
from ninja import Router
from pydantic import ValidationError

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import fact_id
from kaowu.loop.desk import Receipt
from kaowu.loop.duty import Intent
from kaowu.store.models import AccessLog
from kaowu.web import program_tokens
from kaowu.web.access import log, permitted, scope_of
from kaowu.web.counter import counter
from kaowu.web.day import api_forms as forms
from kaowu.web.day.api_forms import worst_first
from kaowu.web.day.api_keys import KEYS
from kaowu.web.day.hand_in import PERMISSION, Counterfoil, Signed

MOST_FACTS = 1_000
LARGEST_BYTES = 2_000_000

_STATUS = {"access": 403, "fact_from_the_future": 422, "fact_unreadable": 422, "request": 422}


ROUTER = Router(auth=KEYS, tags=["v1"])


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
                            {"$ref": "#/components/schemas/FactIn"},
                            {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": MOST_FACTS,
                                "items": {"$ref": "#/components/schemas/FactIn"},
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
            answer_as_dict(_id_of(sent), next(answers) if isinstance(item, Intent) else item)
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
        if sent.token:
            return Signed(account, sent.post, "token", f"token/{program_tokens.name_of(sent.token)}")
        return Signed(account, sent.post, "password")


def _same_person(one: Any, other: Any) -> bool:
    return one.person_id is not None and one.person_id == other.person_id


def _id_of(item: Any) -> str:
    return str(item.get("id", ""))[:36] if isinstance(item, dict) else ""


def answer_as_dict(id: str, answer: Receipt | Refused) -> dict[str, Any]:
    """What became of one fact, as the API says it."""
    if isinstance(answer, Refused):
        return {"id": id, "outcome": "refused", "refusal": answer.as_dict()}
    return {
        "id": str(answer.id),
        "outcome": "repeated" if answer.repeated else "recorded",
        "index": answer.index,
        "recorded_at": answer.recorded_at,
        "findings": worst_first(answer.findings),
    }


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


urlpatterns: list[Any] = []  # the operation is found by its router
