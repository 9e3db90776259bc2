"""What a city gives its site besides the plan, and what the site's pages show of it: programs run beside real nodes."""

GIVE = """
import io, json, sys
import django; django.setup()
sys.path.insert(0, sys.argv[2])
from PIL import Image
from tests.terminal import Terminal
from kaowu.facts.devices import DeviceEnrolled
from kaowu.facts.envelope import Actor
from kaowu.facts.roster import RosterCorrected
from kaowu.store.models import SeatRow
from kaowu.store.queries import exams
from kaowu.web.counter import record
from kaowu.web.works.seat_replan import keep_photograph
exam, site = sys.argv[1], sys.argv[3]
officers = Actor("officer-1", "city_officer"), Actor("officer-2", "city_officer")
seat = SeatRow.objects.filter(exam_id=exam, site=site).order_by("-room", "seat").first()
out = io.BytesIO()
Image.new("RGB", (480, 640), (90, 120, 150)).save(out, "JPEG")
named = bytes.fromhex(keep_photograph(exam, out.getvalue()))
number, roster = seat.candidate.number, exams.plan(exam).roster
fact = RosterCorrected(before=roster.roster, roster=roster.roster, candidates=roster.candidates,
                       corrected=(number,), photographs=(number,), reason="补像")
record(fact, *officers, exam=exam, subject=exam, attachments=(roster.roster, named))
gate = Terminal("gate-1", exam, site)
record(DeviceEnrolled(device="gate-1", site=site, key=gate.key.verifying.to_text()), officers[0],
       exam=exam, subject="device/gate-1", site=site)
print(json.dumps({"ticket": seat.admission_number, "room": seat.room, "sitting": seat.sitting,
                  "secret": gate.key.secret.hex()}))
"""

SHOWN = """
import json, sys
import django; django.setup()
sys.path.insert(0, sys.argv[2])
from django.test import Client
from tests.terminal import Terminal
from kaowu.basics.suites import SigningKey
from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store.models import Account, Assignment, Organisation, RoomSitting, SeatRow
from kaowu.store.queries import exams
from kaowu.web.counter import clock
exam, given = sys.argv[1], json.loads(sys.argv[3])
seat = SeatRow.objects.get(admission_number=given["ticket"], room=given["room"])
sitting = exams.sittings(exam)[0]
at = f"/day/{exam}/{sitting.id}/{seat.site}/{seat.room}/"
unit = Organisation.objects.get(code=seat.site)
chief = Account.objects.open_account("chief-of-site", "主考", None, organisation=unit)
Assignment.objects.create(account=chief, post="chief_invigilator", organisation=unit)
browser = Client(HTTP_HOST="127.0.0.1")
browser.force_login(chief)
page = browser.get(f"{at}?seat={seat.seat}")
picture = browser.get(f"{at}photo/{seat.admission_number}.jpg")
others = [one.admission_number for one in SeatRow.objects.filter(site=seat.site, room=seat.room) if one.pk != seat.pk]
gate = Terminal("gate-1", exam, seat.site)
gate.key = SigningKey("gate-1", gate.key.kind, bytes.fromhex(given["secret"]))
fact = CandidateAdmitted(admission_number=seat.admission_number, identity="matched")
run = gate.run(gate.entry(fact, Actor(chief.number, "chief_invigilator"), at=clock.now() - 1_000,
                          subject=str(RoomSittingKey(sitting.id, seat.site, seat.room))))
forged = {**run, "signature": run["signature"][:-8] + "AAAAAAA="}
send = lambda sent: Client(HTTP_HOST="127.0.0.1").post("/api/v1/runs", json.dumps(sent), content_type="application/json")
room = RoomSitting.objects.filter(exam_id=exam, sitting=sitting.id, site=seat.site, room=seat.room)
before = room.get().entered
forged, good = send(forged), send(run)
after = room.get()
out = browser.get(f"{at}packet_handed_out/").content.decode()
print(json.dumps({
    "page": page.status_code, "has_picture": f"photo/{seat.admission_number}.jpg" in page.content.decode(),
    "picture": picture.status_code, "is_jpeg": picture.content[:3].hex(),
    "none": browser.get(f"{at}photo/{others[0]}.jpg").status_code,
    "packet": f"{seat.site}-{seat.room}-{sitting.id}-1" in out, "sheets": f"{after.expected + 1:,}" in out,
    "forged": forged.json()["code"], "run": good.status_code, "said": good.content.decode()[:300], "entered": after.entered - before,
}))
"""

TELL = """
import json, sys
import django; django.setup()
from kaowu.basics.ids import new_fact_id
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import RoomSittingKey
from kaowu.facts.violations import ViolationRecorded
from kaowu.loop.duty import Intent
from kaowu.store.models import RoomSitting, SeatRow
from kaowu.store.queries import exams
from kaowu.web.counter import clock, counter
exam = sys.argv[1]
row = RoomSitting.objects.filter(exam_id=exam).order_by("room").first()
sitting = next(s for s in exams.sittings(exam) if s.id == row.sitting)
seat = SeatRow.objects.filter(exam_id=exam, site=row.site, room=row.room).first()
fact = ViolationRecorded(admission_number=seat.admission_number, clause="6-4", found_by="video", narrative="欧阳青夹带纸条")
said = counter().submit(Intent(
    id=new_fact_id(clock.now()), fact=fact, exam=exam, subject=str(RoomSittingKey(row.sitting, row.site, row.room)),
    actors=(Actor("inv-a", "chief_invigilator"), Actor("inv-b", "assistant_invigilator")),
    stamped_at=sitting.starts_at, site=row.site))
print(json.dumps(str(said.id)))
"""

ERASE = """
import json, sys
import django; django.setup()
from kaowu.facts.envelope import Actor
from kaowu.facts.record import PersonalDataErased
from kaowu.web.counter import record
exam, id = sys.argv[1:3]
officers = Actor("officer-1", "city_officer"), Actor("officer-2", "city_officer")
print(json.dumps(str(record(PersonalDataErased(record=id, grounds="request"), *officers, exam=exam, subject=exam).id)))
"""

CARRIERS = """
import django; django.setup()
from kaowu.store.models import Account, Assignment, Organisation
unit = Organisation.objects.get(code="370400")
for number in ("stick-1", "stick-2"):
    account = Account.objects.open_account(number, number, "long-enough-77", organisation=unit)
    Assignment.objects.create(account=account, post="city_officer", organisation=unit)
print("null")
"""

LOG = """
import json, django; django.setup()
from kaowu.web.works.witnessing import origin, verifying_key
print(json.dumps([origin(), verifying_key().to_text()]))
"""
