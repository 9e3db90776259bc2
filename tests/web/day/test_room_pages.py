"""What staff see of a room and do in it, through the pages."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM

from kaowu.basics.ids import new_fact_id
from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.papers import PacketHandedOut, PacketUnsealed
from kaowu.store.models import AccessLog, JournalEntry
from kaowu.store.queries.room_state import room_state


def room_page(day, **query):
    return reverse("room", kwargs={"exam": EXAM, "sitting": "S1", "site": day.site, "room": "001"})


def act_page(day, kind):
    names = {"exam": EXAM, "sitting": "S1", "site": day.site, "room": "001", "kind": kind}
    return reverse("act", kwargs=names)


def fresh(day, at=None):
    return str(new_fact_id(at or day.at(-30)))


def two(day, second="assistant_invigilator", **values):
    """A form signed by whoever is signed in and by a second person."""
    signatures = {
        "own_password": PASSWORD,
        "second_number": day.staff[second].number,
        "second_password": PASSWORD,
    }
    return {"fact_id": fresh(day), **values, **signatures}


def kinds(subject=None):
    rows = JournalEntry.objects.order_by("index")
    return list((rows.filter(subject=str(subject)) if subject else rows).values_list("kind", flat=True))


PACKET = {"packet": "040201-001-S1-1", "seal": "7731902", "sheets": "6", "subject": "语文"}


def test_the_page_shows_each_desk_where_it_stands_with_the_name(exam_day):
    page = exam_day.browser("chief_invigilator").get(room_page(exam_day)).content.decode()
    assert "买买提依明·阿卜杜热合曼" in page
    assert page.count('class="seat wait"') == 5
    assert page.count('class="seat free"') == 25


def test_who_only_looks_sees_masked_names(exam_day, as_post):
    page = as_post("auditor").get(room_page(exam_day)).content.decode()
    assert "欧○○" in page
    assert "欧阳青" not in page
    assert "scan-ticket" not in page


def test_a_wedge_scan_admits_and_the_seat_says_so(exam_day):
    browser = exam_day.browser("chief_invigilator")
    form = {"fact_id": fresh(exam_day), "admission_number": exam_day.tickets()[0], "identity": "matched"}
    response = browser.post(act_page(exam_day, "candidate_admitted"), form, follow=True)
    assert response.status_code == 200
    page = response.content.decode()
    assert "已记录。" in page
    assert f"准考证 {exam_day.tickets()[0]} 入场" in page
    assert list(room_state(EXAM, exam_day.room).entries) == [exam_day.tickets()[0]]


def test_a_double_click_is_kept_once(exam_day):
    browser = exam_day.browser("chief_invigilator")
    form = {"fact_id": fresh(exam_day), "admission_number": exam_day.tickets()[0], "identity": "matched"}
    first = browser.post(act_page(exam_day, "candidate_admitted"), form)
    second = browser.post(act_page(exam_day, "candidate_admitted"), form)
    assert first["Location"] == second["Location"]
    assert kinds(exam_day.room) == ["candidate_admitted"]


@pytest.mark.feature("PAP-09", "PAP-12")
def test_a_packet_leaves_the_office_with_two_persons_of_different_posts(exam_day):
    browser = exam_day.browser("vault_keeper")
    response = browser.post(act_page(exam_day, "packet_handed_out"), two(exam_day, **PACKET), follow=True)
    assert "已记录。" in response.content.decode()
    [entry] = JournalEntry.objects.filter(kind="packet_handed_out")
    assert exam_day.staff["vault_keeper"].number.encode() in bytes(entry.entry)
    assert exam_day.staff["assistant_invigilator"].number.encode() in bytes(entry.entry)


@pytest.mark.feature("PAP-09")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"second_number": "", "second_password": ""}, "必填|这个字段"),
        ({"second_password": "wrong"}, "工号或密码不对"),
        ({"own_password": "wrong"}, "工号或密码不对"),
        ({"second_number": "vault-keeper-1"}, "两人|本人"),
    ],
)
def test_without_a_proven_second_person_no_packet_leaves_the_office(exam_day, changes, words):
    browser = exam_day.browser("vault_keeper")
    form = two(exam_day, **PACKET) | changes
    response = browser.post(act_page(exam_day, "packet_handed_out"), form)
    assert response.status_code == 422
    assert any(word in response.content.decode() for word in words.split("|"))
    assert "packet_handed_out" not in kinds()


def test_two_persons_of_one_post_do_not_pass(exam_day, account):
    other = account("vault_keeper", "vault-keeper-2")
    form = two(exam_day, **PACKET) | {"second_number": other.number}
    response = exam_day.browser("vault_keeper").post(act_page(exam_day, "packet_handed_out"), form)
    assert response.status_code == 422
    assert "不同" in response.content.decode()
    assert "packet_handed_out" not in kinds()


def test_a_refusal_says_what_which_rule_and_what_to_do_and_keeps_what_was_typed(exam_day):
    browser = exam_day.browser("vault_keeper")
    form = two(exam_day, **PACKET | {"subject": "数学"})
    response = browser.post(act_page(exam_day, "packet_handed_out"), form)
    page = response.content.decode()
    assert response.status_code == 409
    assert "不能领出：袋上科目是“数学”，本场考“语文”。" in page
    assert "退回该袋" in page
    assert 'value="7731902"' in page
    assert kinds(exam_day.site) == ["attempt_refused"]


@pytest.mark.feature("PAP-09")
def test_a_packet_opened_by_one_alone_is_recorded_as_it_was_with_the_rule(exam_day):
    exam_day.record(
        PacketHandedOut(**PACKET | {"sheets": 6}), "vault_keeper", "chief_invigilator", at=exam_day.at(-40)
    )
    exam_day.at(-10)
    form = {
        "fact_id": fresh(exam_day, exam_day.at(-10)),
        "packet": PACKET["packet"],
        "seal": "7731902",
        "subject": "语文",
        "witnessed_by": "01,02",
        "own_password": PASSWORD,
        "alone": "on",
    }
    browser = exam_day.browser("chief_invigilator")
    response = browser.post(act_page(exam_day, "packet_unsealed"), form, follow=True)
    page = response.content.decode()
    assert "已记录。" in page
    assert "custody.two_at_unsealing" in page
    assert "仅一人" in page


@pytest.mark.feature("PAP-13")
def test_unsealing_keeps_the_seats_of_two_candidates_who_checked_the_seal(exam_day):
    exam_day.record(
        PacketHandedOut(**PACKET | {"sheets": 6}), "vault_keeper", "chief_invigilator", at=exam_day.at(-40)
    )
    browser = exam_day.browser("chief_invigilator")
    unsealing = {"packet": PACKET["packet"], "seal": "7731902", "subject": "语文"}
    alone = two(exam_day, **unsealing, witnessed_by="03") | {"fact_id": fresh(exam_day, exam_day.at(-10))}
    page = browser.post(act_page(exam_day, "packet_unsealed"), alone, follow=True).content.decode()
    assert "custody.seal_witnesses" in page
    both = two(exam_day, **unsealing, witnessed_by="03，05") | {"fact_id": fresh(exam_day, exam_day.at(-10))}
    page = browser.post(act_page(exam_day, "packet_unsealed"), both, follow=True).content.decode()
    assert "考生 03、05 验封" in page
    assert "custody.seal_witnesses" not in page.split('class="done"')[1].split("</section>")[0]


def test_findings_are_shown_all_at_once_worst_first(exam_day):
    exam_day.at(-10)
    browser = exam_day.browser("chief_invigilator")
    form = two(exam_day, packet="X-9", seal="1", subject="数学", witnessed_by="") | {
        "fact_id": fresh(exam_day, exam_day.at(-10))
    }
    page = browser.post(act_page(exam_day, "packet_unsealed"), form, follow=True).content.decode()
    shown = page.split('class="done"')[1].split("</section>")[0]
    levels = [part[0] for part in shown.split('<div class="finding f')[1:]]
    assert len(levels) >= 3
    assert levels == sorted(levels, reverse=True)


def test_the_violation_form_offers_the_clauses_of_this_exam(exam_day):
    page = (
        exam_day.browser("chief_invigilator").get(act_page(exam_day, "violation_recorded")).content.decode()
    )
    assert "JYB-33 6-4" in page
    assert "RSB-31" not in page


@pytest.mark.feature("ENT-10")
def test_late_or_unmatched_candidates_are_admitted_first_and_settled_by_two(exam_day):
    browser = exam_day.browser("chief_invigilator")
    late = exam_day.at(20)
    form = {
        "fact_id": fresh(exam_day, late),
        "admission_number": exam_day.tickets()[1],
        "identity": "in_doubt",
    }
    page = browser.post(act_page(exam_day, "candidate_admitted"), form, follow=True).content.decode()
    assert "entry.late" in page
    assert "KAOWU-PRACTICE late-15" in page or "late_limit_minutes" in page
    assert "存疑" in page
    settle = two(
        exam_day, admission_number=exam_day.tickets()[1], is_candidate="on", grounds="照片与本人一致"
    ) | {"fact_id": fresh(exam_day, exam_day.at(25))}
    browser.post(act_page(exam_day, "doubt_settled"), settle)
    assert room_state(EXAM, exam_day.room).entries[exam_day.tickets()[1]].identity == "matched"


def test_a_corrected_record_is_struck_through_and_names_its_correction(exam_day):
    browser = exam_day.browser("chief_invigilator")
    at = exam_day.at(-20)
    receipt = exam_day.record(
        CandidateAdmitted(admission_number=exam_day.tickets()[0], identity="matched"),
        "chief_invigilator",
        at=at,
    )
    form = two(exam_day, withdrawn=str(receipt.id), reason="扫错准考证") | {
        "fact_id": fresh(exam_day, exam_day.at(-15))
    }
    page = browser.post(act_page(exam_day, "fact_withdrawn"), form, follow=True).content.decode()
    assert 'class="struck"' in page
    assert page.count(str(receipt.id)) >= 2
    assert room_state(EXAM, exam_day.room).entries == {}
    assert kinds(exam_day.room) == ["candidate_admitted", "fact_withdrawn"]


def test_what_was_written_on_paper_is_entered_later_with_both_times(exam_day):
    browser = exam_day.browser("chief_invigilator")
    now = exam_day.at(30)
    form = {
        "fact_id": fresh(exam_day, now),
        "admission_number": exam_day.tickets()[0],
        "identity": "matched",
        "on_paper_at": "2027-06-07T08:41:00",
    }
    page = browser.post(
        act_page(exam_day, "candidate_admitted") + "?late=1", form, follow=True
    ).content.decode()
    assert "补录" in page
    assert "08:41:00" in page and "09:30:00" in page


def test_paper_from_the_future_is_refused(exam_day):
    form = {
        "fact_id": fresh(exam_day, exam_day.at(0)),
        "admission_number": exam_day.tickets()[0],
        "identity": "matched",
        "on_paper_at": "2027-06-07T09:41:00",
    }
    browser = exam_day.browser("chief_invigilator")
    response = browser.post(act_page(exam_day, "candidate_admitted") + "?late=1", form)
    assert response.status_code == 409
    assert "还没有到" in response.content.decode()
    assert kinds(exam_day.room) == []


@pytest.mark.feature("PAP-14")
def test_sheets_that_do_not_balance_stand_in_the_equation_and_put_the_room_first(exam_day):
    at = exam_day.at(-40)
    exam_day.record(PacketHandedOut(**PACKET | {"sheets": 6}), "vault_keeper", "chief_invigilator", at=at)
    exam_day.record(
        PacketUnsealed(packet=PACKET["packet"], seal="7731902", subject="语文", witnessed_by=("01", "02")),
        "chief_invigilator",
        "assistant_invigilator",
        at=exam_day.at(-10),
    )
    form = two(exam_day, issued="6", used="4", absent="0", spare="1", void="0") | {
        "fact_id": fresh(exam_day, exam_day.at(155))
    }
    browser = exam_day.browser("chief_invigilator")
    page = browser.post(act_page(exam_day, "sheets_counted"), form, follow=True).content.decode()
    assert "counts.sheets_equation" in page
    site = browser.get(reverse("day_site", kwargs={"exam": EXAM, "sitting": "S1", "site": exam_day.site}))
    rows = site.content.decode().split("<tbody>")[1]
    assert rows.index(">001<") < rows.index(">002<")
    assert "试卷差 1 份" in rows


@pytest.mark.feature("PAP-10", "PAP-15")
def test_the_whole_path_of_a_packet_stands_on_the_rooms_timeline_with_persons_and_times(exam_day):
    vault, chief = exam_day.browser("vault_keeper"), exam_day.browser("chief_invigilator")
    exam_day.at(-40)
    steps = [
        (vault, -40, "packet_handed_out", PACKET),
        (
            chief,
            -10,
            "packet_unsealed",
            {"packet": PACKET["packet"], "seal": "7731902", "subject": "语文", "witnessed_by": "01,02"},
        ),
        (
            chief,
            151,
            "sheets_counted",
            {"issued": "6", "used": "0", "absent": "5", "spare": "1", "void": "0"},
        ),
        (
            chief,
            155,
            "packet_collected",
            {"packet": PACKET["packet"], "seal": "8800001", "sheets": "6", "state": "intact"},
        ),
    ]
    for browser, minutes, kind, values in steps:
        second = "chief_invigilator" if browser is vault else "assistant_invigilator"
        form = two(exam_day, second, **values) | {"fact_id": fresh(exam_day, exam_day.at(minutes))}
        assert browser.post(act_page(exam_day, kind), form).status_code == 302
    names = {"exam": EXAM, "sitting": "S1", "site": exam_day.site, "room": "001"}
    page = chief.get(reverse("room_timeline", kwargs=names)).content.decode()
    for time in ("08:20:00", "08:50:00", "11:31:00", "11:35:00"):
        assert time in page
    assert page.index("11:35:00") < page.index("08:20:00")
    assert "保密员" in page and "主监考" in page
    assert "一人" not in page


def test_a_room_of_another_site_stays_shut_and_the_attempt_is_logged(exam_day, city, account):
    stranger = account("chief_invigilator", "stranger", organisation=city.south_site.organisation)
    client = Client()
    client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(room_page(exam_day)).status_code == 403
    form = {"fact_id": fresh(exam_day), "admission_number": exam_day.tickets()[0], "identity": "matched"}
    assert client.post(act_page(exam_day, "candidate_admitted"), form).status_code == 403
    assert AccessLog.objects.filter(outcome="refused", account_number="stranger").count() == 2
    assert kinds(exam_day.room) == []


@pytest.mark.parametrize("post", ["auditor", "city_officer"])
def test_who_has_no_duty_in_the_room_cannot_record(exam_day, as_post, post):
    form = {"fact_id": fresh(exam_day), "admission_number": exam_day.tickets()[0], "identity": "matched"}
    response = as_post(post, number=f"{post}-x").post(act_page(exam_day, "candidate_admitted"), form)
    assert response.status_code == 403
    assert kinds(exam_day.room) == []


def test_a_post_without_this_duty_is_refused_by_the_desk_and_the_attempt_is_on_record(exam_day):
    form = two(exam_day, issued="6", used="5", absent="0", spare="1", void="0")
    response = exam_day.browser("vault_keeper").post(act_page(exam_day, "sheets_counted"), form)
    assert response.status_code == 409
    assert "没有这项职责" in response.content.decode()
    assert kinds()[-1] == "attempt_refused"
    assert "sheets_counted" not in kinds()


@pytest.mark.parametrize("name", ["day", "day_sitting", "day_site", "exam_timeline", "site_timeline"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_overviews_open_in_both_languages(exam_day, as_post, name, language):
    known = {"exam": EXAM, "sitting": "S1", "site": exam_day.site}
    wanted = {
        "day": (),
        "day_sitting": ("exam", "sitting"),
        "day_site": ("exam", "sitting", "site"),
        "exam_timeline": ("exam",),
        "site_timeline": ("exam", "site"),
    }[name]
    client = as_post("city_officer")
    client.cookies["kaowu_language"] = language
    response = client.get(reverse(name, kwargs={part: known[part] for part in wanted}))
    assert response.status_code == 200
    assert ("考试" if language == "zh-hans" else "xam") in response.content.decode()


def test_timelines_are_read_page_by_page_without_gap_or_repeat(exam_day, as_post):
    at = exam_day.at(-20)
    for ticket in exam_day.tickets() * 13:
        exam_day.record(
            CandidateAdmitted(admission_number=ticket, identity="matched"), "chief_invigilator", at=at
        )
    client = as_post("city_officer")
    address = reverse("site_timeline", kwargs={"exam": EXAM, "site": exam_day.site})
    first = client.get(address)
    second = client.get(f"{address}?before={first.context['next']}")
    shown = [line.line.index for page in (first, second) for line in page.context["lines"]]
    assert len(first.context["lines"]) == 60
    assert len(shown) == len(set(shown)) == 65
    assert shown == sorted(shown, reverse=True)
