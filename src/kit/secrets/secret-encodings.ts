interface SecretEncoding {
  readonly name: string;
  /** Returns the texts or bytes by which a value is recognized that a program wrote in this encoding. */
  readonly forms: (value: string) => readonly (string | Buffer)[];
}

/**
 * The encodings in which the values of secrets are masked in logs and searched for in files. Forms of shells, JSON and
 * XML differ from program to program, so each common set of characters that they escape gives a form of its own.
 */
export const secretEncodings = [
  { name: 'plain', forms: (value) => [value] },
  { name: 'base64', forms: (value) => base64Forms(value) },
  { name: 'base64 for URLs', forms: (value) => base64Forms(value).map(forUrl) },
  // Line breaks count nowhere (`withoutLineBreaks`), so lines of any length are found by the forms of base64.
  { name: 'base64 in lines', forms: (value) => base64Forms(value) },
  { name: 'hexadecimal', forms: (value) => bothCases(Buffer.from(value).toString('hex')) },
  { name: 'percent-encoding', forms: percentForms },
  { name: 'percent-encoding of all characters', forms: (value) => percentForm(value, () => false) },
  { name: 'JSON', forms: jsonForms },
  { name: 'shell, in quotes', forms: quotedForms },
  { name: 'shell, with backslashes', forms: backslashForms },
  { name: 'XML', forms: xmlForms },
  { name: 'UTF-16', forms: (value) => [Buffer.from(value, 'utf16le'), Buffer.from(value, 'utf16le').swap16()] },
] as const satisfies readonly SecretEncoding[];

export type SecretEncodingName = (typeof secretEncodings)[number]['name'];

/** Returns the different byte strings that a value can be recognized by. */
export function encodedForms(value: string): readonly Buffer[] {
  const encodings: readonly SecretEncoding[] = secretEncodings;
  const forms = encodings.flatMap(({ forms: of }) => of(value)).map((form) => Buffer.from(form as string));
  return [...new Map(forms.map((form) => [form.toString('latin1'), form])).values()];
}

/**
 * Returns the characters that the value alone determines, with no, one or two bytes before it in its group of three:
 * other bytes determine a part of the characters at its edges. Where nothing follows, the end belongs to it too, with
 * or without padding.
 */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((before) => {
    const start = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return [whole.slice(start), whole.slice(start).replace(/=+$/, ''), whole.slice(start, end)];
  });
}

function forUrl(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

function bothCases(hex: string): readonly string[] {
  return [hex, hex.toUpperCase()];
}

/**
 * What encoders leave alone beside letters and digits: RFC 3986, the same and `/`, `encodeURIComponent`, `encodeURI`,
 * and HTML forms.
 */
const UNRESERVED = ['-._~', '-._~/', "-._~!*'()", "-._~!*'();/?:@&=+$,#", '-._*'];

function percentForms(value: string): readonly string[] {
  return UNRESERVED.flatMap((others) => percentForm(value, (one) => /[A-Za-z0-9]/.test(one) || others.includes(one)));
}

function percentForm(value: string, isKept: (character: string) => boolean): readonly string[] {
  const write = (byte: number): string => {
    const character = String.fromCharCode(byte);
    return isKept(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  };
  const upper = Array.from(Buffer.from(value), write).join('');
  const lower = upper.replaceAll(/%../g, (code) => code.toLowerCase());
  return [upper, lower].flatMap((text) => [text, text.replaceAll('%20', '+')]);
}

/** As `JSON.stringify`, Python (only ASCII), PHP (`\/`) and Go (safe in HTML) write it. */
function jsonForms(value: string): readonly string[] {
  const plain = JSON.stringify(value).slice(1, -1);
  const escape = (text: string): string => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const ascii = plain.replaceAll(/[^\0-~]/g, escape);
  return [
    plain,
    ascii,
    ...[plain, ascii].map((text) => text.replaceAll('/', '\\/')),
    plain.replaceAll(/[<>&]/g, escape),
  ];
}

/** In single quotes, a quote stands outside of them; in double quotes, four characters have a backslash. */
function quotedForms(value: string): readonly string[] {
  return [value.replaceAll("'", `'\\''`), value.replaceAll("'", `'"'"'`), value.replaceAll(/["$`\\]/g, '\\$&')];
}

/** As `printf %q` of bash, `Shellwords.escape` of Ruby, and programs that escape all but letters and digits. */
const ESCAPED = [/[\s'"\\|&;()<>!{}*[\]?^$`,]/g, /[^\w\-.,:+/@]/g, /\W/g];

function backslashForms(value: string): readonly string[] {
  return ESCAPED.map((characters) => value.replaceAll(characters, '\\$&'));
}

/** Entities of quotes, which XML needs in attributes only, as different programs write them. */
const QUOTES = [
  ['"', "'"],
  ['&quot;', "'"],
  ['&quot;', '&apos;'],
  ['&quot;', '&#39;'],
  ['&quot;', '&#x27;'],
  ['&#34;', '&#39;'],
] as const;

function xmlForms(value: string): readonly string[] {
  const text = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return QUOTES.map(([double, single]) => text.replaceAll('"', double).replaceAll("'", single));
}
