/** Under four characters a mask would reveal more than it hides. */
const MINIMUM = 4;

/**
 * The ways in which a secret may stand in a text: as it is, line by line, in hexadecimal, percent-encoded, and in
 * base64, also where it is a part of what was encoded (`user:secret`): then it begins at one of three offsets in a
 * group of bytes.
 */
export function formsOf(secret: string): readonly string[] {
  if (secret.length < MINIMUM) return [];
  const bytes = Buffer.from(secret);
  const lines = secret.split('\n').filter((line) => line.length >= 8);
  const hex = bytes.toString('hex');
  const forms = [
    secret,
    ...(lines.length > 1 ? lines : []),
    hex,
    hex.toUpperCase(),
    ...percentForms(bytes),
    ...[0, 1, 2].flatMap((before) => base64Forms(bytes, before)),
  ];
  return [...new Set(forms)];
}

/**
 * With what encoders leave alone beside letters and digits: RFC 3986, the same and `/`, `encodeURIComponent`, and HTML
 * forms.
 */
const UNRESERVED = ['-._~', '-._~/', "-._~!*'()", '-._*'] as const;

function percentForms(bytes: Buffer): readonly string[] {
  return UNRESERVED.flatMap((others) => {
    const upper = percent(bytes, others);
    const lower = upper.replaceAll(/%../g, (code) => code.toLowerCase());
    return [upper, lower].flatMap((text) => [text, text.replaceAll('%20', '+')]);
  });
}

function percent(bytes: Buffer, others: string): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    const isKept = /[A-Za-z0-9]/.test(character) || others.includes(character);
    text += isKept ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

/**
 * The characters that the secret alone decides, with so many bytes before it: of the one before and the one after,
 * other bytes decide a part. Where nothing follows, the end belongs to it, with padding or without.
 */
function base64Forms(bytes: Buffer, before: number): readonly string[] {
  const whole = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .slice(Math.ceil((before * 8) / 6));
  const end = Math.floor(((before + bytes.length) * 8) / 6) - Math.ceil((before * 8) / 6);
  const texts = [whole, whole.replace(/=+$/, ''), whole.slice(0, end)].filter((text) => text.length >= MINIMUM);
  return texts.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}
