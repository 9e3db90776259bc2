/* kaowu · what this browser keeps (IndexedDB): the terminal, its outbox, the persons' keys. */

const NAME = "kaowu-signing", SHELVES = { terminal: null, outbox: "id", persons: "name" };

let opened = null;

function open() {
  opened = opened || new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const [shelf, key] of Object.entries(SHELVES)) asked.result.createObjectStore(shelf, key ? { keyPath: key } : undefined);
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

/* All the changes together or none: [shelf, "put", value, key?] or [shelf, "delete", key]. Resolves once they lie on disk. */
export async function change(changes) {
  const base = await open();
  const shelves = [...new Set(changes.map(([shelf]) => shelf))];
  return new Promise((resolve, reject) => {
    const work = base.transaction(shelves, "readwrite", { durability: "strict" });
    for (const [shelf, act, ...given] of changes) work.objectStore(shelf)[act](...given);
    work.oncomplete = () => resolve();
    work.onerror = work.onabort = () => reject(work.error);
  });
}

export async function get(shelf, key) {
  return ask(shelf, (kept) => kept.get(key));
}

export async function all(shelf) {
  return ask(shelf, (kept) => kept.getAll());
}

async function ask(shelf, question) {
  const base = await open();
  return new Promise((resolve, reject) => {
    const asked = question(base.transaction(shelf).objectStore(shelf));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
