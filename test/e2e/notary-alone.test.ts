import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { programEntry } from '../../src/cli/package-root.ts';
import { folderStore, listEntries, readEntry, v2Layout } from '../../src/mirror/index.ts';
import { createVerifier, readSecretKey } from '../../src/notary/index.ts';
import { freePort } from '../support/docker-registry.ts';
import { gather } from '../support/gather.ts';
import { serveStack, stackName, testSigningKey } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

let folder: string;
let key: string;
let notary: ChildProcess;

/** A host of its own, as far as one machine can show it: another folder, and only addresses to reach the other by. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-alone-'));
  key = await testSigningKey();
});
afterAll(async () => {
  if (notary.exitCode === null && notary.signalCode === null) {
    const exited = once(notary, 'exit');
    notary.kill('SIGTERM');
    await exited;
  }
  await rm(folder, { recursive: true, force: true });
});

async function startNotary(mirror: string): Promise<string> {
  const home = join(folder, 'host');
  await mkdir(home);
  const configuration = {
    folder: 'keys-and-logs',
    listen: '127.0.0.1:0',
    token: { env: 'LAB_TOKEN' },
    signingKey: { env: 'LAB_KEY' },
    stacks: [{ name: stackName, mirror }],
  };
  await writeFile(join(home, 'slipway.notary.yaml'), JSON.stringify(configuration));
  notary = spawn(process.execPath, [programEntry(), 'notary', '--log-level', 'silent'], {
    cwd: home,
    env: { PATH: process.env.PATH, LAB_TOKEN: 'a-secret-of-both', LAB_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: notary.stdout as NodeJS.ReadableStream })) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('the notary ended before it listened');
}

test('a notary on a host of its own signs what it reads of the server over HTTP, and the server has no key', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const url = await startNotary(`http://${address}/mirrors/${stackName}`);
  const stack = await serveStack({
    stack: { layouts: ['v3', 'v2'] },
    server: { listen: address, notary: { url, token: { env: 'LAB_TOKEN' } } },
    env: { LAB_TOKEN: 'a-secret-of-both', SPACK_SIGNING_KEY: '' },
  });
  try {
    const sha = await stack.push('main', smallStack);
    expect(await stack.finalStatus(sha)).toMatchObject({ state: 'success' });
    const { publicKey, fingerprint } = await readSecretKey(key);
    const store = folderStore(stack.server.folder.mirror(stackName));
    const trust = { verifier: createVerifier(publicKey), requireSignature: true };
    const entries = await gather(listEntries(store));
    expect(entries.map(({ name }) => name)).toEqual(['leaf', 'other', 'tool']);
    for (const id of entries) {
      expect(await readEntry(store, id, trust)).toMatchObject({ signedBy: fingerprint });
      expect(await v2Layout(store).read(id, trust)).toMatchObject({ signedBy: fingerprint });
    }
    // No notary was started here, so there is no folder of keys.
    expect(await readdir(stack.server.folder.root)).not.toContain('notary');
    expect(await readdir(join(folder, 'host/keys-and-logs/logs'))).toEqual([`${stackName}.jsonl`]);
  } finally {
    await stack.close();
  }
});
