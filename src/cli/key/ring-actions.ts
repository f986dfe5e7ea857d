import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadServerSettings, notaryFolder } from '../../coordinator/index.ts';
import { readNamedFile, systemClock, writeSecretFile } from '../../kit/index.ts';
import {
  KeyRing,
  exportSigningKey,
  generateKey,
  keyFolder,
  notaryError,
  packagesSignedWith,
  readPublicKeys,
  readSecretKey,
  type SecretKey,
} from '../../notary/index.ts';
import type { CommandContext } from '../command.ts';
import type { ExportFlags, RingFlags } from './ring-flags.ts';

export async function list(flags: RingFlags, context: CommandContext): Promise<void> {
  const { ring } = await openRing(flags, context);
  const keys = (await ring.list()).map(({ publicKey: _publicKey, ...key }) => key);
  if (flags.json) return context.terminal.json({ keys });
  for (const { fingerprint, state, since, configured } of keys)
    context.terminal.data(`${fingerprint} ${state} since ${since}${configured ? ', configured' : ''}`);
}

export async function rotate(file: string | undefined, flags: RingFlags, context: CommandContext): Promise<void> {
  const { ring } = await openRing(flags, context);
  const before = (await ring.list()).find(({ state }) => state === 'signing');
  await ring.refuseConfigured();
  const key =
    file === undefined
      ? await generateKey({ name: 'Slipway', email: 'slipway@localhost', date: new Date(systemClock.now()) })
      : await readSecretKey(await readNamedFile(file, context.cwd));
  await ring.rotate(key);
  if (flags.json) return context.terminal.json({ signing: key.fingerprint, before: before?.fingerprint });
  context.terminal.data(`${key.fingerprint} signs from now on`);
  if (before !== undefined) context.terminal.data(`${before.fingerprint} stays accepted until it is revoked`);
}

export async function accept(file: string, flags: RingFlags, context: CommandContext): Promise<void> {
  const { ring } = await openRing(flags, context);
  const keys = await readPublicKeys(await readNamedFile(file, context.cwd));
  for (const key of keys) await ring.accept(key);
  if (flags.json) return context.terminal.json({ accepted: keys.map(({ fingerprint }) => fingerprint) });
  for (const { fingerprint } of keys) context.terminal.data(`${fingerprint} is accepted`);
}

export async function revoke(name: string, flags: RingFlags, context: CommandContext): Promise<void> {
  const { ring, home } = await openRing(flags, context);
  const fingerprint = await ring.revoke(name);
  const signed = await packagesSignedWith(fingerprint, home);
  if (flags.json) return context.terminal.json({ revoked: fingerprint, signed });
  for (const { stack, name: package_, version, hash } of signed)
    context.terminal.data(`${stack} ${package_}@${version}/${hash}`);
  context.terminal.note(`${fingerprint} is revoked. ${signed.length} packages have no signature that counts.`);
  if (signed.length > 0) context.terminal.note('hint: `slipway key re-sign`, where the server runs, signs them again.');
}

/** Prints public keys, or writes a pair of files as the tutorial's key helper does: `public.key` and `private.key`. */
export async function exportKeys(file: string | undefined, flags: ExportFlags, context: CommandContext): Promise<void> {
  const { ring, home } = await openRing(flags, context);
  if (flags.images) {
    const { id, publicKey } = await ring.imageKey();
    return flags.json ? context.terminal.json({ id, publicKey }) : context.terminal.data(publicKey.trimEnd());
  }
  const key = file === undefined ? undefined : await readSecretKey(await readNamedFile(file, context.cwd));
  const keys = key === undefined ? (await ring.list()).filter(({ state }) => state !== 'revoked') : [key];
  if (keys.length === 0) throw notaryError('NOTARY_KEYS_NONE', { folder: home });
  if (flags.to !== undefined) return writePair(key ?? (await ring.secretKey()), { ...flags, to: flags.to }, context);
  const publicKey = keys.map((one) => one.publicKey).join('\n');
  if (flags.json) return context.terminal.json({ fingerprint: keys[0]?.fingerprint, publicKey });
  context.terminal.data(publicKey.trimEnd());
}

async function writePair(
  key: SecretKey,
  { to, json }: RingFlags & { readonly to: string },
  context: CommandContext,
): Promise<void> {
  const folder = resolve(context.cwd, to);
  await mkdir(folder, { recursive: true });
  await writeSecretFile(join(folder, 'private.key'), exportSigningKey(key).reveal(), context.cwd);
  await writeFile(join(folder, 'public.key'), key.publicKey);
  const files = ['public.key', 'private.key'].map((name) => join(to, name));
  if (json) return context.terminal.json({ fingerprint: key.fingerprint, files });
  context.terminal.data(`${key.fingerprint} in ${files.join(' and ')}`);
}

/**
 * Opens the keys in a notary's folder: the named one, else that of the server's configuration. It may run meanwhile.
 */
async function openRing(flags: RingFlags, context: CommandContext): Promise<{ ring: KeyRing; home: string }> {
  const home = await homeOf(flags, context);
  return { ring: new KeyRing({ folder: keyFolder(home) }), home };
}

async function homeOf(flags: RingFlags, { env, cwd }: CommandContext): Promise<string> {
  if (flags.folder !== undefined) return resolve(cwd, flags.folder);
  return notaryFolder(await loadServerSettings(flags, env, cwd));
}
