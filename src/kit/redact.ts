import { StringDecoder } from 'node:string_decoder';
import { FormIndex } from './form-index.ts';
import { formsOf } from './secret-forms.ts';

const MASK = '[MASKED]';

/**
 * Replaces secrets in a text that arrives in chunks; what comes out does not depend on where it was cut. Of secrets
 * that begin at one place the longest is replaced. Encoded forms of each secret (`formsOf`) are replaced too.
 * Secrets under four characters are left alone.
 */
export class Redactor {
  readonly #forms: FormIndex;
  readonly #decoder = new StringDecoder('utf8');
  #held = '';

  constructor(secrets: Iterable<string>) {
    this.#forms = new FormIndex([...secrets].flatMap(formsOf));
  }

  /** What may be passed on now; the tail that could begin a secret is held back. */
  write(chunk: Uint8Array | string): string {
    const text = this.#held + (typeof chunk === 'string' ? chunk : this.#decoder.write(Buffer.from(chunk)));
    return this.#pass(text, this.#forms.openTails(text));
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
    for (let found = this.#forms.find(text, 0); found !== undefined; found = this.#forms.find(text, done)) {
      if (openFrom(done) <= found.start) break;
      passed += text.slice(done, found.start) + MASK;
      done = found.end;
    }
    const open = openFrom(done);
    this.#held = text.slice(open);
    return passed + text.slice(done, open);
  }
}

/** Redacts a whole text at once. */
export function redact(text: string, secrets: Iterable<string>): string {
  const redactor = new Redactor(secrets);
  return redactor.write(text) + redactor.end();
}
