"""The bytes that terminals and persons sign, from the vectors that the browser reads as well."""

import hashlib
import json
from pathlib import Path

import pytest

from kaowu.basics import canonical
from kaowu.basics.ids import new_fact_id
from kaowu.basics.suites import P256, VerifyingKey
from kaowu.engines.ledger.entries import read_entry
from kaowu.engines.ledger.persons import deed_of, possession_message
from kaowu.engines.ledger.runs import Proven, run_message
from kaowu.facts.envelope import Envelope, commitment

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "signing" / "vectors.json").read_text("utf-8"))


def value_of(tagged):
    if not isinstance(tagged, dict):
        return tagged
    [(kind, content)] = tagged.items()
    match kind:
        case "int":
            return int(content)
        case "bytes":
            return bytes.fromhex(content)
        case "list":
            return [value_of(item) for item in content]
        case "map":
            return {value_of(key): value_of(item) for key, item in content}
    return content


@pytest.mark.parametrize("case", VECTORS["values"], ids=lambda case: case["cbor"][:16])
def test_each_value_has_its_one_spelling(case):
    assert canonical.encode(value_of(case["value"])).hex() == case["cbor"]
    assert canonical.decode(bytes.fromhex(case["cbor"])) == value_of(case["value"])


@pytest.mark.parametrize("why", VECTORS["refused"])
def test_other_spellings_are_refused(why):
    with pytest.raises(canonical.NotCanonical):
        canonical.decode(bytes.fromhex(VECTORS["refused"][why]))


@pytest.mark.parametrize("tagged", VECTORS["unfit"], ids=str)
def test_what_has_no_canonical_form_is_refused(tagged):
    with pytest.raises(canonical.NotCanonical):
        canonical.encode(value_of(tagged))


def test_entries_and_their_deeds():
    for case in VECTORS["entries"]:
        entry = bytes.fromhex(case["entry"])
        assert Envelope.from_map(read_entry(entry)).to_bytes() == entry
        assert hashlib.sha256(entry).hexdigest() == case["digest"]
        assert deed_of(entry).hex() == case["deed"]


def test_messages_of_runs_of_persons_and_of_new_keys():
    for case in VECTORS["runs"]:
        digests = [bytes.fromhex(one) for one in case["digests"]]
        assert run_message(case["device"], digests).hex() == case["message"]
    for case in VECTORS["persons"]:
        proven = Proven(*(case[name] for name in ("account", "credential", "method", "at")))
        assert proven.deed_message(bytes.fromhex(case["digest"])).hex() == case["deed_message"]
        assert proven.message(bytes.fromhex(case["digest"])).hex() == case["attestation_message"]
    for case in VECTORS["keys"]:
        key = VerifyingKey.from_text(case["text"])
        assert (key.public.hex(), key.name) == (case["public"], case["name"])
        assert possession_message(key, "gk2027").hex() == case["possession"]
    assert VerifyingKey.from_text(VECTORS["keys"][1]["text"]).kind == P256


def test_ids_and_commitments():
    case = VECTORS["id"]
    assert str(new_fact_id(case["at"], bytes.fromhex(case["chance"]))) == case["id"]
    case = VECTORS["commitment"]
    assert commitment(case["personal"], bytes.fromhex(case["salt"])).hex() == case["commitment"]
