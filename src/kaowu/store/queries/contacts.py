"""Whom to call at a site: its watch telephone, and the telephones of those who head it."""

from kaowu.store.models import Assignment, Site


def watch_phone(site: str) -> str:
    """The watch telephone of a site; empty if none is registered."""
    return Site.objects.filter(code=site).values_list("watch_phone", flat=True).first() or ""


def holders(site: str, posts: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Post, name and telephone of everybody who holds one of these posts at the site, in order of the posts."""
    rows = Assignment.objects.filter(organisation__site__code=site, post__in=posts, ended_at=None)
    found = [
        (row.post, row.account.name, row.account.person.phone if row.account.person else "")
        for row in rows.select_related("account__person")
    ]
    return sorted(found, key=lambda one: (posts.index(one[0]), one[1]))
