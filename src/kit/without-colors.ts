// oxlint-disable-next-line no-control-regex
const COLOR = /\u001B\[[0-9;:]*m/g;

/** A text without what colours it (ECMA-48, SGR). */
export function withoutColors(text: string): string {
  return text.replace(COLOR, '');
}
