"""What the commands about nodes share: opening the node, its state in figures and in words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from kaowu.cli._output import fail


def opened() -> None:
    """Set the program up and bring the tables up to date."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaowu.app.settings")
    import django

    django.setup()
    from kaowu.app.run import prepare_database

    prepare_database()


@contextmanager
def refusals(as_json: bool) -> Iterator[None]:
    """A refusal, a link that is down or a wrong value ends the command with its sentence."""
    from kaowu.basics.errors import Refused
    from kaowu.edge.carriers import LinkDown

    try:
        yield
    except Refused as refused:
        said = f"{refused.sentence.zh}\n{refused.sentence.en}"
        if refused.remedy:
            said += f"\n{refused.remedy.zh}\n{refused.remedy.en}"
        _end(refused.as_dict(), as_json, said)
    except LinkDown as down:
        _end({"code": "link_down", "error": str(down)}, as_json, f"连不上对方 · the link is down: {down}")
    except ValueError as error:
        _end({"error": str(error)}, as_json, f"不能办理 · not done: {error}")


def _end(found: dict[str, Any], as_json: bool, said: str) -> NoReturn:
    fail(found, as_json, said)
    raise SystemExit(1)


def status_of() -> dict[str, Any]:
    """The state of this node."""
    from django.conf import settings

    from kaowu.store import arrivals
    from kaowu.store.models import JournalHead, LogConflict, MirroredLog, TakenPackage
    from kaowu.store.upstreams import upstreams
    from kaowu.web.node_key import mirror_key, node_card, verifying_key

    head = JournalHead.objects.get(pk=1)
    conflicts = set(LogConflict.objects.filter(code="log_forked").values_list("log_id", flat=True))
    return {
        "origin": head.origin,
        "role": settings.IDENTITY.role,
        "organisation": settings.IDENTITY.organisation,
        "log_key": verifying_key().to_text(),
        "mirror_key": mirror_key().verifying.to_text(),
        "box_key": node_card().box_key.to_text(),
        "size": head.size,
        "root": bytes(head.root).hex(),
        "checkpointed": head.checkpointed_size,
        "closed_because": head.closed_because,
        "waiting_to_be_read": arrivals.waiting(),
        "packages": [
            {"exam": one.exam, "number": one.number, "digest": bytes(one.digest).hex(), "maker": one.maker}
            for one in TakenPackage.objects.order_by("exam", "number")
        ],
        "above": [
            {
                "name": above.name,
                "url": above.url,
                "standby": above.standby,
                "cosigned": above.cosigned_size,
                "cosigned_at": above.cosigned_at or None,
                "personal": above.personal_size,
                "tried_at": above.tried_at or None,
                "trouble": above.trouble,
            }
            for above in upstreams()
        ],
        "below": [
            {
                "origin": row.origin,
                "announced": row.size,
                "held": row.next_entry,
                "cosigned": row.cosigned_size,
                "read": row.arrived,
                "closed": bool(row.closed_at),
                "forked": row.pk in conflicts,
            }
            for row in MirroredLog.objects.order_by("origin")
        ],
        "findings": commissioning_findings(),
    }


def commissioning_findings() -> list[dict[str, str]]:
    """What should be put right before the exam."""
    from kaowu.store.upstreams import upstreams

    found = []
    for above in upstreams():
        if above.url.startswith(("nats://", "tls://")):
            from kaowu.edge.nats import server_findings

            found += server_findings(above.url)
    return found


def in_words(found: dict[str, Any]) -> str:
    """The state of this node for people."""
    lines = [
        f"流水 log: {found['origin']}"
        + (f" · {found['role']} {found['organisation']}" if found["role"] else ""),
        f"  流水公钥 log key: {found['log_key']}",
        f"  副本公钥 mirror key: {found['mirror_key']}",
        f"  记录 facts: {found['size']:,} · 校验点 checkpoint: {found['checkpointed']:,} · 树根 root: {found['root'] or '—'}",
    ]
    if found["closed_because"]:
        lines.append(f"  已停用，须重建 · CLOSED, to be rebuilt: {found['closed_because']}")
    for package in found["packages"]:
        lines.append(f"计划包 package: {package['exam']} · {package['number']} · {package['digest'][:16]}…")
    for above in found["above"]:
        heard = (
            "从未收到回执 never acknowledged" if above["cosigned_at"] is None else when(above["cosigned_at"])
        )
        waiting = found["size"] - above["cosigned"]
        standing = "备机 standby" if above["standby"] else "上级 above"
        lines.append(
            f"{standing}: {above['name']} {above['url']} · 已回执 acknowledged {above['cosigned']:,} ({heard})"
            f" · 待回执 waiting {waiting:,}" + (f" · {above['trouble']}" if above["trouble"] else "")
        )
    for below in found["below"]:
        state = " · 分叉，证据已留存 FORKED, evidence kept" if below["forked"] else ""
        state += " · 已停用 closed" if below["closed"] else ""
        lines.append(
            f"下级 below: {below['origin']} · 持有 held {below['held']:,} · 已签回执 cosigned {below['cosigned']:,}{state}"
        )
    lines += [f"待整改 finding: {one['zh']} {one['en']}" for one in found["findings"]]
    return "\n".join(lines)


def when(at: int) -> str:
    """An instant for people."""
    from kaowu.basics.clock import Instant, exam_time

    return f"{exam_time(Instant(at)):%Y-%m-%d %H:%M:%S}"
