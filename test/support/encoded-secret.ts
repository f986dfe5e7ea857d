import { runProgram } from '../../src/kit/programs/run-program.ts';
import { secretEncodings, withoutLineBreaks } from '../../src/kit/index.ts';
import type { SecretEncodingName } from '../../src/kit/secrets/secret-encodings.ts';

/** A secret with characters that each encoding writes in its own way. */
export const hardSecret = String.raw`p@ss w/rd+'"&<\>~?1`;

/**
 * Commands that write `$PHRASE` to their standard output, one for each of `secretEncodings`. None of them is ours: jobs
 * use the same programs.
 */
export const encoders: Readonly<Record<SecretEncodingName, string>> = {
  plain: `printf %s "$PHRASE"`,
  base64: `printf %s "$PHRASE" | base64 -w 0`,
  'base64 for URLs': `printf %s "$PHRASE" | base64 -w 0 | tr +/ -_`,
  'base64 in lines': `printf %s "$PHRASE" | base64 -w 7`,
  hexadecimal: `printf %s "$PHRASE" | od -An -v -tx1 | tr -d ' \\n'`,
  'percent-encoding': `node -p 'encodeURIComponent(process.env.PHRASE)'`,
  'percent-encoding of all characters': `printf %s "$PHRASE" | od -An -v -tx1 | tr -d '\\n' | tr ' ' %`,
  JSON: `node -p 'JSON.stringify(process.env.PHRASE).slice(1, -1)'`,
  'shell, in quotes': String.raw`printf %s "$PHRASE" | sed "s/'/'\\\\''/g"`,
  'shell, with backslashes': `bash -c 'printf %q "$PHRASE"'`,
  XML: String.raw`printf %s "$PHRASE" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'`,
  'UTF-16': `printf %s "$PHRASE" | iconv -f UTF-8 -t UTF-16LE`,
};

/** Writes a secret in one of the encodings. */
export async function writeEncoded(name: SecretEncodingName, secret: string): Promise<string> {
  const env = { PATH: process.env.PATH, PHRASE: secret };
  return (await runProgram('sh', ['-c', encoders[name]], { env })).text;
}

/** `hardSecret` in each encoding, and a search for that which is not the program's. */
interface EncodedSecret {
  readonly encodings: readonly SecretEncodingName[];
  readonly texts: ReadonlyMap<SecretEncodingName, string>;
  /** Returns the encodings in which bytes contain the secret, also within strings of JSON. */
  foundIn(...contents: readonly Buffer[]): readonly SecretEncodingName[];
}

export async function encodedSecret(): Promise<EncodedSecret> {
  const texts = new Map<SecretEncodingName, string>();
  for (const { name } of secretEncodings) texts.set(name, await writeEncoded(name, hardSecret));
  const needles = [...texts].map(([name, text]) => [name, withoutLineBreaks(Buffer.from(text))] as const);
  return {
    encodings: [...texts.keys()],
    texts,
    foundIn: (...contents) => {
      const plain = contents.flatMap((bytes) => [bytes, unescaped(bytes)]).map((bytes) => withoutLineBreaks(bytes));
      return needles.filter(([, needle]) => plain.some((bytes) => bytes.includes(needle))).map(([name]) => name);
    },
  };
}

/** Bytes as if all of them were in strings of JSON. */
function unescaped(bytes: Buffer): Buffer {
  const one = (_: string, letter: string) => ({ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' })[letter] ?? letter;
  return Buffer.from(bytes.toString('latin1').replace(/\\(.)/gs, one), 'latin1');
}
