/** Writes bytes as a PEM block. */
export function pemBlock(type: string, bytes: Buffer): string {
  const body = bytes.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;
}

/** Returns the type of the first PEM block of a text; empty if there is none. */
export function pemType(text: string): string {
  return /-----BEGIN ([A-Z ]+)-----/.exec(text)?.[1] ?? '';
}

export function pemBody(text: string): Buffer {
  return Buffer.from(text.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, ''), 'base64');
}
