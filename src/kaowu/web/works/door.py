"""The door for other nodes without HTTP: one request, a status and a body, for carriers that are no web server."""

import json
from typing import Any

from django.db import close_old_connections

from kaowu.basics.errors import Refused
from kaowu.basics.suites import deployed
from kaowu.engines.sync.asking import QuestionRefused
from kaowu.store.mirror import Mirror
from kaowu.store.personal_held import BesideRefused
from kaowu.store.personal_up import take_boxes
from kaowu.web.counter import clock
from kaowu.web.node_key import cosign, opening_key
from kaowu.web.works import answers, nodes


def answer(endpoint: str, body: bytes) -> tuple[int, bytes]:
    """What this node answers, with the statuses of C2SP tlog-mirror. Never raises: the sender must hear something."""
    close_old_connections()
    try:
        return _answer(endpoint, body)
    except Refused as refused:
        return 403, _said(refused.as_dict())
    except QuestionRefused:
        return 403, _said({"code": "question_refused"})
    except Exception as defect:  # what a server does: say 500 and go on
        return 500, type(defect).__name__.encode()
    finally:
        close_old_connections()


def _answer(endpoint: str, body: bytes) -> tuple[int, bytes]:
    mirror = Mirror(clock, cosign, deployed())
    match endpoint:
        case "add-checkpoint":
            verdict = mirror.add_checkpoint(body)
            return int(verdict.status), verdict.body
        case "add-entries":
            verdict = mirror.add_entries(body)
            return int(verdict.status), verdict.body
        case "add-personal":
            try:
                return 200, b"%d\n" % take_boxes(body, opening_key(), clock.now(), deployed())
            except BesideRefused as refused:
                return int(refused.status), _said(refused.as_dict())
        case "enroll":
            return 200, nodes.admit(body)
        case "ask":
            return 200, answers.answer(body)
    return 404, b""


def _said(found: dict[str, Any]) -> bytes:
    return json.dumps(found, ensure_ascii=False).encode()
