/** Whether a string is a URL rather than a path: it starts with `http:`, `https:`, `data:`, `blob:` or `file:`. */
export function isUrl(source: string): boolean {
  return /^(https?|data|blob|file):/i.test(source);
}
