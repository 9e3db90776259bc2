"""The pack of one site: its order, its counts, its findings, and stopping it."""

from dataclasses import replace

import pikepdf
import pytest
from tests.inner.reports.reading import DIGEST, PRINTED_AT, joined, texts

from kaowu.reports import print_pack, registry, samples


def build(contents, path, progress=None, **more):
    return print_pack.build(contents, path, progress, printed_at=PRINTED_AT, digest=DIGEST, **more)


def test_the_cover_counts_the_very_pages_behind_it(tmp_path):
    summary = build(samples.sample_site(), tmp_path / "pack.pdf")
    pages = [joined(page) for page in texts(tmp_path / "pack.pdf")]
    assert len(pages) == summary.pages == 1 + sum(line.pages for line in summary.counts)
    assert f"合计（含本页）{summary.pages}" in pages[0]
    for line in summary.counts:
        assert f"{line.zh}{line.copies}{line.unit}{line.pages}" in pages[0]


def test_a_pack_lies_in_the_order_it_is_handed_out(tmp_path):
    build(samples.sample_site(), tmp_path / "pack.pdf")
    pages = [joined(page) for page in texts(tmp_path / "pack.pdf")]
    assert "考点打印包" in pages[0]
    assert "试卷交接单" in pages[1]
    for start, room in ((2, "012"), (6, "013")):
        assert f"第{room}考场" in pages[start]
        assert f"{room}考场" in pages[start + 1]
        assert "考场核对表" in pages[start + 2]
        assert "考场情况记录单" in pages[start + 3]
    tickets = pages[10:]
    assert len(tickets) == 30
    batches = [
        "望川县第二中学" if "望川县第二中学毕业" in page or "望川县第二中学" in page else ""
        for page in tickets
    ]
    assert all("准考证" in page for page in tickets)
    assert batches == sorted(batches)


def test_pages_of_a_document_are_counted_through_the_site(tmp_path):
    build(samples.sample_site(), tmp_path / "pack.pdf")
    pages = [joined(page) for page in texts(tmp_path / "pack.pdf")]
    assert "第1页共2页" in pages[4]
    assert "第2页共2页" in pages[8]
    assert all("第1页共1页" in page for page in pages[10:])


def test_a_letter_no_face_can_draw_is_a_finding_with_number_and_code_point(tmp_path):
    seat = replace(samples.sample_seat(1), name="王\U00031350明", candidate_number="27370301200777")
    room = replace(samples.sample_rooms().rooms[0], seats=(seat, samples.sample_seat(2)))
    summary = build(replace(samples.sample_rooms(), rooms=(room,)), tmp_path / "pack.pdf")
    (finding,) = summary.findings
    assert finding.code == "glyph_missing"
    assert "27370301200777" in finding.sentence.zh
    assert "U+31350" in finding.sentence.zh
    cover = joined(texts(tmp_path / "pack.pdf")[0])
    assert "须先处理1项" in cover
    assert "U+31350" in cover


def test_a_pack_without_faults_says_so(tmp_path):
    room = replace(samples.sample_rooms().rooms[0], seats=(samples.sample_seat(2),))
    summary = build(replace(samples.sample_rooms(), rooms=(room,)), tmp_path / "pack.pdf")
    assert summary.findings == ()
    assert "须先处理" not in joined(texts(tmp_path / "pack.pdf")[0])


def test_a_photograph_that_cannot_be_opened_is_a_finding(tmp_path):
    seat = replace(samples.sample_seat(2), photo=b"GIF89a")
    room = replace(samples.sample_rooms().rooms[0], seats=(seat,))
    summary = build(replace(samples.sample_rooms(), rooms=(room,)), tmp_path / "pack.pdf")
    assert [finding.code for finding in summary.findings] == ["photo_unreadable"]


def test_progress_is_told_and_a_cancelled_pack_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(print_pack, "PAGES_PER_CHUNK", 15)
    told = []
    build(samples.sample_site(), tmp_path / "whole.pdf", lambda *at: told.append(at))
    assert told == [(15, 40), (30, 40), (40, 40)]
    with pytest.raises(print_pack.Cancelled):
        build(samples.sample_site(), tmp_path / "part.pdf", lambda done, total: done < 30)
    assert [path.name for path in tmp_path.iterdir()] == ["whole.pdf"]


def test_chunks_and_processes_change_nothing_that_is_read(tmp_path, monkeypatch):
    build(samples.sample_site(), tmp_path / "one.pdf")
    monkeypatch.setattr(print_pack, "PAGES_PER_CHUNK", 7)
    build(samples.sample_site(), tmp_path / "chunks.pdf")
    with print_pack.Press(2) as press:
        build(samples.sample_site(), tmp_path / "press.pdf", press=press)
    assert texts(tmp_path / "one.pdf") == texts(tmp_path / "chunks.pdf")
    assert (tmp_path / "chunks.pdf").read_bytes() == (tmp_path / "press.pdf").read_bytes()


def test_a_cancelled_press_is_free_for_the_next_pack(tmp_path, monkeypatch):
    monkeypatch.setattr(print_pack, "PAGES_PER_CHUNK", 5)
    with print_pack.Press(2) as press:
        with pytest.raises(print_pack.Cancelled):
            build(samples.sample_site(), tmp_path / "part.pdf", lambda done, total: False, press=press)
        assert list(tmp_path.iterdir()) == []
        assert build(samples.sample_rooms(), tmp_path / "next.pdf", press=press).pages == 9


def test_a_spare_room_has_its_papers_though_nobody_sits_there(tmp_path):
    spare = replace(samples.sample_rooms().rooms[0], seats=())
    spare = replace(spare, room=replace(spare.room, number="901", kind="备用考场"))
    build(replace(samples.sample_rooms(), rooms=(spare,)), tmp_path / "pack.pdf")
    _cover, door, check, record = (joined(page) for page in texts(tmp_path / "pack.pdf"))
    assert "备用考场" in door
    assert check.count("空座") == 30
    assert "应到0" in check
    assert "901" in record


def test_a_pack_may_leave_documents_out(tmp_path):
    chosen = [registry.document("door-list")]
    summary = build(samples.sample_site(), tmp_path / "doors.pdf", documents=chosen)
    assert [line.document for line in summary.counts] == ["door-list"]
    with pikepdf.open(tmp_path / "doors.pdf") as pdf:
        assert len(pdf.pages) == 3
        assert str(pdf.docinfo["/CreationDate"]) == "D:20270606152000+08'00"
