"""The field terminal in a browser: a page that enrols, signs, keeps its outbox and works without the node.

The page says nothing of anybody until the terminal has shown its key; so it needs no login, and opens from the
browser's own store when the node is out of reach.
"""

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _t
from django.views.decorators.csrf import ensure_csrf_cookie

from kaowu.basics.suites import deployed
from kaowu.store import person_keys
from kaowu.web.access import public, signed_in


@public("a terminal shows what its own key may see, and nothing before")
def terminal(request: HttpRequest) -> HttpResponse:
    return render(
        request, "kaowu/terminal/terminal.html", {"words": script_words(), "suite": deployed().name}
    )


@public("the script that keeps the terminal's pages for when there is no network")
def keeper(request: HttpRequest) -> HttpResponse:
    found = finders.find("kaowu/signing/keeper.js")
    assert isinstance(found, str)
    content = Path(found).read_bytes()
    # Served from here, since a page's keeper reaches no further than its own address.
    return HttpResponse(
        content, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


@signed_in("one's own keys")
@ensure_csrf_cookie
def my_keys(request: HttpRequest) -> HttpResponse:

    held = person_keys.keys_held_by(request.user.number)
    return render(
        request,
        "kaowu/terminal/my_keys.html",
        {"held": held, "words": script_words(), "suite": deployed().name},
    )


def script_words() -> dict[str, str]:
    """What the scripts say, in the language of the page."""
    return {
        "waiting": _t("On this terminal"),
        "recorded": _t("At the node"),
        "refused": _t("Refused"),
        "online": _t("Connected"),
        "offline": _t("No connection: records stay here and are handed in later"),
        "stopped": _t("This terminal hands in nothing any more"),
        "unknown": _t("unknown"),
        "entry": _t("journal entry"),
        "nothing_waits": _t("Nothing waits"),
        "wait": _t("%(n)s waiting") % {"n": "{n}"},
        "not_expected": _t(
            "Not expected in this room. Look at the ticket; the record is kept with a finding."
        ),
        "twice": _t("Recorded on this terminal already."),
        "seat": _t("Seat"),
        "wrong_pin": _t("The PIN is wrong."),
        "no_key_here": _t("No key of this person is on this terminal."),
        "two_persons": _t("Two different persons must sign."),
        "same_post": _t("The two persons must hold different posts."),
        "choose": _t("Choose …"),
        "pin": _t("PIN"),
        "person": _t("Person"),
        "post": _t("Post"),
        "sign": _t("Sign and record"),
        "kept_here": _t("Kept on this terminal, signed."),
        "required": _t("is missing"),
        "yes": _t("Yes"),
        "commas": _t("Several are parted by commas."),
        "cleared": _t("Cleared. Nothing of the exam is on this terminal any more."),
        "still_waits": _t("Not cleared: records still wait to be handed in."),
        "pin_short": _t("A PIN has at least 6 characters."),
        "pins_differ": _t("The two PINs differ."),
        "enrolled": _t("Your key is enrolled."),
        "signed": _t("Has signed"),
        "not_signed": _t("Not signed yet"),
        "suite": _t("Browsers cannot sign under the national suite; use a device with SM2."),
        "insecure": _t("Keys need a secure address: https://, or the machine itself."),
        "failed": _t("No answer from the node. Try again."),
        "by_key": _t("own key"),
        "other_browser": _t("Your key is on another browser. Open this page there to sign."),
        "cannot_read": _t("What is to be signed cannot be read. Nothing was signed."),
    }


urlpatterns = [
    path("app/terminal/", terminal, name="terminal"),
    path("app/terminal/keeper.js", keeper, name="terminal_keeper"),
    path("app/my-keys/", my_keys, name="my_keys"),
]
