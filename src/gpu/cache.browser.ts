/** The cache in browsers: a store of IndexedDB. Without one (private windows of some browsers) nothing is kept. */
import type * as cache from "./cache.ts";

const STORE = "texts";

/** See {@link cache.readCache}. */
export const readCache: typeof cache.readCache = async (name) =>
  inStore<string | undefined>("readonly", (store) => store.get(name)).catch(() => undefined);

/** See {@link cache.writeCache}. */
export const writeCache: typeof cache.writeCache = async (name, text) => {
  await inStore("readwrite", (store) => store.put(text, name)).catch(() => {});
};

async function inStore<Result>(
  mode: IDBTransactionMode,
  request: (store: IDBObjectStore) => IDBRequest,
): Promise<Result> {
  const opening = indexedDB.open("nst-gpu", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled<IDBDatabase>(opening);
  try {
    return await settled<Result>(request(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function settled<Result>(request: IDBRequest): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
