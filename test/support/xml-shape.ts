import { XMLParser } from 'fast-xml-parser';

/** Every element of a document as its path, and every attribute as `path@name`; sorted, each once. */
export function xmlShape(xml: string): readonly string[] {
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', alwaysCreateTextNode: true });
  const found = new Set<string>();
  walk(parser.parse(xml, true), '', found);
  return [...found].toSorted();
}

function walk(value: unknown, path: string, found: Set<string>): void {
  if (Array.isArray(value)) return value.forEach((one) => walk(one, path, found));
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === '#text' || key.startsWith('?')) continue;
    const inside = key.startsWith('@') ? path + key : `${path}/${key}`;
    found.add(inside);
    walk(inner, inside, found);
  }
}
