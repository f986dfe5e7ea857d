import { createCleartextMessage, enums, readPrivateKey, sign } from 'openpgp';
import { SlipwayError, messageOf, systemClock, type Clock } from '../../kit/index.ts';
import { notaryError } from '../errors.ts';
import { runKeyCommand, type KeyCommand } from './key-command.ts';
import type { PublicKey, SecretKey } from './openpgp-key.ts';
import type { Signer } from '../port.ts';
import { createVerifier } from './verifier.ts';

// gpg cuts lines of over 19,995 characters, only warns, and calls the signature of the rest good.
const MAX_LINE = 19_000;

/** Returns a signer that has its key in this process. */
export function createSigner(key: SecretKey, clock: Clock = systemClock): Signer {
  const privateKey = readPrivateKey({ armoredKey: key.privateKey.reveal() });
  privateKey.catch(() => {}); // reported when it is used
  return checkedSigner(key, clock, async (text) => {
    const message = await createCleartextMessage({ text });
    const config = { preferredHashAlgorithm: enums.hash.sha512, nonDeterministicSignaturesViaNotation: false };
    return sign({ message, signingKeys: await privateKey, date: new Date(clock.now()), config });
  });
}

/**
 * Returns a signer whose key another program has, such as gpg-agent or a smart card. The command gets the text, and
 * writes it clearsigned with SHA-512.
 */
export function commandSigner(key: PublicKey, command: KeyCommand, clock: Clock = systemClock): Signer {
  return checkedSigner(key, clock, async (text) => (await runKeyCommand(command, text)).toString('utf8'));
}

/** Verifies every signature, and compares the text, before the signature is used. */
function checkedSigner(key: PublicKey, clock: Clock, clearsign: (text: string) => Promise<string>): Signer {
  const verify = createVerifier(key.publicKey, { clock });
  return {
    fingerprint: key.fingerprint,
    publicKey: key.publicKey,
    async sign(text) {
      refuseUnsignable(text);
      try {
        // The library writes the text with CRLF, which is how it is hashed; files on a mirror have LF, as gpg writes
        // them.
        const signed = (await clearsign(text)).replaceAll('\r\n', '\n');
        const isSame = (await verify(signed)).payload === text && signed.startsWith(expectedStart(text));
        if (!isSame) throw notaryError('NOTARY_SIGNATURE_UNEQUAL', { key: key.fingerprint });
        return signed;
      } catch (error) {
        if (error instanceof SlipwayError && error.code.startsWith('NOTARY_')) throw error;
        const details = { key: key.fingerprint, reason: messageOf(error) };
        throw notaryError('NOTARY_SIGNING_FAILED', details, { cause: error });
      }
    },
  };
}

/** Spack finds the text by this head, with exactly one hash in it; the text stands in it as it is, plus one newline. */
function expectedStart(text: string): string {
  return `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text}\n-----BEGIN PGP SIGNATURE-----\n`;
}

/** Lines that a clearsigned text would not give back as they are, or that the signature would not cover. */
function refuseUnsignable(text: string): void {
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const isEnd = index === lines.length - 1 && line === '';
    const reason = isEnd ? 'the text is empty or ends with a newline' : faultOf(line);
    if (reason !== undefined) throw notaryError('NOTARY_TEXT_UNSIGNABLE', { line: index + 1, reason });
  }
}

function faultOf(line: string): string | undefined {
  if (line.length > MAX_LINE) return `it has ${line.length} characters; gpg cuts lines of over ${MAX_LINE}`;
  if (line.startsWith('-')) return 'it begins with `-`, which would be escaped, and Spack does not undo that';
  if (line.startsWith('From ')) return 'it begins with `From `, which gpg escapes';
  return line.trimEnd() !== line ? 'it ends with white space, which a signature does not cover' : undefined;
}
