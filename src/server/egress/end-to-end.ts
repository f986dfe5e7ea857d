/** Headers that concern one connection only (RFC 9110, section 7.6.1). */
const HOP_BY_HOP =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|expect)$/i;

/** Drops what concerns one connection. The length of a body is kept: not every server takes a body without. */
export function endToEnd(raw: readonly string[], { hasBody }: { readonly hasBody: boolean }): string[] {
  const isKept = (name: string) => !HOP_BY_HOP.test(name) || (hasBody && /^content-length$/i.test(name));
  return raw.flatMap((name, index) => (index % 2 === 0 && isKept(name) ? [name, raw[index + 1] ?? ''] : []));
}
