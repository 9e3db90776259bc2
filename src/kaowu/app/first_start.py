"""The first start of a node: the example exam, and one demonstration account for each post.

Passwords are made by chance, shown on the terminal and kept in one file that only its owner can read. A node
that already has accounts gets none, so a real installation is never opened by a demonstration.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from kaowu.app.data_folder import DataFolder
from kaowu.basics.private_files import write_private

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread from paper

#: staff number, name, post, level of the organisation over which the post is held
DEMONSTRATION_ACCOUNTS = (
    ("city", "林若溪", "city_officer", "city"),
    ("city2", "许知远", "city_officer", "city"),
    ("county", "周望川", "county_officer", "county"),
    ("chief", "秦望舒", "site_chief", "site"),
    ("deputy", "韩立夏", "deputy_site_chief", "site"),
    ("inv-a", "江晚照", "chief_invigilator", "site"),
    ("inv-b", "沈青禾", "assistant_invigilator", "site"),
    ("vault", "陆守中", "vault_keeper", "site"),
    ("auditor", "方正言", "auditor", "city"),
    ("system", "郑一鸣", "system_administrator", "city"),
    ("security", "宋安平", "security_administrator", "city"),
    ("audit", "唐明镜", "audit_administrator", "city"),
)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """One line of the list that is shown and kept."""

    number: str
    password: str
    name: str
    post: str
    place: str


def prepare(say: Callable[[str], None]) -> str:
    """Load the example and make the accounts if this is the first start; returns the list of accounts."""
    from django.conf import settings

    from kaowu.app import example
    from kaowu.store.models import Account

    kept = settings.DATA.root / "accounts.txt"
    if Account.objects.exists() or settings.IDENTITY.role:
        return kept.read_text("utf-8") if kept.exists() else ""
    say("首次启动，正在装入示例考试 · first start, loading the example exam …")
    places = example.load()
    accounts = open_accounts({level: getattr(places, level) for level in ("city", "county", "site")})
    text = "".join(f"{a.number:<10} {a.password:<18} {a.name}　{a.post}　{a.place}\n" for a in accounts)
    write_private(kept, text.encode())
    return text


ADMINISTRATORS = (
    ("system", "系统管理员", "system_administrator"),
    ("security", "安全管理员", "security_administrator"),
    ("audit", "审计管理员", "audit_administrator"),
)


def open_administrators() -> list[NewAccount]:
    """The three administrators of a real node; every other account comes from them or from a plan package."""
    from django.conf import settings
    from django.db import transaction
    from django.utils.translation import override

    from kaowu.store.models import Account, Assignment, Organisation
    from kaowu.web.permissions import POSTS

    identity = settings.IDENTITY
    made = []
    with transaction.atomic(), override("zh-hans"):
        unit, _ = Organisation.objects.get_or_create(
            code=identity.organisation or "0", defaults={"name": identity.name, "level": identity.role}
        )
        for number, name, post in ADMINISTRATORS:
            account = Account.objects.open_account(f"{number}-{unit.code}", name, None, organisation=unit)
            account.give_password(password := _password())
            account.save()
            Assignment.objects.create(account=account, post=post, organisation=unit)
            made.append(NewAccount(account.number, password, name, str(POSTS[post]), unit.name))
    return made


def _password() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def open_accounts(places: dict[str, str]) -> list[NewAccount]:
    """All demonstration accounts; `places` gives the organisation code of each level."""
    from django.db import transaction
    from django.utils.translation import override

    from kaowu.store.models import Account, Assignment, Organisation
    from kaowu.web.permissions import POSTS

    made = []
    with transaction.atomic(), override("zh-hans"):
        for number, name, post, level in DEMONSTRATION_ACCOUNTS:
            organisation = Organisation.objects.get(code=places[level])
            password = _password()
            account = Account.objects.open_account(number, name, password, organisation=organisation)
            Assignment.objects.create(account=account, post=post, organisation=organisation)
            made.append(NewAccount(number, password, name, str(POSTS[post]), organisation.name))
    return made


def welcome(address: str, accounts: str, folder: DataFolder) -> str:
    """What the terminal shows once the node answers."""
    lines = [f"\n  考务 kaowu 已就绪 · ready:  {address}\n"]
    if accounts:
        lines.append("  演示账号 · demonstration accounts（工号 密码 · number password）")
        lines += [f"    {line}" for line in accounts.splitlines()]
        lines.append(f"  存于 · kept in {folder.root / 'accounts.txt'}\n")
    lines.append("  按 Ctrl-C 停止 · Ctrl-C stops")
    return "\n".join(lines)
