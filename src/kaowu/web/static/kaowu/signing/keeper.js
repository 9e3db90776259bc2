/* kaowu · keeps the terminal's page and what it is made of, for when the node is out of reach. Fresh when it can be. */
"use strict";

const SHELF = "kaowu-terminal";
const kept = (address) => address.pathname.startsWith("/app/terminal/") || address.pathname.startsWith("/static/");

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method === "GET" && address.origin === location.origin && kept(address)) event.respondWith(freshOrKept(event.request));
});

/* The page tells what it is made of, so that the very first visit is kept as well. */
self.addEventListener("message", (event) => {
  const port = event.ports[0];
  event.waitUntil(keep(event.data.keep).then(() => port.postMessage("kept"), () => port.postMessage("failed")));
});

async function freshOrKept(request) {
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await (await caches.open(SHELF)).put(request.url, fresh.clone());
    return fresh;
  } catch (offline) {
    const found = await (await caches.open(SHELF)).match(request.url, { ignoreSearch: false });
    if (found) return found;
    throw offline;
  }
}

async function keep(addresses) {
  const shelf = await caches.open(SHELF);
  await shelf.addAll(addresses);
}
