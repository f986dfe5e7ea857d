import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import {
  folderStore,
  listEntries,
  publishedKeys,
  readEntry,
  writeView,
  type ObjectStore,
} from '../../src/mirror/index.ts';
import {
  KeyRing,
  createSigner,
  generateKey,
  readSigningLog,
  verifySigningLog,
  type SecretKey,
} from '../../src/notary/index.ts';
import { formatManifest, parseManifest, readLockfile, signedPayload } from '../../src/spack/index.ts';
import { collectedTerminal } from '../support/collected-terminal.ts';
import { gather } from '../support/gather.ts';
import { serveStack, stackName, type ServedStack } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

let folder: string;
let stack: ServedStack;
let first: SecretKey;
let mirror: ObjectStore;

const home = () => join(folder, 'notary');
const logText = () => readFile(join(home(), 'logs', `${stackName}.jsonl`), 'utf8').catch(() => '');
const notaryPid = async () => (JSON.parse(await readFile(join(home(), 'server.lock'), 'utf8')) as { pid: number }).pid;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-notary-'));
  first = await generateKey({ name: 'First', date: new Date(), algorithm: 'ed25519' });
  await new KeyRing({ folder: join(home(), 'keys') }).rotate(first);
  stack = await serveStack({ server: { notary: { folder: home() } }, env: { SPACK_SIGNING_KEY: '' } });
  mirror = stack.server.coordinator.context.stacks.get(stackName)!.mirror.root('');
  const configuration = {
    data: stack.server.folder.root,
    notary: { folder: home() },
    stacks: [{ name: stackName, remote: stack.repository.remote }],
  };
  await writeFile(join(folder, 'slipway.server.yaml'), JSON.stringify(configuration));
});
afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

async function slipway(...words: string[]) {
  const { terminal, stdout, stderr } = collectedTerminal();
  const env = { PATH: process.env.PATH };
  const exitCode = await main(words, { env, cwd: folder, terminal, signal: new AbortController().signal });
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

/** Whose signature each entry has that counts. */
async function signers(store: ObjectStore = mirror): Promise<ReadonlySet<string | undefined>> {
  const { verifier } = stack.server.coordinator.context;
  const found = new Set<string | undefined>();
  for (const id of await gather(listEntries(store)))
    found.add((await readEntry(store, id, { verifier, requireSignature: true }))?.signedBy);
  return found;
}

test('the notary is another process; killed while a pipeline pushes, it is started again, and the pipeline ends well', async () => {
  const before = await notaryPid();
  expect(before).not.toBe(process.pid);
  const sha = await stack.push('main', smallStack);
  stack.server.wake(stackName);
  while (!(await logText()).includes('"action":"signed"')) await sleep(10);
  process.kill(before, 'SIGKILL');
  expect(await stack.finalStatus(sha)).toMatchObject({ state: 'success' });
  // Where nothing was left to be signed, the pipeline did not wait for it.
  while ((await notaryPid().catch(() => before)) === before) await sleep(10);
  expect(await signers()).toEqual(new Set([first.fingerprint]));
});

test('its log says what was signed for which job, and shows when it was changed', async () => {
  const text = await logText();
  const names = readSigningLog(text).flatMap((one) => (one.action === 'signed' ? [`${one.stack} ${one.name}`] : []));
  // What the notary had signed and written down when it was killed, but not answered, is signed once more.
  expect([...new Set(names)].toSorted()).toEqual(['leaf', 'other', 'tool'].map((name) => `${stackName} ${name}`));
  const file = join(home(), 'logs', `${stackName}.jsonl`);
  const { lines, head } = verifySigningLog(text);
  expect(await slipway('notary', 'log', file, '--head', head)).toMatchObject({
    exitCode: 0,
    stdout: `${lines} records, each after the other; the last one is ${head}\n`,
  });
  const copy = join(folder, 'copy.jsonl');
  await writeFile(copy, text.replace('"name":"leaf"', '"name":"lead"'));
  expect(await slipway('notary', 'log', copy)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[NOTARY_LOG_BROKEN]'),
  });
  await writeFile(copy, `${text.split('\n').slice(0, -2).join('\n')}\n`);
  expect(await slipway('notary', 'log', copy, '--head', head)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('[NOTARY_LOG_HEAD_MISSING]'),
  });
});

test('a key is exchanged while the server runs, the old one revoked, and its packages signed again, views too', async () => {
  const { context } = stack.server.coordinator;
  const digest = context.pipelines.list({ stack: stackName }).find(({ lockDigest }) => lockDigest !== undefined)
    ?.lockDigest as string;
  const lock = readLockfile(await readFile(context.folder.lock(digest), 'utf8'), 'spack.lock');
  await writeView(mirror, { lock, lockDigest: digest, read: { verifier: context.verifier, requireSignature: true } });
  const view = folderStore(join(stack.server.folder.mirror(stackName), 'locks', digest));

  expect(await slipway('key', 'create', '--algorithm', 'ed25519', '--output', 'second')).toMatchObject({ exitCode: 0 });
  const rotated = JSON.parse((await slipway('key', 'rotate', 'second', '--json')).stdout) as { signing: string };
  const second = rotated.signing;
  expect(rotated).toEqual({ signing: second, before: first.fingerprint });
  // With overlap: what the first key signed counts still, and what is built now is signed with the second.
  const sha = await stack.push('main', {
    'recipes/other.yaml': smallStack['recipes/other.yaml'].replace('echo other', 'echo more'),
  });
  expect(await stack.finalStatus(sha)).toMatchObject({ state: 'success' });
  expect(await signers()).toEqual(new Set([first.fingerprint, second]));

  const revoked = JSON.parse((await slipway('key', 'revoke', first.fingerprint, '--yes', '--json')).stdout) as {
    signed: { stack: string; name: string }[];
  };
  expect(revoked.signed.map(({ stack: of, name }) => `${of} ${name}`).toSorted()).toEqual(
    ['leaf', 'other', 'tool'].map((name) => `${stackName} ${name}`),
  );
  await stack.server.refreshKeys();
  await expect(signers()).rejects.toMatchObject({ code: 'MIRROR_SIGNATURE_KEY_UNKNOWN' });
  expect((await publishedKeys(mirror)).map(({ fingerprint }) => fingerprint)).toEqual([second]);

  const listed = await slipway('key', 're-sign', '--dry-run');
  expect(listed.stdout.match(/ stale$/gm)).toHaveLength(3);
  expect(await slipway('key', 're-sign')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(new RegExp(`^(${stackName} \\S+ signed\\n){3}$`)),
  });
  expect(await signers()).toEqual(new Set([second]));
  expect(await signers(view)).toEqual(new Set([second]));
  expect((await slipway('key', 're-sign')).stdout).toBe('');
});

test('what the revoked key signed elsewhere is not signed again, and named', async () => {
  const [tool, leaf] = ['tool', 'leaf'].map((name) => async () => {
    const entry = (await gather(listEntries(mirror))).find((one) => one.name === name);
    return { key: entry!.key, text: (await mirror.get(entry!.key))!.toString() };
  });
  const [victim, source] = [await tool!(), await leaf!()];
  const manifest = parseManifest(signedPayload(victim.text));
  const foreign = parseManifest(signedPayload(source.text)).data[0]!;
  const forged = formatManifest({ ...manifest, data: [foreign, manifest.data[1]!] });
  await mirror.put(victim.key, Buffer.from(await createSigner(first).sign(forged)));
  const { exitCode, stdout, stderr } = await slipway('key', 're-sign');
  expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^small-stack tool\S+ NOTARY_NOT_IN_LOG\n$/)]);
  expect(stderr).toContain('[NOTARY_NOT_RE_SIGNED]');
  await mirror.put(victim.key, Buffer.from(victim.text));
});

test('keys are exported as the key helper of Spack’s tutorial does', async () => {
  expect(await slipway('key', 'export', '--to', 'out')).toMatchObject({ exitCode: 0 });
  expect(await readdir(join(folder, 'out'))).toEqual(['private.key', 'public.key']);
  const line = await readFile(join(folder, 'out/private.key'), 'utf8');
  expect(line).toMatch(/^[A-Za-z0-9+/=]+$/);
  const publicKey = await readFile(join(folder, 'out/public.key'), 'utf8');
  expect(Buffer.from(line, 'base64').toString().startsWith(publicKey.trimEnd())).toBe(true);
});
