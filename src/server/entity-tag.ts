/** Whether a list of entity tags, as in `If-None-Match`, is `*` or contains one (RFC 9110, 8.8.3). */
export function matchesTag(list: string | null | undefined, tag: string): boolean {
  const tags = (list ?? '').split(',').map((one) => one.trim().replace(/^(?:W\/)?"?(.*?)"?$/, '$1'));
  return tags.includes('*') || tags.includes(tag);
}
