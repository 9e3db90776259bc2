"""节点 · this node among others: what it is, what it keeps of others, what others acknowledged of it."""

from __future__ import annotations

import os
import time
from typing import Any

import click

from kaowu.cli._output import emit, fail, json_option, progress

WAIT_S = 2.0
LONGEST_WAIT_S = 30.0


@click.group()
def command() -> None:
    """本节点与上下级节点：状态、登记、上传流水。

    This node among others: status, enrolment, mirroring the journal upward.
    """


@command.command()
@json_option
def status(as_json: bool) -> None:
    """本节点的名称、公钥、流水长度，以及上级回执与下级副本。

    Name, keys and length of this node's journal; what is acknowledged above and copied from below.
    """
    _open()
    emit(_status(), as_json, _in_words)


@command.command()
@click.argument("origin")
@click.argument("key")
@json_option
def admit(origin: str, key: str, as_json: bool) -> None:
    """在上级节点登记一本下级流水：ORIGIN 为其名称，KEY 为其公钥（由对方 node status 读出，电话核对）。

    At the node above: keep a copy of this log from now on. ORIGIN and KEY are read from the other
    node's `node status` and compared by telephone.
    """
    _open()
    from kaowu.basics.suites import ED25519, KeyUnreadable, VerifyingKey
    from kaowu.web.mirror_api import mirror

    try:
        read = VerifyingKey.from_text(key)
        if read.kind != ED25519:
            raise KeyUnreadable("not the key of a log")
        if "\n" in origin or not 0 < len(origin) <= 200:
            raise ValueError("an origin is one line of at most 200 characters")
        mirror().enroll(origin, read)
    except ValueError as error:
        fail({"error": str(error)}, as_json, f"不能登记 · cannot enrol: {error}")
    emit({"origin": origin, "key": read.to_text()}, as_json, f"已登记 · enrolled: {origin}")


@command.command()
@click.argument("name")
@click.argument("url")
@click.argument("key")
@json_option
def enroll(name: str, url: str, key: str, as_json: bool) -> None:
    """登记一个上级节点：NAME 名称，URL 地址（以 /mirror 结尾），KEY 其副本公钥。

    At the node below: mirror the journal to this node above. KEY is its mirror key, from its `node status`.
    """
    _open()
    from kaowu.basics.suites import ED25519_COSIGNATURE, KeyUnreadable, VerifyingKey
    from kaowu.edge.https import HttpsCarrier
    from kaowu.store.upstreams import enroll_upstream

    try:
        read = VerifyingKey.from_text(key)
        if read.kind != ED25519_COSIGNATURE:
            raise KeyUnreadable("not the key of a mirror")
        HttpsCarrier(url)
        enroll_upstream(name, url, read)
    except ValueError as error:
        fail({"error": str(error)}, as_json, f"不能登记 · cannot enrol: {error}")
    emit({"name": name, "url": url, "key": read.to_text()}, as_json, f"已登记 · enrolled: {name} {url}")


@command.command()
@click.option("--once", is_flag=True, help="只传一次 · one attempt, then end")
@json_option
def mirror(once: bool, as_json: bool) -> None:
    """把流水传给所有已登记的上级节点，直到 Ctrl-C；--once 只传一次。

    Bring the journal to every node above until Ctrl-C. With --once: one attempt, exit code 1 unless
    all of it was cosigned.
    """
    _open()
    from kaowu.store.models import JournalHead
    from kaowu.store.upstreams import upstreams
    from kaowu.web.counter import book

    if not upstreams():
        fail({"error": "no upstream"}, as_json, "没有登记上级节点 · no node above is enrolled")
    links = {above.name: _link(above) for above in upstreams()}
    wait_s = WAIT_S
    try:
        while True:
            head = JournalHead.objects.get(pk=1)
            if head.size > head.checkpointed_size:
                book().checkpoint()
            done = {name: link.step() for name, link in links.items()}
            settled = all(one.settled for one in done.values())
            if once:
                (emit if settled else fail)(
                    {name: _as_dict(one) for name, one in done.items()}, as_json, _said
                )
                return
            for name, one in done.items():
                if one.trouble or one.sent:
                    progress(f"{name}: {one.cosigned:,}/{one.size:,} {one.trouble} {one.detail}".rstrip())
            wait_s = WAIT_S if settled else min(LONGEST_WAIT_S, wait_s * 2)
            time.sleep(wait_s)
    except KeyboardInterrupt:
        return


def _open() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaowu.app.settings")
    import django

    django.setup()
    from kaowu.app.run import prepare_database

    prepare_database()


def _link(above: Any) -> Any:
    from kaowu.edge.https import HttpsCarrier
    from kaowu.edge.mirror import Mirroring
    from kaowu.store.own_log import OwnLog
    from kaowu.store.upstreams import UpstreamRecord
    from kaowu.web.counter import clock

    return Mirroring(OwnLog(), UpstreamRecord(above.name, clock), HttpsCarrier(above.url), above.key)


def _status() -> dict[str, Any]:
    from kaowu.store.models import JournalHead, LogConflict, MirroredLog
    from kaowu.store.upstreams import upstreams
    from kaowu.web.node_key import mirror_key, verifying_key

    head = JournalHead.objects.get(pk=1)
    conflicts = set(LogConflict.objects.values_list("log_id", flat=True))
    return {
        "origin": head.origin,
        "log_key": verifying_key().to_text(),
        "mirror_key": mirror_key().verifying.to_text(),
        "size": head.size,
        "root": bytes(head.root).hex(),
        "checkpointed": head.checkpointed_size,
        "above": [
            {
                "name": above.name,
                "url": above.url,
                "cosigned": above.cosigned_size,
                "cosigned_at": above.cosigned_at or None,
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
                "forked": row.pk in conflicts,
            }
            for row in MirroredLog.objects.order_by("origin")
        ],
    }


def _in_words(found: dict[str, Any]) -> str:
    lines = [
        f"流水 log: {found['origin']}",
        f"  流水公钥 log key: {found['log_key']}",
        f"  副本公钥 mirror key: {found['mirror_key']}",
        f"  记录 facts: {found['size']:,} · 校验点 checkpoint: {found['checkpointed']:,} · 树根 root: {found['root'] or '—'}",
    ]
    for above in found["above"]:
        heard = (
            "从未收到回执 never acknowledged" if above["cosigned_at"] is None else _when(above["cosigned_at"])
        )
        waiting = found["size"] - above["cosigned"]
        lines.append(
            f"上级 above: {above['name']} {above['url']} · 已回执 acknowledged {above['cosigned']:,} ({heard})"
            f" · 待回执 waiting {waiting:,}" + (f" · {above['trouble']}" if above["trouble"] else "")
        )
    for below in found["below"]:
        state = " · 分叉，证据已留存 FORKED, evidence kept" if below["forked"] else ""
        lines.append(
            f"下级 below: {below['origin']} · 持有 held {below['held']:,} · 已签回执 cosigned {below['cosigned']:,}{state}"
        )
    return "\n".join(lines)


def _when(at: int) -> str:
    from kaowu.basics.clock import Instant, exam_time

    return f"{exam_time(Instant(at)):%Y-%m-%d %H:%M:%S}"


def _as_dict(one: Any) -> dict[str, Any]:
    return {
        "size": one.size,
        "cosigned": one.cosigned,
        "sent": one.sent,
        "settled": one.settled,
        "trouble": one.trouble,
        "detail": one.detail,
    }


def _said(done: dict[str, Any]) -> str:
    return "\n".join(
        f"{name}: {one['cosigned']:,}/{one['size']:,} " + (one["trouble"] or "已回执 acknowledged")
        for name, one in done.items()
    )
