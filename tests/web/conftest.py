"""A small city with two counties and two sites, and one account for each post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # a conftest is read before Django is set up
    from django.test import Client

    from kaowu.store.models import Account, Organisation, Site

PASSWORD = "correct-horse-battery-9"
SEE_EVERY_COUNTY = (
    "city_officer",
    "auditor",
    "system_administrator",
    "security_administrator",
    "audit_administrator",
)


@dataclass(frozen=True)
class City:
    """The places that tests speak of."""

    city: Organisation
    north: Organisation
    south: Organisation
    north_site: Site
    south_site: Site


@pytest.fixture
def city(db) -> City:
    from kaowu.store.journal import open_book
    from kaowu.store.models import Organisation, Person, Room, School, Site
    from kaowu.web.node_key import origin

    open_book(origin())
    root = Organisation.objects.create(code="370000", name="山东省", level="province")
    city = Organisation.objects.create(code="370400", name="枣庄市", level="city", parent=root)
    north = Organisation.objects.create(code="370402", name="市中区", level="county", parent=city)
    south = Organisation.objects.create(code="370403", name="薛城区", level="county", parent=city)
    sites = []
    for county, code in ((north, "040201"), (south, "040301")):
        school = School.objects.create(code=code + "1", name=f"{county.name}第一中学", organisation=county)
        node = Organisation.objects.create(code=code, name=f"{school.name}考点", level="site", parent=county)
        site = Site.objects.create(code=code, name=node.name, organisation=node, school=school)
        Room.objects.create(site=site, number="001", building="明德楼", capacity=30, columns="7-8-8-7")
        Person.objects.create(
            number="P" + code,
            name="欧阳修",
            organisation=county,
            school=school,
            phone="13800005678",
            id_number="370402198001010417",
        )
        Person.objects.create(number="S" + code, name="秦观", organisation=node)
        sites.append(site)
    return City(city, north, south, *sites)


@pytest.fixture
def account(city):
    """Makes an account that holds one post: the county posts in the north, the site posts at its site."""
    from django.contrib.auth.hashers import make_password

    from kaowu.store.models import Account, Assignment

    def make(post: str, number: str = "", organisation: Organisation | None = None) -> Account:
        if organisation is None:
            if post in SEE_EVERY_COUNTY:
                organisation = city.city
            else:
                organisation = city.north if post == "county_officer" else city.north_site.organisation
        made = Account.objects.create(
            number=number or post.replace("_", "-"),
            name=f"测试{post[:4]}",
            password=make_password(PASSWORD),
            organisation=organisation,
        )
        Assignment.objects.create(account=made, post=post, organisation=organisation)
        return made

    return make


@pytest.fixture
def accounts(account) -> dict[str, Account]:
    """One account per post."""
    from kaowu.web.permissions import POSTS

    return {post: account(post) for post in POSTS}


@pytest.fixture
def as_post(account):
    """A browser signed in to a fresh account of this post."""
    from django.test import Client

    def sign_in(post: str, **more) -> Client:
        client = Client()
        client.force_login(account(post, **more), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
