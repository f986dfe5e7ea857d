/** A piece of XML: text, or elements as they stand. */
type Xml = string | readonly XmlElement[];

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly content: Xml;
}

/** An element with text or elements inside. */
export function element(name: string, content: Xml | number, attributes: XmlElement['attributes'] = {}): XmlElement {
  return { name, content: typeof content === 'number' ? String(content) : content, attributes };
}

/** A whole document. Characters that XML 1.0 forbids (section 2.2) are left out: logs hold them. */
export function writeXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}`;
}

function write({ name, attributes, content }: XmlElement, indent: string): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escape(String(value))}"`)
    .join('');
  if (content.length === 0) return `${indent}<${name}${written}/>\n`;
  if (typeof content === 'string') return `${indent}<${name}${written}>${escape(content)}</${name}>\n`;
  const inner = content.map((one) => write(one, `${indent}\t`)).join('');
  return `${indent}<${name}${written}>\n${inner}${indent}</${name}>\n`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /\u001B\[[0-9;]*[A-Za-z]|[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

function escape(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Decodes the entities of XML itself and numbers of characters. Entities that a document declares stay as they are. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (whole, ...groups) => {
    const [decimal, hexadecimal, name] = groups as (string | undefined)[];
    if (name !== undefined) return characters[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
