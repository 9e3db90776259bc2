"""What an entry holds of personal fields: nothing is recorded that no archive could hold."""

import pytest

from kaowu.basics import canonical
from kaowu.basics.errors import Refused
from kaowu.engines.ledger import frames
from kaowu.facts.envelope import LONGEST_PERSONAL, commitment


def test_personal_fields_are_recorded_as_long_as_an_archive_can_hold_them_and_no_longer():
    assert LONGEST_PERSONAL == frames.LONGEST_PERSONAL
    most = LONGEST_PERSONAL - len(canonical.encode({"typed": "x" * 65_000})) + 65_000
    assert commitment({"typed": "x" * most}, bytes(32)) is not None
    with pytest.raises(Refused, match="fact_too_long"):
        commitment({"typed": "x" * (most + 1)}, bytes(32))
