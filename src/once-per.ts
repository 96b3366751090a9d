/** What exists once per object, such as a device, and goes when that goes. */

/** A function that makes the value of an object when it is first asked for, and gives the same ever after. */
export function oncePer<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const values = new WeakMap<Key, Value>();
  return (key) => {
    const value = values.get(key) ?? make(key);
    values.set(key, value);
    return value;
  };
}
