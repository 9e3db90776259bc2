/* kaowu · entries of the journal and what is signed of them (docs/reference/journal-format.md, sections 2 and 6). */

import { encode, endOf, joined } from "./cbor.js";

export const MOST_IN_RUN = 128;
export const ZEROS = new Uint8Array(32);
export const BY_KEY = "key";

const text = (words) => new TextEncoder().encode(words);

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/* UUIDv7 (RFC 9562) for an instant in milliseconds */
export function newId(at, chance = crypto.getRandomValues(new Uint8Array(10))) {
  const noise = BigInt("0x" + toHex(chance));
  const head = (BigInt(at) << 80n) | (7n << 76n) | (((noise >> 62n) & 0xfffn) << 64n) | (2n << 62n);
  return fromHex((head | (noise & ((1n << 62n) - 1n))).toString(16).padStart(32, "0"));
}

export function idText(id) {
  const hex = toHex(id);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/* the canonical entry of a fact behind the head of its device's chain */
export function entryOf(fact, sequence, previous) {
  return encode(new Map([
    [1, 1], [2, fact.id], [3, fact.kind], [4, fact.exam], [5, fact.site], [6, fact.device], [7, sequence], [8, previous],
    [9, fact.stampedAt], [10, fact.timeSource], [11, fact.actors], [12, fact.subject], [13, fact.payload], [14, fact.corrects || null],
    [15, fact.attachments || []], [16, fact.commitment || null], [17, fact.plan || null],
  ]));
}

export async function commitmentOf(personal, salt) {
  return Object.keys(personal).length ? sha256(joined([Uint8Array.of(2), salt, encode(personal)])) : null;
}

/* what persons sign: the entry without its fields 7 and 8, the place in the chain */
export function deedOf(entry) {
  let at = 1, begin = 0;
  for (let item = 1; item <= 16; item++) {
    at = endOf(entry, at);
    if (item === 12) begin = at;
  }
  return joined([entry.slice(0, begin), entry.slice(at)]);
}

/* what the signature of a run is over: the device, how many entries, the root of a tree over their digests */
export async function runMessage(device, digests) {
  return joined([text("kaowu run 2\n" + device + "\n" + digests.length + "\n"), await rootOf(digests)]);
}

export function attestationMessage(one, entryDigest) {
  return joined([text(`kaowu attestation 1\n${one.account}\n${one.credential}\n${one.method}\n${one.at}\n`), entryDigest]);
}

export function personMessage(one, deedDigest) {
  return joined([text(`kaowu person 1\n${one.account}\n${one.credential}\n${one.at}\n`), deedDigest]);
}

export function possessionMessage(keyText, exam) {
  return text(`kaowu person key 1\n${exam}\n${keyText}\n`);
}

export function askMessage(device, at) {
  return text(`kaowu terminal asks 1\n${device}\n${at}\n`);
}

async function rootOf(digests) {
  if (digests.length === 1) return digests[0];
  let left = 1;
  while (left * 2 < digests.length) left *= 2;
  return sha256(joined([Uint8Array.of(1), await rootOf(digests.slice(0, left)), await rootOf(digests.slice(left))]));
}

export function toHex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(hex) {
  return Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
}

export function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export function fromBase64(encoded) {
  return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
}
