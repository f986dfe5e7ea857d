import { Redactor } from '../../kit/index.ts';

export interface MaskedOutput {
  write(bytes: Buffer): void;
  /** Passes on what was held back because it could have begun a secret. */
  end(): void;
}

/** Output in which secrets are masked, wherever it is cut. */
export function maskedOutput(secrets: readonly string[], pass: (bytes: Buffer) => void): MaskedOutput {
  if (secrets.length === 0) return { write: pass, end: () => {} };
  const redactor = new Redactor(secrets);
  const passText = (text: string) => {
    if (text !== '') pass(Buffer.from(text));
  };
  return { write: (bytes) => passText(redactor.write(bytes)), end: () => passText(redactor.end()) };
}
