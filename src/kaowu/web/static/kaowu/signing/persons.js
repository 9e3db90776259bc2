/* kaowu · keys that persons hold in this browser: made with a code, opened with a PIN, used for one signature. */

import * as drawer from "./drawer.js";
import { BY_KEY, personMessage, possessionMessage, sha256, toBase64 } from "./entries.js";
import { makePersonKey, openPersonKey, sign } from "./keys.js";

export const SHORTEST_PIN = 6;

/* The key is kept before the node hears of it: a key that is enrolled and lost would be worse than one kept in vain. */
export async function makeAndEnrol(credential, exam, pin, enrol) {
  const { kept, privateKey } = await makePersonKey(credential, pin);
  const possession = await sign(kept.scheme, privateKey, possessionMessage(kept.text, exam));
  await drawer.change([["persons", "put", { ...kept, exam, account: credential.split("/")[0] }]]);
  const refusal = await enrol(kept.text, toBase64(possession));
  if (refusal) await drawer.change([["persons", "delete", credential]]);
  return refusal;
}

export async function heldHere(exam, account) {
  const keys = await drawer.all("persons");
  return keys.filter((key) => (!exam || key.exam === exam) && (!account || key.account === account));
}

/* one person's signature of a deed; null if the PIN is wrong */
export async function signDeed(key, pin, deed, at) {
  const privateKey = await openPersonKey(key, pin);
  if (!privateKey) return null;
  const said = { account: key.account, credential: key.name, method: BY_KEY, at };
  const signature = await sign(key.scheme, privateKey, personMessage(said, await sha256(deed)));
  return { ...said, signature: toBase64(signature) };
}
