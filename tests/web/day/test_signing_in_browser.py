"""In a real browser: the modules that sign agree with Python, byte for byte, and their keys never leave it."""

import json
import random
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from tests.services import CHROMIUM_FLAGS, SLOW_MS

from kaowu.basics import canonical
from kaowu.basics.suites import INTERNATIONAL, VerifyingKey
from kaowu.engines.ledger.persons import is_held

VECTORS = (Path(__file__).parents[2] / "vectors" / "signing" / "vectors.json").read_text("utf-8")

READ = """
async ([vectors, more]) => {
  const cbor = await import("/static/kaowu/signing/cbor.js"), entries = await import("/static/kaowu/signing/entries.js");
  const keys = await import("/static/kaowu/signing/keys.js");
  const { toHex: hex, fromHex: bytes } = entries, faults = [];
  const check = (what, found, wanted) => { if (found !== wanted) faults.push([what, found, wanted]); };
  const refuses = (what, act) => { try { act(); faults.push([what, "taken"]); } catch (e) { if (!(e instanceof cbor.NotCanonical)) faults.push([what, String(e)]); } };
  const value = (tagged) => {
    if (tagged === null || typeof tagged !== "object") return tagged;
    const [[kind, content]] = Object.entries(tagged);
    if (kind === "int") return Number.isSafeInteger(Number(content)) ? Number(content) : BigInt(content);
    if (kind === "bytes") return bytes(content);
    if (kind === "list") return content.map(value);
    if (kind === "map") return new Map(content.map(([key, item]) => [value(key), value(item)]));
    return content;
  };
  for (const one of [...vectors.values, ...more]) {
    check("value " + one.cbor, hex(cbor.encode(value(one.value))), one.cbor);
    check("back " + one.cbor, hex(cbor.encode(cbor.decode(bytes(one.cbor)))), one.cbor);
  }
  for (const [why, spelt] of Object.entries(vectors.refused)) refuses(why, () => cbor.decode(bytes(spelt)));
  for (const tagged of vectors.unfit) refuses(JSON.stringify(tagged), () => cbor.encode(value(tagged)));
  for (const odd of [1.5, NaN, undefined, new Date(), 2 ** 53]) refuses(String(odd), () => cbor.encode(odd));
  for (const one of vectors.entries) {
    const fact = { ...one.fact, id: bytes(one.fact.id), commitment: one.fact.commitment && bytes(one.fact.commitment), plan: one.fact.plan && bytes(one.fact.plan) };
    const entry = entries.entryOf(fact, one.sequence, bytes(one.previous));
    check("entry", hex(entry), one.entry);
    check("digest", hex(await entries.sha256(entry)), one.digest);
    check("deed", hex(entries.deedOf(entry)), one.deed);
  }
  for (const run of vectors.runs) check("run", hex(await entries.runMessage(run.device, run.digests.map(bytes))), run.message);
  for (const one of vectors.persons) {
    check("person", hex(entries.personMessage(one, bytes(one.digest))), one.deed_message);
    check("attestation", hex(entries.attestationMessage(one, bytes(one.digest))), one.attestation_message);
  }
  for (const key of vectors.keys) {
    const scheme = key.scheme === "P256" ? { name: "ECDSA", namedCurve: "P-256" } : { name: "Ed25519" };
    const imported = await crypto.subtle.importKey("raw", bytes(key.public), scheme, true, ["verify"]).catch(() => null);
    if (imported) check("key", await keys.keyText(key.name, key.scheme, imported), key.text);
    else if (key.scheme === "P256") faults.push(["P-256 must be there"]);
    check("possession", hex(entries.possessionMessage(key.text, "gk2027")), key.possession);
  }
  check("id", entries.idText(entries.newId(vectors.id.at, bytes(vectors.id.chance))), vectors.id.id);
  const told = vectors.commitment;
  check("commitment", hex(await entries.commitmentOf(told.personal, bytes(told.salt))), told.commitment);
  return faults;
}
"""

KEYS = """
async () => {
  const keys = await import("/static/kaowu/signing/keys.js"), entries = await import("/static/kaowu/signing/entries.js");
  const drawer = await import("/static/kaowu/signing/drawer.js"), persons = await import("/static/kaowu/signing/persons.js");
  const device = await keys.makeDeviceKey("gate-7");
  let handed = null;
  await persons.makeAndEnrol("chief-1/0a", "gk", "482913", async (text, held) => { handed = { text, held }; return null; });
  const [kept] = await persons.heldHere("gk", "chief-1"), right = await keys.openPersonKey(kept, "482913");
  const refused = await persons.makeAndEnrol("chief-1/0b", "gk", "482913", async () => ({ code: "no" }));
  const exported = async (key) => crypto.subtle.exportKey("pkcs8", key).then(() => true, () => false);
  const fields = Object.values(kept).filter((one) => one instanceof CryptoKey);
  return {
    device: { scheme: device.scheme, extractable: device.privateKey.extractable, exported: await exported(device.privateKey) },
    opened: { extractable: right.extractable, exported: await exported(right) },
    wrong: await keys.openPersonKey(kept, "482914"),
    handed, kept: (await drawer.all("persons")).map((one) => one.name), refused,
    lying: fields.map((key) => [key.algorithm.name, key.extractable]),
    signed: await persons.signDeed(kept, "482913", new Uint8Array([1, 2, 3]), 7),
  };
}
"""


@pytest.fixture
def page(chromium_path, live_server, monkeypatch):
    """A page of the node; the browser's own loop does not concern the database."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))
        page = browser.new_page()
        page.set_default_timeout(SLOW_MS)
        page.goto(f"{live_server.url}/account/sign-in/")
        yield page
        browser.close()


def tagged(value):
    match value:
        case None | bool():
            return value
        case int():
            return {"int": str(value)}
        case str():
            return {"text": value}
        case bytes():
            return {"bytes": value.hex()}
        case list():
            return {"list": [tagged(item) for item in value]}
    return {"map": [[tagged(key), tagged(item)] for key, item in value.items()]}


def some_value(chance, depth=0):
    """A value of any shape that has a canonical form."""
    size = chance.choice([0, 1, 3, 23, 24])
    kinds = "nbitxlmk" if depth < 4 else "nbitx"
    match chance.choice(kinds):
        case "n":
            return None
        case "b":
            return chance.random() < 0.5
        case "i":
            return chance.choice([-1, 1]) * chance.getrandbits(chance.choice([3, 8, 16, 32, 53, 63]))
        case "t":
            return "".join(chance.choice("aZ 考欧𬎆·\n") for _ in range(size))
        case "x":
            return chance.randbytes(size)
        case "l":
            return [some_value(chance, depth + 1) for _ in range(size % 7)]
        case "m":
            return {str(chance.getrandbits(20)): some_value(chance, depth + 1) for _ in range(size % 7)}
    return {
        chance.getrandbits(chance.choice([4, 8, 40])): some_value(chance, depth + 1) for _ in range(size % 7)
    }


@pytest.mark.django_db(transaction=True)
def test_the_browser_spells_signs_and_names_as_python_does(page):
    chance = random.Random(20270607)
    more = [some_value(chance) for _ in range(400)]
    spelt = [{"value": tagged(value), "cbor": canonical.encode(value).hex()} for value in more]
    assert page.evaluate(READ, [json.loads(VECTORS), spelt]) == []


@pytest.mark.django_db(transaction=True)
def test_keys_are_made_in_the_browser_and_cannot_be_taken_out_of_it(page):
    found = page.evaluate(KEYS)
    assert found["device"]["scheme"] in ("Ed25519", "P256")
    assert not found["device"]["extractable"] and not found["device"]["exported"]
    assert not found["opened"]["extractable"] and not found["opened"]["exported"]
    assert found["wrong"] is None, "another PIN opens nothing"
    assert found["lying"] == [["AES-GCM", False]], "no signing key lies open in the store"
    assert found["kept"] == ["chief-1/0a"] and found["refused"] == {"code": "no"}
    key = VerifyingKey.from_text(found["handed"]["text"])
    assert key.name == "chief-1/0a" and is_held(key, "gk", found["handed"]["held"], INTERNATIONAL)
    assert found["signed"]["credential"] == "chief-1/0a" and found["signed"]["method"] == "key"
