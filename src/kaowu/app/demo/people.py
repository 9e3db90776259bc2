"""The people of the demonstration: one account for each post at each site, with tokens for one day."""

from kaowu.app.demo.play import Cast
from kaowu.app.demo.story import POSTS

_PEOPLE = {
    "site_chief": ("chief", "主考"),
    "vault_keeper": ("vault", "保密员"),
    "chief_invigilator": ("inv-a", "监考甲"),
    "assistant_invigilator": ("inv-b", "监考乙"),
}
"""For each post the end of the staff number and what the person is called."""


def open_cast(exam: str) -> Cast:
    """Accounts (made once, without a password) and fresh tokens for every site of the exam's seat plan."""
    from django.db import transaction

    from kaowu.store.models import Account, Assignment, Organisation
    from kaowu.store.queries import exams
    from kaowu.web import program_tokens

    tokens = {}
    with transaction.atomic():
        for site, *_ in exams.sites(exam):
            organisation = Organisation.objects.get(code=site)
            for post in POSTS:
                short, called = _PEOPLE[post]
                number = f"demo-{site}-{short}"
                account = Account.objects.filter(number=number).first()
                if account is None:
                    account = Account.objects.open_account(
                        number, f"演示{called}", None, organisation=organisation
                    )
                    Assignment.objects.create(account=account, post=post, organisation=organisation)
                _, tokens[site, post] = program_tokens.issue(account, "演示 demonstration", days=1)
    looking = next(token for (_, post), token in tokens.items() if post == "site_chief")
    return Cast(tokens, looking)


def close_cast() -> None:
    """End the tokens of the demonstration: nothing they opened stays open."""
    from django.utils import timezone

    from kaowu.store.models import ProgramToken

    open_ones = ProgramToken.objects.filter(account__number__startswith="demo-", ended_at=None)
    open_ones.update(ended_at=timezone.now())
