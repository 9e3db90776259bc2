"""What people read on the finished papers."""

from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from PIL import Image
from tests.inner.reports.reading import DIGEST, PRINTED_AT, codes, joined, points, texts

from kaowu.basics.seat_grid import SeatGrid
from kaowu.reports import registry, samples
from kaowu.reports.contents import LabelSheet, PacketLine, RoomContents
from kaowu.reports.lettering import fitted, wrapped
from kaowu.reports.typesetting import LayoutOverflow

RARE = "丁𬎆𪚥𠮷"  # from the planes where one character takes two UTF-16 units
KANGXI = "金方文石高一白"  # each has a twin among the Kangxi radicals


def print_it(name, contents):
    return registry.document(name).render(contents, PRINTED_AT, DIGEST)


def one_ticket(**changed):
    first = samples.sample_tickets().tickets[0]
    return replace(samples.sample_tickets(), tickets=(replace(first, **changed),))


def room_of(seats, grid=None):
    head = replace(samples.sample_rooms().rooms[0].room, grid=grid)
    room = RoomContents(head, samples.sample_sittings()[0], tuple(seats))
    return replace(samples.sample_rooms(), rooms=(room,))


@pytest.mark.parametrize("name", [each.id for each in registry.documents()])
def test_every_document_prints_its_sample_with_page_number_digest_and_time(name):
    document = registry.document(name)
    pages = texts(document.render(document.sample(), PRINTED_AT, DIGEST))
    assert len(pages) == len(document.pages(document.sample())) > 0
    for page in map(joined, pages):
        assert "2027年6月6日15:20印" in page
        assert "b6d208f5" in page
        assert "页共" in page


@pytest.mark.parametrize("name", [each.id for each in registry.documents()])
def test_the_same_contents_print_to_the_same_bytes(name):
    document = registry.document(name)
    first = document.render(document.sample(), PRINTED_AT, DIGEST)
    assert document.render(document.sample(), PRINTED_AT, DIGEST) == first
    assert document.render(document.sample(), PRINTED_AT, "00000000") != first


@pytest.mark.parametrize(
    "name", ["王小明", "买买提依明·阿卜杜热合曼", RARE, KANGXI, "O'NEIL MARY-ANN", "㛃䶮〇"]
)
def test_a_name_can_be_found_again_letter_by_letter(name):
    text = joined(texts(print_it("admission-ticket", one_ticket(name=name)))[0])
    assert joined(name) in text
    assert not any(0x2E80 <= ord(letter) <= 0x2FDF for letter in text)


def test_leading_zeros_stay_on_ticket_label_and_check_list():
    ticket = one_ticket(admission_number="0037010100305")
    assert "0037010100305" in joined(texts(print_it("admission-ticket", ticket))[0])
    seat = replace(samples.sample_seat(3), admission_number="0037010100303")
    label = texts(print_it("seat-labels", room_of([seat])))[0]
    assert "0037010100303" in joined(label)
    assert "03" in label.split()
    assert "00303" in texts(print_it("check-list", room_of([seat])))[0].split()


def test_the_code_of_a_ticket_scans_and_holds_identifiers_only():
    contents = one_ticket(name="王小明")
    ticket = contents.tickets[0]
    (code,) = codes(print_it("admission-ticket", contents))
    assert code == f"KW:2027-gaokao:{ticket.admission_number}:{ticket.candidate_number}"
    (other,) = codes(print_it("admission-ticket", one_ticket(code="KW1.abc")))
    assert other == "KW1.abc"


def test_the_document_number_is_masked_unless_the_profile_asks_for_all():
    contents = one_ticket(document_number="370402200901010417")
    assert "370402********0417" in texts(print_it("admission-ticket", contents))[0]
    seats = [replace(samples.sample_seat(1), document_number="37040220090101041X")]
    masked = texts(print_it("check-list", room_of(seats)))[0]
    assert "01041X" in masked
    assert "37040220090101041X" not in masked
    told = replace(room_of(seats), exam=replace(samples.EXAM, shows_full_document_number=True))
    assert "37040220090101041X" in joined(texts(print_it("check-list", told))[0])


def test_a_door_hides_names_unless_the_exam_says_otherwise():
    contents = room_of([replace(samples.sample_seat(1), name="欧阳明月")])
    assert "欧○○" in joined(texts(print_it("door-list", contents))[0])
    told = replace(contents, exam=replace(samples.EXAM, door_shows_full_names=True))
    assert "欧阳明月" in joined(texts(print_it("door-list", told))[0])


@pytest.mark.feature("ENT-07")
def test_each_room_has_its_own_check_list_with_every_candidate_and_empty_seat():
    full, part = texts(print_it("check-list", samples.sample_rooms()))
    assert "012" in full
    assert "013" in part
    for seat in samples.sample_rooms().rooms[1].seats:
        assert seat.admission_number[-5:] in part.split()
    assert part.count("空座") == 5
    assert part.count("无照片") == 25
    assert full.count("无照片") == 1


@pytest.mark.parametrize(
    ("layout", "pages"),
    [((7, 8, 8, 7), 1), ((6,) * 5, 1), ((8, 8, 7, 7), 1), ((5,) * 6, 1), ((10,) * 6, 2), ((6,) * 8, 2)],
)
def test_the_check_list_follows_the_desks_of_the_room(layout, pages):
    grid = SeatGrid(layout)
    seats = [samples.sample_seat(number) for number in range(1, min(grid.seats, 60) + 1)]
    found = texts(print_it("check-list", room_of(seats, grid)))
    assert len(found) == pages
    words = " ".join(found).split()
    assert all(f"{number:02}" in words for number in range(1, grid.seats + 1))


def test_a_room_without_a_known_grid_still_prints_everybody():
    seats = [samples.sample_seat(number) for number in range(1, 41)]
    words = " ".join(texts(print_it("check-list", room_of(seats)))).split()
    assert all(seat.admission_number[-5:] in words for seat in seats)


def test_labels_move_by_the_millimetres_a_printer_is_off():
    plain = room_of([samples.sample_seat(1)])
    moved = replace(plain, labels=LabelSheet(shift_x_mm=5, shift_y_mm=-3))
    first, second = points(print_it("seat-labels", plain)), points(print_it("seat-labels", moved))
    per_mm = first.shape[1] / 210
    for axis, shift in ((0, 5), (1, -3)):
        # The label's thin frame is the first thing drawn from either edge.
        before = (first[:700] < 250).any(axis=axis).argmax()
        after = (second[:700] < 250).any(axis=axis).argmax()
        assert (after - before) / per_mm == pytest.approx(shift, abs=0.4)


def test_more_candidates_than_labels_go_on_to_the_next_sheet():
    contents = room_of([samples.sample_seat(number) for number in range(1, 31)])
    assert len(texts(print_it("seat-labels", contents))) == 1
    small = replace(contents, labels=LabelSheet(columns=2, rows=7, width_mm=99, height_mm=38))
    assert len(texts(print_it("seat-labels", small))) == 3


@pytest.mark.feature("PAP-04")
def test_a_hand_over_slip_lists_every_packet_and_sums_on_its_last_page():
    sitting, other = samples.sample_sittings()[:2]
    packets = [PacketLine(f"P{n:05}", sitting, f"{n:03}", 30, seal_number=f"S{n:05}") for n in range(1, 45)]
    packets += [PacketLine("P90001", sitting, "备用", 31, spare=True), PacketLine("Q00001", other, "001", 29)]
    contents = replace(samples.sample_site(), packets=tuple(packets))
    pages = [joined(page) for page in texts(print_it("handover-slip", contents))]
    assert len(pages) == 4
    assert "合计" not in pages[0] + pages[1]
    assert "合计45袋（其中备用1袋）" in pages[2]
    assert "1,351份" in pages[2]
    assert "合计1袋" in pages[3]
    for party in ("交方", "接方", "监交", "签名（一）", "签名（二）", "封装完好"):
        assert party in pages[2]
    assert all(packet.packet_number in "".join(pages) for packet in packets)


def test_photographs_are_shown_as_they_were_registered():
    contents = one_ticket(photo=samples.portrait(7))
    with pikepdf.open(BytesIO(print_it("admission-ticket", contents))) as pdf:
        shown = [
            bytes(thing.read_raw_bytes())
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Filter") == "/DCTDecode"
        ]
    assert shown == [samples.portrait(7)]


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(480, 640), (358, 441)])
def test_any_usual_picture_is_shown_dark_where_it_is_dark(mode, kind, size):
    if (kind, mode) == ("PNG", "CMYK"):
        mode = "P"
    buffer = BytesIO()
    Image.new("RGB", size, (10, 10, 10)).convert(mode).save(buffer, kind)
    page = points(print_it("admission-ticket", one_ticket(photo=buffer.getvalue())))
    per_mm = page.shape[1] / 210
    inside = page[int(45 * per_mm) : int(75 * per_mm), int(22 * per_mm) : int(48 * per_mm)]
    assert inside.mean() < 60


def test_a_damaged_photograph_leaves_a_frame_and_costs_nobody_their_paper():
    whole = BytesIO()
    Image.effect_noise((300, 300), 90).convert("RGB").save(whole, "PNG")
    cut = whole.getvalue()[:2000]
    tickets = samples.sample_tickets().tickets[:2]
    spoiled = (replace(tickets[0], photo=cut), replace(tickets[1], photo=b"no picture"))
    contents = replace(samples.sample_tickets(), tickets=(*spoiled, tickets[1]))
    pages = texts(print_it("admission-ticket", contents))
    assert [page.count("粘贴照片") for page in pages] == [1, 1, 0]


def test_names_are_data_and_never_commands():
    name = '#panic("x")\\ $1$ *b* `c` <a> @b'
    text = joined(texts(print_it("admission-ticket", one_ticket(name=name)))[0])
    assert joined(name) in text


@pytest.mark.parametrize("length", [2, 6, 12, 20, 35, 50])
def test_the_longest_names_are_whole_on_every_paper_of_a_room(length):
    name = ("古丽巴哈尔·阿不都热依木·买买提依明·" * 4)[:length].rstrip("·")
    contents = room_of([replace(samples.sample_seat(1), name=name)])
    for paper in ("check-list", "seat-labels"):
        assert name in joined(texts(print_it(paper, contents))[0])
    assert name in joined(texts(print_it("admission-ticket", one_ticket(name=name)))[0])


def test_a_layout_that_runs_over_its_page_is_a_defect_and_not_a_longer_file():
    door = registry.document("door-list")
    running = replace(door, layout='#import "paper.typ": *\n#let page-of(d) = { [a]; pagebreak(); [b] }')
    with pytest.raises(LayoutOverflow):
        running.render(samples.sample_rooms(), PRINTED_AT, DIGEST)


def test_a_line_never_parts_a_figure_from_its_sign_nor_ends_with_an_opening_bracket():
    said = "总体误读率不超过百万分之 1,586（0.1586%）。没有达到目标。"
    for room in range(60, 120):
        lines = wrapped(said, room, 12)
        assert "".join(lines).replace(" ", "") == said.replace(" ", "")
        assert not [line for line in lines if line[-1] in "（0.," or line[0] in "%）。"], lines


def test_a_list_on_a_badge_parts_between_its_posts():
    [first, *_more] = fitted("主监考（监考甲）、视频监控员、流动监考员", 30, 11)["lines"]
    assert str(first).endswith("、")
