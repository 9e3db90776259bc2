"""The site whose staff are drawn, and browsers of its people."""

import pytest
from tests.web.conftest import PASSWORD
from tests.web.drawn_site import drawn

__all__ = ["drawn"]


@pytest.fixture
def chief(drawn):
    """The browser of the site chief."""
    return drawn.day.browser("site_chief")


@pytest.fixture
def officer(as_post, drawn):
    """The browser of a city officer."""
    return as_post("city_officer")


@pytest.fixture
def signature(drawn, account):
    """The two passwords by which the chief and a deputy sign."""
    account("deputy_site_chief", "deputy-1")
    return {"own_password": PASSWORD, "second_number": "deputy-1", "second_password": PASSWORD}
