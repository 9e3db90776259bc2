"""The door for other nodes' journals: /mirror/add-checkpoint and /mirror/add-entries (C2SP tlog-mirror).

No account comes in here. A log shows who it is by the signature under its
checkpoint, and its entries by proofs that lead to such a checkpoint; only logs
that were enrolled are taken. Programs read status and code, people the sentence.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import deployed
from kaowu.engines.sync.asking import QuestionRefused
from kaowu.engines.sync.judge import Status, Verdict
from kaowu.store.mirror import LARGEST_REQUEST, Mirror
from kaowu.store.models import AccessLog
from kaowu.store.personal_held import BesideRefused
from kaowu.store.personal_up import take_boxes
from kaowu.web.access import log, public
from kaowu.web.counter import clock
from kaowu.web.node_key import cosign, opening_key
from kaowu.web.works import answers, nodes

LARGEST_CHECKPOINT = 100_000
_WHY = "a log proves itself by the signature under its checkpoint; no account is involved"

_SENTENCES = {
    "request_unreadable": Sentence("请求读不懂，未写入任何内容。", "The request cannot be read; nothing was kept."),
    "note_unreadable": Sentence("校验点读不懂。", "The checkpoint cannot be read."),
    "package_unreadable": Sentence("数据包不完整或读不懂，未写入。", "A package is cut short or cannot be read; nothing was kept."),
    "no_package": Sentence("请求中没有数据包。", "There is no package in the request."),
    "old_size_larger": Sentence("原大小大于校验点的大小。", "The old size is larger than the checkpoint's."),
    "origin_unknown": Sentence("这本流水未在本节点登记。请上级节点先登记它的名称与公钥。", "This log is not enrolled here. Enrol its origin and key at this node first."),
    "signature_untrusted": Sentence("校验点没有该流水登记公钥的有效签名，已拒绝。", "The checkpoint is not signed by the key enrolled for this log; refused."),
    "log_forked": Sentence("这个校验点与本节点已有的副本矛盾：同一本流水出现两个版本。证据已留存，请立即核查该节点。", "This checkpoint contradicts the copy held here: the log shows two faces. The evidence is kept; examine that node at once."),
    "consistency_unproven": Sentence("一致性证明不成立，校验点未被接受。", "The consistency proof does not hold; the checkpoint was not accepted."),
    "entries_unproven": Sentence("内容与校验点不符，未写入任何一条。", "The entries do not belong to the checkpoint; none was kept."),
    "log_closed": Sentence("这本流水已停用，不再接收。", "This log is closed; nothing more is taken."),
    "question_refused": Sentence("请求没有登记节点的有效签名。", "The question is not signed by a node enrolled here."),
    "request_too_large": Sentence("请求太大，请分成几次发送。", "The request is too large; send it in parts."),
}  # fmt: skip


def mirror() -> Mirror:
    """This node as a mirror of other nodes' logs."""
    return Mirror(clock, cosign, deployed())


@csrf_exempt
@require_POST
@public(_WHY)
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """A log says how far it has grown."""
    return _answer(request, mirror().add_checkpoint, LARGEST_CHECKPOINT, "text/x.tlog.size")


@csrf_exempt
@require_POST
@public(_WHY)
def add_entries(request: HttpRequest) -> HttpResponse:
    """Entries of a log, up to a checkpoint that was accepted."""
    return _answer(request, mirror().add_entries, LARGEST_REQUEST, "text/x.tlog.mirror-info")


@csrf_exempt
@require_POST
@public(_WHY)
def add_personal(request: HttpRequest) -> HttpResponse:
    """Personal fields and readings of entries that are held, sealed to this node."""
    content = request.read(LARGEST_REQUEST + 1)
    if len(content) > LARGEST_REQUEST:
        return _refusal("request_too_large", Status.TOO_LARGE)
    try:
        taken = take_boxes(content, opening_key(), clock.now())
    except BesideRefused as refused:
        return JsonResponse(refused.as_dict(), status=refused.status)
    return HttpResponse(f"{taken}\n", content_type="text/plain; charset=utf-8")


@csrf_exempt
@require_POST
@public("a node proves itself by a one-time code; no account is involved")
def enroll(request: HttpRequest) -> HttpResponse:
    """A node proves that it knows a one-time code, and hears this node's card."""
    return _answered(request, lambda content: nodes.admit(content), "enroll")


@csrf_exempt
@require_POST
@public("a node proves itself by the signature under its question; no account is involved")
def ask(request: HttpRequest) -> HttpResponse:
    """A node asks for its plan package, or for the copy of a log of its unit; the answer is sealed to it."""
    return _answered(request, answers.answer, "ask")


urlpatterns = [
    path("mirror/add-personal", add_personal, name="mirror-add-personal"),
    path("mirror/enroll", enroll, name="mirror-enroll"),
    path("mirror/ask", ask, name="mirror-ask"),
    path("mirror/add-checkpoint", add_checkpoint, name="mirror-add-checkpoint"),
    path("mirror/add-entries", add_entries, name="mirror-add-entries"),
]


def _answer(
    request: HttpRequest, judge: Callable[[bytes], Verdict], limit: int, where_it_stands: str
) -> HttpResponse:
    # Read by hand: whoever sends more than agreed costs no more than what is agreed.
    content = request.read(limit + 1)
    verdict = Verdict(Status.TOO_LARGE, "request_too_large") if len(content) > limit else judge(content)
    if verdict.code == "log_forked":
        log(request, AccessLog.Outcome.REFUSED, "mirror", request.path, reason=_SENTENCES[verdict.code].zh)
    if verdict.body or verdict.status == Status.OK:
        kind = "text/plain; charset=utf-8" if verdict.status == Status.OK else where_it_stands
        return HttpResponse(
            verdict.body, status=verdict.status, content_type=kind, headers={"X-Kaowu-Code": verdict.code}
        )
    return _refusal(verdict.code, verdict.status)


def _answered(request: HttpRequest, work: Callable[[bytes], bytes], what: str) -> HttpResponse:
    content = request.read(LARGEST_CHECKPOINT + 1)
    if len(content) > LARGEST_CHECKPOINT:
        return _refusal("request_too_large", Status.TOO_LARGE)
    try:
        return HttpResponse(work(content), content_type="application/octet-stream")
    except QuestionRefused:
        log(request, AccessLog.Outcome.REFUSED, what, request.path)
        return _refusal("question_refused", Status.UNTRUSTED)
    except Refused as refused:
        log(request, AccessLog.Outcome.REFUSED, what, request.path, reason=refused.sentence.zh)
        return JsonResponse(refused.as_dict(), status=Status.UNTRUSTED)


def _refusal(code: str, status: int) -> JsonResponse:
    return JsonResponse({"code": code, "sentence": _SENTENCES[code].as_dict()}, status=status)
