import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readNamedFile, systemClock, writeSecretFile } from '../../kit/index.ts';
import {
  exportSigningKey,
  generateCosignKey,
  generateKey,
  notaryError,
  packagesSignedWith,
  readCosignKey,
  readPublicKeys,
  readSecretKey,
  type KeyRing,
  type SecretKey,
} from '../../notary/index.ts';
import type { CommandContext } from '../command.ts';
import { confirm, type ConfirmFlags } from '../confirm.ts';
import { openRing } from './open-ring.ts';
import type { ExportFlags, RingFlags, RotateFlags } from './ring-flags.ts';

export async function list(flags: RingFlags, context: CommandContext): Promise<void> {
  const { ring } = await openRing(flags, context);
  const keys = (await ring.list()).map(({ publicKey: _publicKey, ...key }) => key);
  if (flags.json) return context.terminal.json({ keys });
  for (const { fingerprint, use, state, since, configured } of keys)
    context.terminal.data(`${fingerprint} ${use} ${state} since ${since}${configured ? ', configured' : ''}`);
}

export async function rotate(file: string | undefined, flags: RotateFlags, context: CommandContext): Promise<void> {
  const { ring } = await openRing(flags, context);
  const use = flags.images ? 'images' : 'packages';
  const before = (await ring.list()).find((one) => one.use === use && one.state === 'signing');
  await ring.refuseConfigured(use);
  const text = file === undefined ? undefined : await readNamedFile(file, context.cwd);
  const signing = flags.images ? await rotateImageKey(ring, text, context) : await rotateSigningKey(ring, text);
  if (flags.json) return context.terminal.json({ signing, before: before?.fingerprint });
  context.terminal.data(`${signing} signs from now on`);
  if (before !== undefined) context.terminal.data(`${before.fingerprint} stays accepted until it is revoked`);
}

async function rotateSigningKey(ring: KeyRing, text: string | undefined): Promise<string> {
  const request = { name: 'Slipway', email: 'slipway@localhost', date: new Date(systemClock.now()) };
  const key = text === undefined ? await generateKey(request) : await readSecretKey(text);
  await ring.rotate(key);
  return key.fingerprint;
}

async function rotateImageKey(ring: KeyRing, text: string | undefined, { env }: CommandContext): Promise<string> {
  const key = text === undefined ? generateCosignKey() : readCosignKey(text, env.COSIGN_PASSWORD);
  await ring.rotateImageKey(key);
  return key.id;
}

export async function accept(file: string, flags: RingFlags, context: CommandContext): Promise<void> {
  const { ring } = await openRing(flags, context);
  const keys = await readPublicKeys(await readNamedFile(file, context.cwd));
  for (const key of keys) await ring.accept(key);
  if (flags.json) return context.terminal.json({ accepted: keys.map(({ fingerprint }) => fingerprint) });
  for (const { fingerprint } of keys) context.terminal.data(`${fingerprint} is accepted`);
}

export async function revoke(name: string, flags: RingFlags & ConfirmFlags, context: CommandContext): Promise<void> {
  const { ring, home } = await openRing(flags, context);
  await confirm(`Revoke the key ${name}, and stop accepting what it signed`, flags, context);
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
    const [signing, ...accepted] = await validKeys(ring, 'images');
    if (signing === undefined) throw notaryError('NOTARY_IMAGE_KEY_MISSING');
    const publicKey = [signing, ...accepted].map((one) => one.publicKey).join('');
    if (flags.json) return context.terminal.json({ id: signing.fingerprint, publicKey });
    return context.terminal.data(publicKey.trimEnd());
  }
  const key = file === undefined ? undefined : await readSecretKey(await readNamedFile(file, context.cwd));
  const keys = key === undefined ? await validKeys(ring, 'packages') : [key];
  if (keys.length === 0) throw notaryError('NOTARY_KEYS_NONE', { folder: home });
  if (flags.to !== undefined) return writePair(key ?? (await ring.secretKey()), { ...flags, to: flags.to }, context);
  const publicKey = keys.map((one) => one.publicKey).join('\n');
  if (flags.json) return context.terminal.json({ fingerprint: keys[0]?.fingerprint, publicKey });
  context.terminal.data(publicKey.trimEnd());
}

/** Returns the keys that are not revoked; the one that signs comes first. */
async function validKeys(ring: KeyRing, use: 'packages' | 'images') {
  return (await ring.list()).filter((one) => one.use === use && one.state !== 'revoked');
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
