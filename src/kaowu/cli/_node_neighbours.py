"""Enrolment: codes given out above, used below; keys known by hand; revocation."""

from __future__ import annotations

from typing import Any

import click

from kaowu.cli._node import opened, refusals
from kaowu.cli._output import emit, json_option


@click.command()
@click.option(
    "--role", type=click.Choice(("site", "county", "city", "province")), default="site", show_default=True
)
@click.option("--hours", default=72, show_default=True, help="有效小时 · hours until it is out of time")
@click.option("--by", default="node", help="开码人工号 · staff number of who gives it out")
@click.option("--replaces", default="", help="被重建的流水 · the log of the node that is being rebuilt")
@click.argument("organisation")
@json_option
def invite(organisation: str, role: str, hours: int, by: str, replaces: str, as_json: bool) -> None:
    """在上级节点：为一个下级单位的节点开一次性登记码。

    At the node above: a one-time code for the node of a unit below (or of its standby).
    """
    opened()
    from kaowu.facts.envelope import Actor
    from kaowu.web.works import nodes

    with refusals(as_json):
        code = nodes.invite(organisation, role, Actor(by, "system_administrator"), hours, replaces)
        found = {"code": code.to_text(), "organisation": organisation, "role": role, "hours": hours}
        emit(found, as_json, lambda f: f"登记码 code ({f['hours']} h): {f['code']}")


@click.command()
@click.argument("url")
@click.argument("code")
@click.option("--standby", is_flag=True, help="对方是本机的备机 · the other node is this one's standby")
@json_option
def enroll(url: str, code: str, standby: bool, as_json: bool) -> None:
    """在下级节点：凭登记码登记到上级（或备机）节点，双方互证。URL 以 /mirror 结尾。

    At the node below: enrol with the node above, or with the standby, by its one-time code. Both sides
    prove that they know the code.
    """
    opened()
    from kaowu.app.rebuilding import enroll_with

    with refusals(as_json):
        card = enroll_with(url, code, standby=standby)
        found = {
            "name": card.name,
            "origin": card.origin,
            "url": url,
            "mirror_key": card.mirror_key.to_text(),
        }
        emit(found, as_json, lambda f: f"已登记 · enrolled: {f['name']} {f['url']}")


@click.command()
@click.argument("origin")
@click.argument("key")
@json_option
def admit(origin: str, key: str, as_json: bool) -> None:
    """不用登记码，凭电话核对的公钥登记一本下级流水。

    Without a code: keep a copy of this log from now on. ORIGIN and KEY are read from the other node's
    `node status` and compared by telephone.
    """
    opened()
    from kaowu.basics.suites import KeyUnreadable, VerifyingKey, deployed
    from kaowu.web.mirror_api import mirror

    with refusals(as_json):
        read = VerifyingKey.from_text(key)
        if read.is_cosigner or read.kind not in deployed().kinds:
            raise KeyUnreadable("not the key of a log")
        if "\n" in origin or not 0 < len(origin) <= 200:
            raise ValueError("an origin is one line of at most 200 characters")
        mirror().enroll(origin, read)
        emit({"origin": origin, "key": read.to_text()}, as_json, f"已登记 · enrolled: {origin}")


@click.command("enroll-key")
@click.argument("name")
@click.argument("url")
@click.argument("key")
@json_option
def enroll_key(name: str, url: str, key: str, as_json: bool) -> None:
    """不用登记码，凭电话核对的副本公钥登记一个上级节点。

    Without a code: mirror the journal to this node above. KEY is its mirror key, from its `node status`.
    """
    opened()
    from kaowu.app.carry import carrier_to
    from kaowu.basics.suites import KeyUnreadable, VerifyingKey
    from kaowu.store.upstreams import enroll_upstream

    with refusals(as_json):
        read = VerifyingKey.from_text(key)
        if not read.is_cosigner:
            raise KeyUnreadable("not the key of a mirror")
        carrier_to(url)
        enroll_upstream(name, url, read)
        found = {"name": name, "url": url, "key": read.to_text()}
        emit(found, as_json, f"已登记 · enrolled: {name} {url}")


@click.command()
@click.argument("origin")
@click.option("--reason", required=True, help="理由 · reason")
@click.option("--by", default="node", help="工号 · staff number")
@json_option
def revoke(origin: str, reason: str, by: str, as_json: bool) -> None:
    """停收一本下级流水：机器丢失、密钥外泄或已被接续。已持有的保留。

    Take nothing more of a log: its machine was lost, or its key is in other hands. What is held stays.
    """
    opened()
    from kaowu.facts.envelope import Actor
    from kaowu.web.works import nodes

    with refusals(as_json):
        nodes.revoke(origin, reason, Actor(by, "system_administrator"))
        found: dict[str, Any] = {"origin": origin, "reason": reason}
        emit(found, as_json, f"已停收 · revoked: {origin}")


commands = (invite, enroll, admit, enroll_key, revoke)
