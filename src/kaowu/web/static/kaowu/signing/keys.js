/* kaowu · keys of this browser: made here, never exported. Ed25519 where the browser has it, else P-256. */

import { sha256, toBase64, toHex } from "./entries.js";
import { joined } from "./cbor.js";

const ED25519 = { kind: Uint8Array.of(1), make: { name: "Ed25519" }, sign: { name: "Ed25519" } };
const P256 = {
  kind: joined([Uint8Array.of(0xff), new TextEncoder().encode("kaowu/p256\n")]),
  make: { name: "ECDSA", namedCurve: "P-256" },
  sign: { name: "ECDSA", hash: "SHA-256" },
};
const SCHEMES = { Ed25519: ED25519, P256 };
const ROUNDS = 600000;

/* A key of a terminal: non-extractable from the first moment; it lies in the browser's own store. */
export async function makeDeviceKey(name) {
  const scheme = await bestScheme();
  const pair = await crypto.subtle.generateKey(SCHEMES[scheme].make, false, ["sign", "verify"]);
  return { name, scheme, privateKey: pair.privateKey, text: await keyText(name, scheme, pair.publicKey) };
}

/* A key of a person: sealed under a PIN as soon as it is made. What is kept opens with the PIN alone, on this browser
   alone, and opens as a key that cannot be exported. */
export async function makePersonKey(name, pin) {
  const scheme = await bestScheme();
  const pair = await crypto.subtle.generateKey(SCHEMES[scheme].make, true, ["sign", "verify"]);
  const box = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const salt = crypto.getRandomValues(new Uint8Array(16)), [inner, outer] = [0, 1].map(() => crypto.getRandomValues(new Uint8Array(12)));
  const lock = await lockOf(pin, salt, ["encrypt"]);
  const secret = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const once = await crypto.subtle.encrypt({ name: "AES-GCM", iv: inner }, lock, secret);
  secret.fill(0);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: outer }, box, once);
  const kept = { name, scheme, text: await keyText(name, scheme, pair.publicKey), box, salt, inner, outer, sealed };
  return { kept, privateKey: await openPersonKey(kept, pin) };
}

/* the signing key of a person, for one use; null if the PIN is wrong */
export async function openPersonKey(kept, pin) {
  const once = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.outer }, kept.box, kept.sealed);
  let secret;
  try {
    secret = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.inner }, await lockOf(pin, kept.salt, ["decrypt"]), once);
  } catch (_) {
    return null;
  }
  const key = await crypto.subtle.importKey("pkcs8", secret, SCHEMES[kept.scheme].make, false, ["sign"]);
  new Uint8Array(secret).fill(0);
  return key;
}

export async function sign(scheme, privateKey, message) {
  return new Uint8Array(await crypto.subtle.sign(SCHEMES[scheme].sign, privateKey, message));
}

export async function bestScheme() {
  try {
    await crypto.subtle.generateKey(ED25519.make, false, ["sign", "verify"]);
    return "Ed25519";
  } catch (_) {
    return "P256";
  }
}

/* name+key id+base64(kind ‖ public key) */
export async function keyText(name, scheme, publicKey) {
  const content = joined([SCHEMES[scheme].kind, new Uint8Array(await crypto.subtle.exportKey("raw", publicKey))]);
  const id = (await sha256(joined([new TextEncoder().encode(name + "\n"), content]))).slice(0, 4);
  return name + "+" + toHex(id) + "+" + toBase64(content);
}

async function lockOf(pin, salt, uses) {
  const word = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin.normalize("NFC")), "PBKDF2", false, ["deriveKey"]);
  const stretch = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(stretch, word, { name: "AES-GCM", length: 256 }, false, uses);
}
