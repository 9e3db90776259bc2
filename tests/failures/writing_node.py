"""A node in a process of its own that admits candidates and says each receipt aloud; to be killed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(data: str, rooms: int, max_pages: int) -> None:
    """Admit the candidates of `rooms` rooms, printing `id index` once each is on disk."""
    os.environ["KAOWU_DATA"] = data
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from benchmarks import desk_admit as bench
    from django.db import connection

    from kaowu.basics.ids import new_fact_id
    from kaowu.facts.entry import CandidateAdmitted
    from kaowu.facts.envelope import Actor
    from kaowu.loop.duty import Intent
    from kaowu.web.counter import clock, counter

    if max_pages:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {max_pages}")
    for n in range(rooms * bench.ROOM_SEATS):
        now = clock.now()
        intent = Intent(
            new_fact_id(now),
            CandidateAdmitted(admission_number=bench._ticket(n), identity="matched"),
            bench.EXAM,
            f"01/{bench.SITE}/{bench._room(n)}",
            (Actor("inv-1", "chief_invigilator"),),
            now,
            bench.SITE,
            f"gate-{n % 3}",
        )
        try:
            receipt = counter().submit(intent)
        except Exception as error:
            print("refused", type(error).__name__, flush=True)
            continue
        print(receipt.id, receipt.index, flush=True)
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
