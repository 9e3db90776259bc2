"""The wall: what it shows, to whom, and that it stays true while the day goes on."""

import asyncio
import json
import re

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.web.exam_day import EXAM, NAMES

from kaowu.basics.clock import Instant
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.papers import PacketHandedOut, PacketUnsealed, SheetsCounted
from kaowu.facts.record import FactWithdrawn
from kaowu.store.models import Organisation, RoomSitting, Site
from kaowu.store.played_clock import stop
from kaowu.store.queries import exams
from kaowu.store.queries.flow import BUCKET_MS, FlowReader
from kaowu.web.access import Scope
from kaowu.web.cockpit import hub, live, snapshot
from kaowu.web.cockpit.board import board, flow_of, forget_places, standing_of

AREA = {"exam": EXAM, "sitting": "S1"}


def forget():
    flow_of.cache_clear()
    standing_of.cache_clear()
    forget_places()


@pytest.fixture(autouse=True)
def fresh_flow():
    forget()
    yield
    forget()


@pytest.fixture
def wall(exam_day, as_post):
    """A browser of the city's officer, and the addresses of both levels."""
    client = as_post("city_officer")
    client.area = reverse("cockpit_area", kwargs=AREA)
    client.site = reverse("cockpit_site", kwargs={**AREA, "site": exam_day.site})
    return client


def admit(day, seat, minutes=-20, room=None, identity="matched"):
    fact = CandidateAdmitted(admission_number=day.tickets(room)[seat], identity=identity)
    return day.record(fact, "chief_invigilator", at=day.at(minutes), room=room)


def hand_out(day, room=None):
    fact = PacketHandedOut(packet="P1", seal="7731902", sheets=6, subject="语文")
    return day.record(fact, "vault_keeper", "chief_invigilator", at=day.at(-30), room=room)


def text(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.feature("ENT-08", "MON-20")
def test_attendance_stands_with_its_denominator_for_area_and_for_each_room(exam_day, wall):
    for seat in range(3):
        admit(exam_day, seat)
    area = wall.get(wall.area).content.decode()
    assert '<b class="">3<i>/10</i></b>' in area
    site = wall.get(wall.site).content.decode()
    tiles = re.findall(r'<span class="h"><b>(\d+)</b><span class="num">(\d+)<i>/(\d+)</i>', site)
    assert sorted(tiles) == [("001", "3", "5"), ("002", "0", "5")]


@pytest.mark.feature("MON-20")
def test_nothing_personal_reaches_the_wall(exam_day, wall):
    admit(exam_day, 0, identity="in_doubt")
    admit(exam_day, 1, minutes=20)  # late: the finding's own sentence names the ticket
    hand_out(exam_day)
    pages = [
        wall.get(address).content.decode()
        for address in (wall.area, wall.site, wall.area + "poll", wall.site + "poll")
    ]
    for page in pages:
        assert not [name for name in NAMES if name in page]
        assert not [ticket for ticket in exam_day.tickets() if ticket in page]
        assert "超过迟到限制入场" in page


def test_the_worst_site_and_the_worst_room_are_marked_and_what_is_right_stays_quiet(exam_day, wall):
    hand_out(exam_day)
    exam_day.record(
        PacketUnsealed(packet="P1", seal="7731902", subject="语文", witnessed_by=("01", "02")),
        "chief_invigilator",
        at=exam_day.at(-10),
    )
    site = wall.get(wall.site).content.decode()
    tiles = re.findall(r'<a class="t ?([a-z0-9]*)" href="[^"]*/(\d+)/"', site)
    assert ("a3", "001") in tiles
    assert "启封须两人在场" in text(site)
    assert "启封须两人在场 001" in text(wall.get(wall.area).content.decode())


def test_a_room_never_heard_from_is_unknown_and_not_good(exam_day, wall):
    site = wall.get(wall.site).content.decode()
    assert site.count('class="t au"') == 2
    assert "尚无记录" in site
    area = text(wall.get(wall.area).content.decode())
    assert "0/1 个考点已有记录" in area
    assert "无数据 1" in area


def test_sheets_that_do_not_close_stand_out_in_the_figure(exam_day, wall):
    hand_out(exam_day)
    exam_day.record(
        SheetsCounted(issued=6, used=4, absent=0, spare=1, void=0),
        "chief_invigilator",
        "assistant_invigilator",
        at=exam_day.at(160),
    )
    assert "1 间不平" in wall.get(wall.area).content.decode()


def test_a_room_that_begins_without_unsealing_is_to_be_acted_on(exam_day, wall):
    hand_out(exam_day)
    exam_day.at(-1)
    assert "已开考，未启封" not in wall.get(wall.area).content.decode()
    exam_day.at(1)
    assert "已开考，未启封" in wall.get(wall.area).content.decode()


@pytest.mark.feature("CMD-10")
def test_entries_are_counted_in_their_five_minutes_and_withdrawn_ones_taken_out(exam_day):
    reader = FlowReader(EXAM)
    first = admit(exam_day, 0, minutes=-20)
    admit(exam_day, 1, minutes=-18)
    admit(exam_day, 2, minutes=-14)
    begin = exam_day.at(-20)
    assert dict(reader.flow("S1", [exam_day.site]).entries) == {begin: 2, begin + BUCKET_MS: 1}
    withdrawal = FactWithdrawn(withdrawn=str(first.id), reason="扫错")
    exam_day.record(withdrawal, "chief_invigilator", "site_chief", at=exam_day.at(-10))
    flow = reader.flow("S1", [exam_day.site])
    assert dict(flow.entries) == {begin: 1, begin + BUCKET_MS: 1}
    assert flow.last_at[exam_day.site] == exam_day.at(-14)


def test_the_minute_that_runs_is_marked(exam_day, wall):
    exam_day.at(-9)
    page = wall.get(wall.area).content.decode()
    current = re.search(r'<div class="cur".*?</div>', page, re.S)[0]
    assert "启封" in current
    assert "08:50" in current


def test_the_rehearsal_frame_stands_while_the_clock_is_played_and_no_longer(exam_day, wall):
    assert 'class="exercise"' in wall.get(wall.area).content.decode()
    stop(EXAM)
    assert 'class="exercise"' not in wall.get(wall.area).content.decode()


def test_polling_costs_nothing_while_nothing_changes(exam_day, wall):
    first = wall.get(wall.area + "poll")
    assert first.status_code == 200
    again = wall.get(wall.area + "poll", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    admit(exam_day, 0)
    changed = wall.get(wall.area + "poll", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed.json()["version"] != first.json()["version"]


@pytest.mark.parametrize("post", ["chief_invigilator", "screener", "system_administrator"])
def test_who_has_no_part_in_command_does_not_see_the_wall(exam_day, as_post, post):
    assert as_post(post).get(reverse("cockpit_area", kwargs=AREA)).status_code == 403


def test_a_site_of_another_county_stays_shut(exam_day, city, account):
    stranger = account("county_officer", "stranger", organisation=city.south)
    client = Client()
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("cockpit_site", kwargs={**AREA, "site": exam_day.site})
    assert client.get(address).status_code == 403
    assert client.get(address + "poll").status_code == 403
    assert text(client.get(reverse("cockpit_area", kwargs=AREA)).content.decode()).count("040201") == 0


# ---- the stream ----


class Viewer:
    """Somebody who looks at /live/…: speaks ASGI, keeps what arrives."""

    def __init__(self, client=None, query=f"exam={EXAM}&sitting=S1", path="/live/cockpit"):
        cookie = f"kaowu_login={client.cookies['kaowu_login'].value}" if client else ""
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"cookie", cookie.encode())],
            "client": ("127.0.0.1", 1),
        }
        self.status, self.events, self.gone = None, [], asyncio.Event()
        self.arrived = asyncio.Event()

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message.get("body"):
            name = re.match(r"event: (\w+)", message["body"].decode())
            self.events.append((name[1] if name else "", message["body"].decode()))
            self.arrived.set()

    async def look(self, wanted, act=None):
        """Look until so many snapshots have come; `act` is done after the first."""
        task = asyncio.create_task(live.live(self.scope, self.receive, self.send))
        async with asyncio.timeout(20):
            while len(self.snapshots) < wanted and not task.done():
                self.arrived.clear()
                if len(self.snapshots) == 1 and act:
                    done, act = act, None
                    await hub.in_thread(done)
                if len(self.snapshots) < wanted:
                    waiting = asyncio.create_task(self.arrived.wait())
                    await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
                    waiting.cancel()
        self.gone.set()
        await task

    @property
    def snapshots(self):
        return [json.loads(body.split("data: ", 1)[1]) for name, body in self.events if name == "snapshot"]


@pytest.fixture
def quick(monkeypatch):
    """The stream as in life, only faster."""
    monkeypatch.setattr(hub, "LOOKS_EVERY_S", 0.05)
    monkeypatch.setattr(hub, "LEAST_REST_S", 0.05)
    monkeypatch.setattr(live, "PING_S", 0.2)
    yield
    connections.close_all()


def watch(viewer, wanted=1, act=None):
    async_to_sync(viewer.look)(wanted, act)
    return viewer


@pytest.mark.feature("ENT-08")
@pytest.mark.django_db(transaction=True)
def test_a_fact_recorded_anywhere_reaches_the_wall_by_itself(exam_day, wall, quick):
    exam_day.at(-20)  # else the clock is set first, and a wall that looks just then is drawn for that alone
    viewer = watch(Viewer(wall), 2, lambda: admit(exam_day, 0))
    before, after = viewer.snapshots
    assert "0<i>/10</i>" in before["panels"]["figures"]
    assert "1<i>/10</i>" in after["panels"]["figures"]
    assert after["clock"]["is_exercise"]
    assert live.hubs.viewers == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("signed_in", "query", "status"),
    [
        (False, f"exam={EXAM}&sitting=S1", 401),
        (True, "exam=none&sitting=S1", 404),
        (True, f"exam={EXAM}&sitting=S9", 404),
        (True, f"exam={EXAM}&sitting=S1&site=999999", 404),
        (True, f"exam={EXAM}&sitting=S1&site=040301", 403),
        (True, "", 404),
    ],
)
def test_a_stream_opens_only_for_who_may_look(exam_day, city, account, quick, signed_in, query, status):
    client = None
    if signed_in:
        client = Client()
        client.force_login(
            account("county_officer", "north-1"), backend="django.contrib.auth.backends.ModelBackend"
        )
    assert watch(Viewer(client, query)).status == status


@pytest.mark.django_db(transaction=True)
def test_a_stream_ends_when_its_login_has_ended(exam_day, wall, quick, monkeypatch):
    monkeypatch.setattr(live, "CHECK_S", 0.0)
    viewer = watch(Viewer(wall), 99, lambda: wall.session.flush())
    assert viewer.events[-1][0] == "ended"


def test_an_unknown_stream_is_answered(db):
    assert watch(Viewer(path="/live/other")).status == 404


def test_a_slow_viewer_gets_the_newest_and_none_in_between(monkeypatch):
    drawn = iter(range(1000))
    monkeypatch.setattr(hub, "pulse", lambda view: next(drawn))
    monkeypatch.setattr(
        hub,
        "snapshot",
        lambda view: snapshot.Snapshot({"n": str(next(drawn))}, {"speed": 1, "is_exercise": False}),
    )
    monkeypatch.setattr(hub, "LEAST_REST_S", 0.01)
    monkeypatch.setattr(hub, "_with_connection", lambda work, arguments: work(*arguments))

    async def look():
        one = hub.Hub(None)
        one.enter()
        first = await one.newer_than("", 5)
        await asyncio.sleep(0.5)
        second = await one.newer_than(first.version, 5)
        newest = one.newest
        one.leave()
        return int(first.panels["n"]), int(second.panels["n"]), int(newest.panels["n"])

    first, second, newest = async_to_sync(look)()
    assert second == newest
    assert second - first > 10


@pytest.mark.parametrize(
    ("walls", "viewers", "cpu_s", "rest_s"),
    [
        (1, 1, 0.02, hub.LEAST_REST_S),  # ten drawings a second at most
        (1, 1, 0.4, 0.8),  # a wall that is slow to draw takes a third of the time
        (30, 30, 0.05, 3.0),  # thirty walls together as well
        (1, 400, 0.02, 1.0),  # and so many viewers are sent no more than one picture a second
    ],
)
def test_walls_leave_most_of_a_core_to_those_who_record(walls, viewers, cpu_s, rest_s):
    assert hub.Crowd(walls, viewers).rest_after(cpu_s) == pytest.approx(rest_s)


def test_a_wall_that_is_shown_is_sent_only_the_panels_that_changed():
    before = snapshot.Snapshot({"a": "1", "b": "1"}, {"speed": 1, "is_exercise": False})
    after = snapshot.Snapshot({"a": "1", "b": "2"}, before.clock)
    assert json.loads(before.to_json())["panels"] == {"a": "1", "b": "1"}
    assert json.loads(after.to_json(before.panels))["panels"] == {"b": "2"}


def test_a_wall_of_many_sites_asks_the_database_no_more_than_one_of_a_few(exam_day, city):
    line, scope = exams.exam(EXAM), Scope((city.city.path,))

    def queries():
        forget_places()
        with CaptureQueriesContext(connection) as asked:
            drawn = board(line, "S1", scope)
        return len(asked), len(drawn.sites)

    queries()  # what is read once is read
    few, before = queries()
    for number in range(30):
        code = f"0499{number:02d}"
        place = Organisation.objects.create(code=code, name=f"考点{number}", level="site", parent=city.north)
        Site.objects.create(code=code, name=place.name, organisation=place)
        RoomSitting.objects.create(exam_id=EXAM, sitting="S1", site=code, room="001", expected=30)
    many, after = queries()
    assert (many, after) == (few, before + 30)
    assert many <= 20


def test_the_charts_tell_their_figures_to_who_cannot_see_them(exam_day, wall):
    admit(exam_day, 0)
    exam_day.record(
        CandidateAbsent(admission_number=exam_day.tickets()[1]),
        "chief_invigilator",
        at=Instant(exam_day.at(16)),
    )
    page = wall.get(wall.area).content.decode()
    assert 'aria-label="每 5 分钟入场记录，最多 1 条。"' in page
    assert 'aria-label="已启封考场：0/2 间。"' in page
    assert "style=" not in page


def test_findings_of_another_sitting_do_not_crowd_out_those_of_this_one(exam_day, wall, monkeypatch):
    hand_out(exam_day)
    exam_day.record(
        PacketUnsealed(packet="P1", seal="7731902", subject="语文", witnessed_by=("01", "02")),
        "chief_invigilator",
        at=exam_day.at(-10),
    )
    address = reverse("cockpit_area", kwargs={**AREA, "sitting": "S2"})
    assert "没有未结发现" in wall.get(address).content.decode()
    assert "启封须两人在场" in wall.get(wall.area).content.decode()
