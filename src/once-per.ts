/** What is made when it is first asked for, and kept. */

/** The value of a key in a map, made if there is none. */
export function memoized<Key, Value>(
  map: { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown },
  key: Key,
  make: () => Value,
): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/** A function that makes the value of an object, such as a device, when it is first asked for, and keeps it as long as the object lives. */
export function oncePer<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const values = new WeakMap<Key, Value>();
  return (key) => memoized(values, key, () => make(key));
}
