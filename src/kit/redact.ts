import { StringDecoder } from 'node:string_decoder';

const MASK = '[MASKED]';
const MINIMUM = 4;

/**
 * Replaces secrets in a text that arrives in chunks, also where a secret is split between two of them.
 * Base64 and hexadecimal forms of each secret are replaced too. Secrets under four characters are left alone.
 */
export class Redactor {
  readonly #forms: readonly string[];
  readonly #longest: number;
  readonly #decoder = new StringDecoder('utf8');
  #held = '';

  constructor(secrets: Iterable<string>) {
    const forms = new Set<string>();
    for (const secret of secrets) for (const form of formsOf(secret)) forms.add(form);
    this.#forms = [...forms].toSorted((a, b) => b.length - a.length);
    this.#longest = this.#forms[0]?.length ?? 0;
  }

  /** What may be passed on now; the tail that could begin a secret is held back. */
  write(chunk: Uint8Array | string): string {
    this.#held += typeof chunk === 'string' ? chunk : this.#decoder.write(Buffer.from(chunk));
    if (this.#longest === 0) return this.#take(this.#held.length);
    this.#held = this.#replace(this.#held);
    return this.#take(this.#held.length - this.#heldBack());
  }

  /** The rest, at the end of the text. */
  end(): string {
    this.#held = this.#replace(this.#held + this.#decoder.end());
    return this.#take(this.#held.length);
  }

  #heldBack(): number {
    for (let length = Math.min(this.#longest - 1, this.#held.length); length > 0; length -= 1) {
      const tail = this.#held.slice(-length);
      if (this.#forms.some((form) => form.startsWith(tail))) return length;
    }
    return 0;
  }

  #replace(text: string): string {
    return this.#forms.reduce((result, form) => result.replaceAll(form, MASK), text);
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return taken;
  }
}

/** Redacts a whole text at once. */
export function redact(text: string, secrets: Iterable<string>): string {
  const redactor = new Redactor(secrets);
  return redactor.write(text) + redactor.end();
}

function formsOf(secret: string): readonly string[] {
  if (secret.length < MINIMUM) return [];
  const bytes = Buffer.from(secret);
  const lines = secret.split('\n').filter((line) => line.length >= 8);
  return [secret, bytes.toString('base64'), bytes.toString('hex'), ...(lines.length > 1 ? lines : [])];
}
