import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret, atomicWrite } from '../../kit/index.ts';
import type { Clock } from '../../kit/index.ts';
import {
  createSigner,
  exportSigningKey,
  generateCosignKey,
  generateKey,
  readCosignKey,
  readSecretKey,
} from '../../notary/index.ts';
import type { CosignKey, Signer } from '../../notary/index.ts';
import type { ServerSettings } from './settings.ts';

const OWNER_ONLY = 0o600;

/** The secret that all tokens are derived from; made at the first start. */
export async function serverSecret(folder: string): Promise<Secret> {
  return new Secret(await readOrMake(join(folder, 'server-secret'), async () => randomBytes(32).toString('hex')));
}

/** The key that signs the mirrors: the configured one, else `SPACK_SIGNING_KEY`, else one made at the first start. */
export async function signingKey(
  settings: ServerSettings,
  { env, folder, clock }: { env: Readonly<Record<string, string | undefined>>; folder: string; clock: Clock },
): Promise<Signer> {
  const { signingKey: source } = settings.configuration;
  const given = source === undefined ? env.SPACK_SIGNING_KEY : (await settings.reveal(source, 'signingKey')).reveal();
  const text =
    given ??
    (await readOrMake(join(folder, 'signing-key'), async () =>
      exportSigningKey(
        await generateKey({ name: 'Slipway', email: 'slipway@localhost', date: new Date(clock.now()) }),
      ).reveal(),
    ));
  return createSigner(await readSecretKey(text));
}

/** The key that signs images; made at the first start. */
export async function imageSigningKey(folder: string): Promise<CosignKey> {
  return readCosignKey(
    await readOrMake(join(folder, 'cosign.key'), async () => generateCosignKey().privateKey.reveal().trim()),
  );
}

async function readOrMake(file: string, make: () => Promise<string>): Promise<string> {
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (known !== undefined) return known.trim();
  const made = await make();
  await atomicWrite(file, `${made}\n`, OWNER_ONLY);
  return made;
}
