/* kaowu · deterministic CBOR (docs/reference/journal-format.md, section 1), as basics/canonical.py has it.

   Integers within 64 bits, text in NFC, bytes, true, false, null, lists, and maps whose keys are all text or all
   whole numbers. What has no canonical form is refused; bytes that would be spelt differently are refused. */

export class NotCanonical extends Error {}

const LIMIT = 2n ** 64n;
const DEEPEST = 400;

export function encode(value) {
  const parts = [];
  write(value, parts, 0);
  return joined(parts);
}

export function decode(bytes) {
  const [value, end] = read(bytes, 0, 0);
  if (end !== bytes.length) throw new NotCanonical("bytes follow the value");
  if (!equal(encode(value), bytes)) throw new NotCanonical("the same value has another, canonical spelling");
  return value;
}

/* where the item that begins at `at` ends */
export function endOf(bytes, at) {
  return read(bytes, at, 0)[1];
}

export function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { bytes.set(part, at); at += part.length; }
  return bytes;
}

export function equal(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function write(value, parts, depth) {
  if (value === null) parts.push(Uint8Array.of(0xf6));
  else if (value === true || value === false) parts.push(Uint8Array.of(value ? 0xf5 : 0xf4));
  else if (typeof value === "number" || typeof value === "bigint") writeNumber(value, parts);
  else if (typeof value === "string") {
    const text = new TextEncoder().encode(plain(value));
    parts.push(head(3, text.length), text);
  } else if (value instanceof Uint8Array) parts.push(head(2, value.length), value);
  else if (Array.isArray(value)) {
    deeper(value.length, depth);
    parts.push(head(4, value.length));
    for (const item of value) write(item, parts, depth + 1);
  } else if (value instanceof Map || (value && Object.getPrototypeOf(value) === Object.prototype)) writeMap(value, parts, depth);
  else throw new NotCanonical(typeof value + " has no canonical form");
}

function writeNumber(value, parts) {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new NotCanonical("not a whole number that is safe");
  const number = BigInt(value);
  if (number < -LIMIT || number >= LIMIT) throw new NotCanonical("integer outside 64 bits");
  parts.push(number < 0n ? head(1, -1n - number) : head(0, number));
}

function writeMap(value, parts, depth) {
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const kinds = new Set(entries.map(([key]) => (typeof key === "bigint" ? "number" : typeof key)));
  if (kinds.size > 1 || [...kinds].some((kind) => kind !== "string" && kind !== "number")) throw new NotCanonical("keys of a map are all text or all integers");
  if (entries.some(([key]) => typeof key !== "string" && key < 0)) throw new NotCanonical("negative key");
  deeper(entries.length, depth);
  const sorted = entries.map(([key, item]) => [encode(key), item]).sort(([one], [other]) => order(one, other));
  if (sorted.some(([key], at) => at && equal(key, sorted[at - 1][0]))) throw new NotCanonical("a key twice");
  parts.push(head(5, sorted.length));
  for (const [key, item] of sorted) { parts.push(key); write(item, parts, depth + 1); }
}

function deeper(length, depth) {
  if (length && depth === DEEPEST) throw new NotCanonical("nested too deeply");
}

function plain(text) {
  if (text !== text.normalize("NFC")) throw new NotCanonical("text is not in NFC");
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)) throw new NotCanonical("half a character");
  return text;
}

function order(one, other) {
  const shorter = Math.min(one.length, other.length);
  for (let at = 0; at < shorter; at++) if (one[at] !== other[at]) return one[at] - other[at];
  return one.length - other.length;
}

function head(major, argument) {
  const number = BigInt(argument), first = major << 5;
  if (number < 24n) return Uint8Array.of(first | Number(number));
  const width = number < 0x100n ? 1 : number < 0x10000n ? 2 : number < 0x100000000n ? 4 : 8;
  const bytes = new Uint8Array(1 + width);
  bytes[0] = first | (24 + Math.log2(width));
  for (let at = width, rest = number; at > 0; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return bytes;
}

function read(bytes, at, depth) {
  if (at >= bytes.length) throw new NotCanonical("breaks off");
  const major = bytes[at] >> 5, short = bytes[at] & 31;
  if (major === 7) {
    if (short < 20 || short > 22) throw new NotCanonical("a value that is not allowed");
    return [[false, true, null][short - 20], at + 1];
  }
  const [number, begin] = argumentOf(bytes, at + 1, short);
  if (major < 2) return [fitting(major ? -1n - number : number), begin];
  if (number > BigInt(bytes.length)) throw new NotCanonical("breaks off");
  const count = Number(number);
  if (major === 2 || major === 3) {
    if (begin + count > bytes.length) throw new NotCanonical("breaks off");
    const piece = bytes.slice(begin, begin + count);
    return [major === 2 ? piece : textOf(piece), begin + count];
  }
  if (major > 5) throw new NotCanonical("tags are not allowed");
  deeper(count, depth);
  return major === 4 ? readList(bytes, begin, count, depth) : readMap(bytes, begin, count, depth);
}

function readList(bytes, at, count, depth) {
  const items = [];
  for (let done = 0; done < count; done++) {
    const [item, end] = read(bytes, at, depth + 1);
    items.push(item);
    at = end;
  }
  return [items, at];
}

function readMap(bytes, at, count, depth) {
  const items = new Map();
  for (let done = 0; done < count; done++) {
    const [key, middle] = read(bytes, at, depth + 1), [item, end] = read(bytes, middle, depth + 1);
    if (items.has(key)) throw new NotCanonical("a key twice");
    items.set(key, item);
    at = end;
  }
  return [items, at];
}

function argumentOf(bytes, at, short) {
  if (short < 24) return [BigInt(short), at];
  if (short > 27) throw new NotCanonical("a length that is not definite");
  const width = 1 << (short - 24);
  if (at + width > bytes.length) throw new NotCanonical("breaks off");
  let number = 0n;
  for (let done = 0; done < width; done++) number = (number << 8n) | BigInt(bytes[at + done]);
  return [number, at + width];
}

function fitting(number) {
  return number >= BigInt(Number.MIN_SAFE_INTEGER) && number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : number;
}

function textOf(piece) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(piece);
  } catch (_) {
    throw new NotCanonical("not UTF-8");
  }
}
