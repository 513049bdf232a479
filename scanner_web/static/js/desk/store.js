// What was entered and is not sent yet, in the browser's own database: it outlives a closed page and an empty battery.

const NAME = "trace";
const ENTRIES = "entries";

/** @typedef {{id: string, user: string, action: string, path: string, title: string, told: string,
 *   fields: [string, string | Blob][], created: string, state: "waiting" | "refused" | "given", why?: string,
 *   next?: string}} Entry `given`: recorded, and the service gave it a number (`told`) that somebody waits for */

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(ENTRIES, { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("blocked"));
  });
}

async function run(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(ENTRIES, mode, { durability: "strict" });
      const asked = work(transaction.objectStore(ENTRIES));
      transaction.oncomplete = () => resolve(asked?.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Keep an entry; resolved once it lies on the disk. Rejects where the browser keeps nothing.
 * @param {Entry} entry */
export const put = (entry) => run("readwrite", (entries) => entries.put(entry));

/** @param {string} id */
export const remove = (id) => run("readwrite", (entries) => entries.delete(id));

/** A user's entries, the oldest first: later ones may need what earlier ones bring.
 * @param {string} user @returns {Promise<Entry[]>} */
export async function list(user) {
  const all = await run("readonly", (entries) => entries.getAll());
  return all.filter((entry) => entry.user === user).sort((a, b) => (a.created < b.created ? -1 : 1));
}
