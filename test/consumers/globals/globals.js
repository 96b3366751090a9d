/** What importing the package and running it do to globalThis. */
import { fingerprint, paint } from "./paint.js";

/** The fingerprint of a run, and the names of what has been added to globalThis, taken away, or replaced. */
export async function changesOfGlobals(library, options) {
  const before = valuesOfGlobals();
  const { styleTransfer } = await import(library);
  const image = await paint(styleTransfer, options);
  const after = valuesOfGlobals();
  const names = new Set([...before.keys(), ...after.keys()]);
  const isSame = (name) => before.has(name) && after.has(name) && isKept(before.get(name), after.get(name));
  return { fingerprint: await fingerprint(image), changes: [...names].filter((name) => !isSame(name)).map(String) };
}

function valuesOfGlobals() {
  const names = Reflect.ownKeys(globalThis);
  return new Map(names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
}

/** Node replaces some of its own getters by what they gave. */
const isKept = (before, after) => "get" in before || Object.is(before.value, after.value);
