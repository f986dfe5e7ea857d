import { SecretSource } from '../../kit/index.ts';
import * as z from 'zod';

const Text = z.string().min(1);
const Command = z.array(Text).min(1);

/** A key that another program has: gpg-agent, a smart card, a key management service. */
const ExternalKey = z
  .strictObject({
    signCommand: Command.describe(
      'Program and arguments. It reads what is to be signed, and writes the signed text or the signature',
    ),
    publicKey: Text.describe('File with the public key'),
  })
  .describe('Key that only another program has, which signs with it');

export const KeySource = z.union([SecretSource, ExternalKey]);
export type KeySource = z.infer<typeof KeySource>;

export const KeyProtectionSource = z
  .union([
    z.strictObject({ passphrase: SecretSource.describe('Passphrase that encrypts the keys') }),
    z.strictObject({
      encryptCommand: Command.describe('Program and arguments. It reads a key and writes it encrypted'),
      decryptCommand: Command.describe('Program and arguments. It decrypts a key at each start of the notary'),
    }),
  ])
  .describe('How keys are encrypted in the folder of the notary: with a passphrase, or by two commands');
export type KeyProtectionSource = z.infer<typeof KeyProtectionSource>;

/** The keys that a notary signs with, wherever it runs. */
export const signingKeys = {
  signingKey: KeySource.optional().describe(
    'OpenPGP key that signs mirrors, in the format of `SPACK_SIGNING_KEY`, which is the default. Or ' +
      '`signCommand`, a program that signs as `gpg --clearsign` does, and `publicKey`. If no key is configured, ' +
      'one is created at first start',
  ),
  imageKey: KeySource.optional().describe(
    'Key that signs images: the key file of `cosign generate-key-pair`, with its password in ' +
      '`COSIGN_PASSWORD`, or plain PEM. Or `signCommand`, a program that writes an ECDSA signature in DER, and ' +
      '`publicKey`. If no key is configured, one is created at first start',
  ),
  keyProtection: KeyProtectionSource.optional(),
};
