import { StringDecoder } from 'node:string_decoder';

const MASK = '[MASKED]';
const MINIMUM = 4;

/**
 * Replaces secrets in a text that arrives in chunks; what comes out does not depend on where it was cut. Of secrets
 * that begin at one place the longest is replaced. Base64 and hexadecimal forms of each secret are replaced too.
 * Secrets under four characters are left alone.
 */
export class Redactor {
  readonly #forms: readonly string[];
  readonly #pattern: RegExp | undefined;
  readonly #decoder = new StringDecoder('utf8');
  #held = '';

  constructor(secrets: Iterable<string>) {
    const forms = new Set<string>();
    for (const secret of secrets) for (const form of formsOf(secret)) forms.add(form);
    this.#forms = [...forms].toSorted((a, b) => b.length - a.length);
    if (this.#forms.length > 0) this.#pattern = new RegExp(this.#forms.map(literal).join('|'), 'g');
  }

  /** What may be passed on now; the tail that could begin a secret is held back. */
  write(chunk: Uint8Array | string): string {
    const text = this.#held + (typeof chunk === 'string' ? chunk : this.#decoder.write(Buffer.from(chunk)));
    return this.#pass(text, this.#openTails(text));
  }

  /** The rest, at the end of the text. */
  end(): string {
    return this.#pass(this.#held + this.#decoder.end(), []);
  }

  /** Masks as far as nothing that may still come can change it, and holds back the rest. */
  #pass(text: string, tails: readonly number[]): string {
    const openFrom = (start: number): number => tails.find((tail) => tail >= start) ?? text.length;
    let passed = '';
    let done = 0;
    for (const match of this.#pattern === undefined ? [] : text.matchAll(this.#pattern)) {
      if (openFrom(done) <= match.index) break;
      passed += text.slice(done, match.index) + MASK;
      done = match.index + match[0].length;
    }
    const open = openFrom(done);
    this.#held = text.slice(open);
    return passed + text.slice(done, open);
  }

  /** Where the ends of the text begin that are the beginning of a form, and no whole one yet; ascending. */
  #openTails(text: string): readonly number[] {
    const longest = this.#forms[0]?.length ?? 0;
    const tails: number[] = [];
    for (let start = Math.max(0, text.length - longest + 1); start < text.length; start += 1) {
      const tail = text.slice(start);
      if (this.#forms.some((form) => form.length > tail.length && form.startsWith(tail))) tails.push(start);
    }
    return tails;
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

function literal(text: string): string {
  return text.replace(/[\\^$.|?+*()[\]{}]/g, '\\$&');
}
