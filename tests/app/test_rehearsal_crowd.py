"""Who comes to a rehearsal: whoever cannot do their part is seen, and nobody waits for them for ever."""

import threading
from types import SimpleNamespace

import pytest

from kaowu.app.rehearsal import crowd, rehearse
from kaowu.app.rehearsal.crowd import Tally, enter_scores
from kaowu.app.rehearsal.scene import NotMade

SCENE = SimpleNamespace(rooms=(("001", 2),), password="x", gate_acts=3)
NODE = SimpleNamespace(port=0)


def test_a_clerk_who_cannot_sign_in_ends_the_rehearsal_and_the_other_does_not_wait(monkeypatch):
    def browser(port, number, password):
        if number == "clerk-1":
            raise PermissionError("clerk-1: 503")

    monkeypatch.setattr(crowd, "Browser", browser)
    ended = []

    def play():
        with pytest.raises(PermissionError) as refused:
            enter_scores(SCENE, NODE, Tally(0, lambda: None))
        ended.append(str(refused.value))

    player = threading.Thread(target=play, daemon=True)
    player.start()
    player.join(30)
    assert ended == ["clerk-1: 503"]


def test_an_answer_that_is_no_json_is_a_trouble_and_not_the_end_of_the_gate():
    assert crowd._offered(lambda: (403, b"<h1>no</h1>"), "0" * 32) == "HTTP 403"


def test_a_gate_that_stopped_is_not_taken_for_a_rehearsal_that_went_well(monkeypatch):
    monkeypatch.setattr(rehearse, "gates", lambda *given: [])
    cable = SimpleNamespace(put_back=lambda: None)
    here = SimpleNamespace(port=0, rows=lambda sql: [(0, 0)])
    play = rehearse._Play(SCENE, here, None, cable, [], Tally(1, lambda: None), lambda said: None)
    with pytest.raises(NotMade, match="0 of 3"):
        play.gates()
