/**
 * The part of Python's pickle format (Lib/pickletools.py; protocol 2) that a state dict of PyTorch is written in. A pickle is a
 * program for a stack machine; here it can only build numbers, texts, lists, tuples and maps, and call the few functions that
 * the caller offers. Nothing is ever imported or executed, and nothing recurses, however deep the values are nested.
 */

/** Makes a value of the arguments that the pickle gives. Throws an Error that says what is wrong with them. */
export type Callable = (...args: unknown[]) => unknown;

/** What a pickle may name. */
export interface Host {
  /** Functions and other values by their name in Python, such as `collections.OrderedDict`. All others are refused. */
  globals: ReadonlyMap<string, unknown>;
  /** The value for a persistent id. */
  persistent?: Callable;
}

/** A state dict of VGG19 takes 1500 steps. The bound is also one of the stack, the memo, and the number of values. */
const MAX_STEPS = 100_000;

/**
 * Reads one pickle. Dicts become Maps, lists arrays, tuples frozen arrays, and integers beyond 2^53 bigints.
 *
 * @param start first byte of the pickle
 * @returns the value and the byte after the pickle
 * @throws Error with the reason, without the file's name.
 */
export function unpickle(bytes: Uint8Array, start: number, { globals, persistent }: Host) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const marks: number[] = [];
  const memo = new Map<number, unknown>();
  let at = start;

  /** Moves on; the position before it. */
  function skip(length: number): number {
    at += length;
    if (at > bytes.length) throw new Error("the pickle ends too early");
    return at - length;
  }
  const byte = () => bytes[skip(1)];
  const text = (length: number) => new TextDecoder().decode(bytes.subarray(skip(length), at));

  function line(): string {
    const end = bytes.indexOf(10, at);
    if (end < 0 || end - at > 256) throw new Error("the pickle has a name without end");
    const found = text(end - at);
    skip(1);
    return found;
  }

  function integer(length: number): number | bigint {
    let value = 0n;
    for (let i = skip(length), shift = 0n; i < at; i++, shift += 8n) value |= BigInt(bytes[i]) << shift;
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  function pop(): unknown {
    if (stack.length <= (marks.at(-1) ?? 0)) throw new Error("the pickle takes more values than it has");
    return stack.pop();
  }

  function popMark(): unknown[] {
    const mark = marks.pop();
    if (mark === undefined) throw new Error("the pickle ends a group that it did not begin");
    return stack.splice(mark);
  }

  function tuple(values: unknown[]): void {
    stack.push(Object.freeze(values));
  }

  function remember(place: number): void {
    memo.set(place, stack.at(-1));
  }

  function recall(place: number): void {
    if (!memo.has(place)) throw new Error(`the pickle recalls value ${place}, which it did not keep`);
    stack.push(memo.get(place));
  }

  /** Adds to the list or dict on top of the stack. */
  function append(values: unknown[]): void {
    const list = stack.at(-1);
    if (!Array.isArray(list) || Object.isFrozen(list)) throw new Error("the pickle appends to what is no list");
    for (const value of values) list.push(value);
  }

  function assign(values: unknown[]): void {
    const map = stack.at(-1);
    if (!(map instanceof Map) || values.length % 2 > 0) throw new Error("the pickle adds an item to what is no dict");
    for (let i = 0; i < values.length; i += 2) map.set(values[i], values[i + 1]);
  }

  function reduce(): void {
    const [called, args] = [pop(), pop()].reverse();
    if (typeof called !== "function" || !Array.isArray(args)) throw new Error("the pickle calls what is no function");
    stack.push(called(...args.slice(0, 16)));
  }

  const operations: Readonly<Record<number, () => void>> = {
    128: () => byte(), // PROTO
    40: () => marks.push(stack.length), // MARK
    125: () => stack.push(new Map()), // EMPTY_DICT
    93: () => stack.push([]), // EMPTY_LIST
    41: () => tuple([]), // EMPTY_TUPLE
    116: () => tuple(popMark()), // TUPLE
    133: () => tuple([pop()]), // TUPLE1
    134: () => tuple([pop(), pop()].reverse()), // TUPLE2
    135: () => tuple([pop(), pop(), pop()].reverse()), // TUPLE3
    78: () => stack.push(null), // NONE
    136: () => stack.push(true), // NEWTRUE
    137: () => stack.push(false), // NEWFALSE
    74: () => stack.push(view.getInt32(skip(4), true)), // BININT
    75: () => stack.push(byte()), // BININT1
    77: () => stack.push(view.getUint16(skip(2), true)), // BININT2
    138: () => stack.push(integer(byte())), // LONG1
    71: () => stack.push(view.getFloat64(skip(8))), // BINFLOAT, which alone is big-endian
    88: () => stack.push(text(view.getUint32(skip(4), true))), // BINUNICODE
    85: () => stack.push(text(byte())), // SHORT_BINSTRING, of Python 2
    113: () => remember(byte()), // BINPUT
    114: () => remember(view.getUint32(skip(4), true)), // LONG_BINPUT
    104: () => recall(byte()), // BINGET
    106: () => recall(view.getUint32(skip(4), true)), // LONG_BINGET
    97: () => append([pop()]), // APPEND
    101: () => append(popMark()), // APPENDS
    115: () => assign([pop(), pop()].reverse()), // SETITEM
    117: () => assign(popMark()), // SETITEMS
    82: reduce, // REDUCE
    // An OrderedDict's attributes, such as the versions of its modules: not needed.
    98: () => {
      if (pop() === undefined || !(stack.at(-1) instanceof Map)) throw new Error("the pickle changes an object");
    }, // BUILD
    99: () => {
      const name = `${line()}.${line()}`;
      if (!globals.has(name)) throw new Error(`it holds a Python object of ${name}, which no state dict does`);
      stack.push(globals.get(name));
    }, // GLOBAL
    81: () => {
      const id = pop();
      if (!Array.isArray(id) || !persistent) throw new Error("the pickle has a persistent id that is no tuple");
      stack.push(persistent(...id.slice(0, 16)));
    }, // BINPERSID
  };

  for (let step = 0; step < MAX_STEPS; step++) {
    const operation = byte();
    if (operation === 46) return { value: pop(), end: at }; // STOP
    const perform = operations[operation];
    if (perform === undefined) throw new Error(`the pickle uses the operation ${operation}, which no state dict needs`);
    perform();
  }
  throw new Error(`the pickle has more than ${MAX_STEPS} steps`);
}
