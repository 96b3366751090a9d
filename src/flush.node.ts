/** Node's permission model forbids fsync: what was written is then as safe as the system makes it. To catch its error with. */
export function unlessForbidden(error: Error): void {
  if (!/fsync API is disabled/.test(error.message)) throw error;
}
