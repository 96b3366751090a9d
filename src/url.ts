/** What is to be said of addresses, and of what came of fetching one. */

/** Whether a string is a URL rather than a path: it starts with `http:`, `https:`, `data:`, `blob:` or `file:`. */
export function isUrl(source: string): boolean {
  return /^(https?|data|blob|file):/i.test(source);
}

/** What the platform says of a failure, which `fetch` hides one level deeper. */
export function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
