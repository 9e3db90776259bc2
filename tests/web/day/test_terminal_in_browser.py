"""In a real browser: a terminal that loses its node loses nothing, and two persons sign with keys of their own."""

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.services import CHROMIUM_FLAGS, SLOW_MS
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM
from tools import verify_archive

from kaowu.basics.suites import deployed
from kaowu.engines.ledger.entries import EntryChain, read_leaf
from kaowu.engines.ledger.runs import Proof
from kaowu.loop.demands import usual_demand
from kaowu.store import devices, person_keys
from kaowu.store.models import DeviceHead, JournalEntry, RoomSitting, Slip
from kaowu.store.own_log import OwnLog
from kaowu.web.counter import clock
from kaowu.web.node_key import verifying_key

pytestmark = pytest.mark.django_db(transaction=True)
PIN = "482913"
MADE = {"made_by": "exam-maker", "made_post": "city_officer", "hours": 1}


@pytest.fixture
def browsers(chromium_path, live_server, monkeypatch):
    """Opens browsers of their own, each with its own store; the browser's loop does not concern the database."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))

        def opened(account=None):
            page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN").new_page()
            page.set_default_timeout(SLOW_MS)
            if account is not None:
                page.goto(f"{live_server.url}/account/sign-in/")
                page.fill("[name=username]", account.number)
                page.fill("[name=password]", PASSWORD)
                page.click("form.p button[type=submit]")
                page.wait_for_url(f"{live_server.url}/")
            return page

        yield opened
        browser.close()


def enrol_terminal(page, day, address):
    code = devices.make_code(clock, device="gate-7", exam=EXAM, site=day.site, **MADE)
    page.goto(f"{address}/app/terminal/")
    page.fill("#code", code)
    page.click("#enrol button")
    expect(page.locator("#work")).to_be_visible()
    page.select_option("#sitting", "S1")
    page.select_option("#room", "001")
    page.select_option("#operator", day.staff["chief_invigilator"].number)
    page.select_option("#post", "chief_invigilator")


def enrol_key(page, account, address):
    """At “My keys”, with the code that an officer has handed over."""
    code = person_keys.make_person_code(clock, person=account.number, exam=EXAM, **MADE)
    page.goto(f"{address}/app/my-keys/")
    page.fill("#code", code)
    page.fill("#pin", PIN)
    page.fill("#pin-again", PIN)
    page.click("#make button")
    expect(page.locator("#done")).to_be_visible()


def scan(page, ticket):
    page.fill("#ticket", ticket)
    page.keyboard.press("Enter")
    expect(page.locator("#records tr").first).to_contain_text(ticket)


def waiting(page, count):
    expect(page.locator("body")).to_have_attribute("data-waiting", str(count))


def judged():
    """What both verifiers find in this node's own log."""
    chain = EntryChain(deployed(), verifying_key(), usual_demand)
    second = verify_archive.Judge(None, None, ())
    second.suite, second.key = "international", verify_archive.key_of(verifying_key().to_text())
    second.hash = verify_archive.sha256
    faults = []
    for index, leaf in enumerate(OwnLog().entries(0, 10_000)):
        faults += chain.take(leaf, None, None)
        _, entry, proof = read_leaf(leaf)
        faults += second.signed(verify_archive.value_of(entry), entry, proof, (0, index))
    return faults + chain.signers.settle()


@pytest.mark.feature("ENT-08")
def test_a_terminal_offline_and_reloaded_hands_everything_in_once_and_signed(exam_day, browsers, live_server):
    page, tickets = browsers(), exam_day.tickets()
    enrol_terminal(page, exam_day, live_server.url)
    scan(page, tickets[0])
    waiting(page, 0)
    expect(page.locator("body")).to_have_attribute("data-kept", "kept")
    page.context.set_offline(True)
    scan(page, tickets[1])
    scan(page, tickets[2])
    waiting(page, 2)
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-ready", "yes")
    expect(page.locator("#state")).to_contain_text("无连接")
    expect(page.locator("#room")).to_have_value("001")
    scan(page, tickets[3])
    waiting(page, 3)
    assert JournalEntry.objects.filter(device="gate-7").count() == 1
    page.context.set_offline(False)
    waiting(page, 0)
    expect(page.locator("#records tr[data-state=recorded]")).to_have_count(4)
    expect(page.locator("#state")).to_contain_text("已连接")
    rows = list(JournalEntry.objects.filter(device="gate-7").order_by("device_seq"))
    assert [row.device_seq for row in rows] == [1, 2, 3, 4]
    assert len({row.fact_id for row in rows}) == 4
    assert RoomSitting.objects.get(sitting="S1", room="001").entered == 4
    assert judged() == []


def test_a_refused_record_is_kept_with_its_reason_and_what_follows_is_chained_anew(
    exam_day, browsers, live_server
):
    page, tickets = browsers(), exam_day.tickets()
    enrol_terminal(page, exam_day, live_server.url)
    page.context.set_offline(True)
    scan(page, tickets[0])
    page.select_option("#room", "002")
    page.select_option("#operator", exam_day.staff["screener"].number)
    scan(page, exam_day.tickets(exam_day.next_room)[1])
    page.select_option("#operator", exam_day.staff["chief_invigilator"].number)
    scan(page, exam_day.tickets(exam_day.next_room)[2])
    exam_day.staff["screener"].assignments.update(ended_at="2027-06-01T00:00Z")
    page.context.set_offline(False)
    waiting(page, 0)
    expect(page.locator("#records tr[data-state=refused]")).to_have_count(1)
    expect(page.locator("#records tr[data-state=refused]")).to_contain_text("没有岗位")
    expect(page.locator("#records tr[data-state=recorded]")).to_have_count(2)
    assert DeviceHead.objects.get(device="gate-7").seq == 2
    assert judged() == []


@pytest.mark.feature("PAP-29", "ENT-08")
def test_two_persons_count_at_a_terminal_without_a_network_each_with_a_key_of_their_own(
    exam_day, browsers, live_server
):
    chief, assistant = exam_day.staff["chief_invigilator"], exam_day.staff["assistant_invigilator"]
    page = browsers(chief)
    enrol_key(page, chief, live_server.url)
    page.context.clear_cookies()
    sign_in_again(page, assistant, live_server.url)
    enrol_key(page, assistant, live_server.url)
    exam_day.at(160)
    enrol_terminal(page, exam_day, live_server.url)
    page.context.set_offline(True)
    scan(page, exam_day.tickets()[0])
    page.click("[data-kind=sheets_counted]")
    for name, figure in (("issued", 5), ("used", 5), ("absent", 0), ("spare", 0), ("void", 0)):
        page.fill(f"#field-{name}", str(figure))
    for row, account, post in ((0, chief, "chief_invigilator"), (1, assistant, "assistant_invigilator")):
        page.select_option(f"#signer-{row}", label=account.number)
        page.select_option(f"#signer-{row}-post", post)
        page.fill(f"#signer-{row}-pin", PIN if row == 0 else "000000")
    page.click("#act button[type=submit]")
    expect(page.locator("#said")).to_contain_text("PIN 不对")
    page.fill("#signer-1-pin", PIN)
    page.click("#act button[type=submit]")
    expect(page.locator("#records tr").first).to_contain_text("本人密钥")
    waiting(page, 2)
    page.context.set_offline(False)
    waiting(page, 0)
    counted = JournalEntry.objects.get(kind="sheets_counted")
    assert [one.proven.method for one in Proof.from_bytes(bytes(counted.proof)).attestations] == [
        "key",
        "key",
    ]
    assert judged() == []


def sign_in_again(page, account, address):
    page.goto(f"{address}/account/sign-in/")
    page.fill("[name=username]", account.number)
    page.fill("[name=password]", PASSWORD)
    page.click("form.p button[type=submit]")
    page.wait_for_url(f"{address}/")


@pytest.mark.feature("PAP-29")
def test_two_persons_sign_one_handover_each_in_a_browser_of_their_own(exam_day, browsers, live_server):
    keeper, chief = exam_day.staff["vault_keeper"], exam_day.staff["chief_invigilator"]
    first, second = browsers(keeper), browsers(chief)
    enrol_key(first, keeper, live_server.url)
    enrol_key(second, chief, live_server.url)
    exam_day.at(-30)
    first.goto(f"{live_server.url}/day/{EXAM}/S1/{exam_day.site}/001/packet_handed_out/")
    expect(first.locator("form.act")).to_contain_text("密码留空")
    for name, value in (("packet", "P1"), ("seal", "7731901"), ("sheets", "5"), ("subject", "语文")):
        first.fill(f"[name={name}]", value)
    first.fill("[name=second_number]", chief.number)
    first.click("form.act button.pri")
    first.wait_for_url("**/office/slips/**")
    expect(first.locator("#read")).to_contain_text("7731901")
    assert not JournalEntry.objects.filter(kind="packet_handed_out").exists()
    sign_here(first, keeper)
    second.goto(f"{live_server.url}/office/slips/")
    second.click("table a")
    expect(second.locator("#read")).to_contain_text("7731901")
    expect(second.locator(f"[data-person={keeper.number}] [data-said]")).to_contain_text("已签认")
    sign_here(second, chief)
    for page in (first, second):
        expect(page.locator(".done")).to_contain_text("已记录")
    slip = Slip.objects.get()
    entry = JournalEntry.objects.get(kind="packet_handed_out")
    assert slip.recorded_index == entry.pk and bytes(slip.content) == b""
    attested = Proof.from_bytes(bytes(entry.proof)).attestations
    assert {one.proven.account for one in attested} == {keeper.number, chief.number}
    assert {one.proven.method for one in attested} == {"key"}
    assert judged() == []


def sign_here(page, account):
    row = page.locator(f"[data-person={account.number}]")
    row.locator("input").fill(PIN)
    row.locator("button").click()
    expect(row.locator("form")).to_have_count(0)
