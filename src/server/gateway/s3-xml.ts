const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A value of an S3 answer: text, a list of elements of one name, or elements in order. */
type XmlValue = string | number | boolean | readonly XmlValue[] | { readonly [name: string]: XmlValue | undefined };

/** An S3 answer as XML; `undefined` leaves an element out. S3's errors alone have no namespace. */
export function xmlDocument(name: string, value: XmlValue, options: { readonly namespace?: boolean } = {}): string {
  const namespace = options.namespace === false ? '' : ` xmlns="${NAMESPACE}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name}${namespace}>${content(value)}</${name}>`;
}

/** The same as an answer of status 200. */
export function xmlResponse(name: string, value: XmlValue): Response {
  return new Response(xmlDocument(name, value), { headers: { 'Content-Type': 'application/xml' } });
}

function element(name: string, value: XmlValue | undefined): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return (value as readonly XmlValue[]).map((item) => element(name, item)).join('');
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: XmlValue): string {
  if (typeof value !== 'object') return escape(String(value));
  return Object.entries(value as Readonly<Record<string, XmlValue | undefined>>)
    .map(([name, inner]) => element(name, inner))
    .join('');
}

/** XML 1.0 has no way to write most control characters; clients request such keys with `encoding-type=url`. */
function escape(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const plain = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return plain.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
