"""What a page offers can be had: every link that an officer, a site or an invigilator is shown opens."""

import re
from html import unescape

import pytest
from django.urls import resolve, reverse

_LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')


def shut(client, start: str) -> dict[str, str]:
    """The links that do not open, by the page that offers them: from each kind of page one is looked at."""
    seen, waiting, found = set(), [(start, "")], {}
    while waiting:
        address, offered_on = waiting.pop()
        view = resolve(address.partition("?")[0]).view_name
        if view in seen:
            continue
        seen.add(view)
        response = client.get(address, follow=True)
        if response.status_code != 200:
            found[address] = f"{response.status_code}, {offered_on}"
        elif "html" in response["Content-Type"]:
            links = {unescape(link) for link in _LINK.findall(response.content.decode())}
            waiting += [(link, address) for link in sorted(links) if "as=pdf" not in link]
    assert len(seen) > 12
    return found


@pytest.mark.parametrize("post", ["county_officer", "site_chief", "chief_invigilator"])
def test_whoever_answers_for_a_part_of_a_citys_exam_is_led_only_to_what_opens(sealed, as_post, post):
    assert shut(as_post(post), reverse("home")) == {}
