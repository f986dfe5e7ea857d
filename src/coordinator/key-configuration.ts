import { SecretSource } from '../kit/index.ts';
import * as z from 'zod';

const Text = z.string().min(1);
const Command = z.array(Text).min(1);

/** A key that another program has: gpg-agent, a smart card, a key management service. */
const ExternalKey = z
  .strictObject({
    signCommand: Command.describe('Program and arguments: it reads what is to be signed, and writes the signed text'),
    publicKey: Text.describe('File with the public key'),
  })
  .describe('A key that a program signs with, which alone has it');

export const KeySource = z.union([SecretSource, ExternalKey]);
export type KeySource = z.infer<typeof KeySource>;

export const KeyProtectionSource = z
  .union([
    z.strictObject({ passphrase: SecretSource.describe('Passphrase that keys are encrypted with') }),
    z.strictObject({
      encryptCommand: Command.describe('Program and arguments: it reads a key, and writes it encrypted'),
      decryptCommand: Command.describe('The reverse, at each start of the notary'),
    }),
  ])
  .describe('How keys are encrypted in the notary’s folder: `{ passphrase: … }`, or two commands');
export type KeyProtectionSource = z.infer<typeof KeyProtectionSource>;

/** The keys that a notary signs with, wherever it runs. */
export const signingKeys = {
  signingKey: KeySource.optional().describe(
    'OpenPGP key that signs the mirrors, in the form of `SPACK_SIGNING_KEY` (which is read if this is not set), or `signCommand` and `publicKey`: a program that clearsigns as `gpg --clearsign` does. Without either one is made at the first start',
  ),
  imageKey: KeySource.optional().describe(
    'Key that signs images, as `cosign generate-key-pair` writes it (with its password in `COSIGN_PASSWORD`) or as plain PEM, or `signCommand` and `publicKey`: a program that writes an ECDSA signature in DER. Without it one is made at the first start',
  ),
  keyProtection: KeyProtectionSource.optional(),
};
