import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { programEntry } from '../../src/kit/package-root.ts';
import { folderStore, listEntries, readEntry, v2Layout } from '../../src/mirror/index.ts';
import { createVerifier, readSecretKey } from '../../src/notary/index.ts';
import { openEarlyAddress, type EarlyAddress } from '../support/early-address.ts';
import { gather } from '../support/gather.ts';
import { findPart } from '../support/part.ts';
import { selfSigned } from '../support/self-signed.ts';
import { serveStack, stackName, testSigningKey } from '../support/served-stack.ts';
import { smallStack } from '../support/small-stack.ts';

const openssl = findPart('openssl');
const key = await testSigningKey();

let folder: string;
let earlyAddress: EarlyAddress | undefined;
let notary: ChildProcess | undefined;

/** A host of its own, as far as one machine can show it: another folder, and only addresses to reach the other by. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-alone-'));
});
afterEach(async () => {
  if (notary !== undefined && notary.exitCode === null && notary.signalCode === null) {
    const exited = once(notary, 'exit');
    notary.kill('SIGTERM');
    await exited;
  }
  await earlyAddress?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Tls {
  readonly certificate: string;
  readonly key: string;
}

async function startNotary(mirror: string, tls?: Tls): Promise<string> {
  const home = join(folder, 'host');
  await mkdir(home);
  const configuration = {
    folder: 'keys-and-logs',
    listen: '127.0.0.1:0',
    ...(tls === undefined ? {} : { tls }),
    token: { env: 'LAB_TOKEN' },
    signingKey: { env: 'LAB_KEY' },
    stacks: [{ name: stackName, mirror }],
  };
  await writeFile(join(home, 'slipway.notary.yaml'), JSON.stringify(configuration));
  const trusted = tls === undefined ? {} : { NODE_EXTRA_CA_CERTS: tls.certificate };
  notary = spawn(process.execPath, [programEntry(), 'notary', '--log-level', 'silent'], {
    cwd: home,
    env: { PATH: process.env.PATH, LAB_TOKEN: 'a-secret-of-both', LAB_KEY: key, ...trusted },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: notary.stdout as NodeJS.ReadableStream })) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('the notary ended before it listened');
}

async function signsFromAfar(tls?: Tls): Promise<void> {
  earlyAddress = await openEarlyAddress(tls);
  const url = await startNotary(`${earlyAddress.url}/mirrors/${stackName}`, tls);
  const trusted = tls === undefined ? {} : { certificate: tls.certificate };
  const stack = await serveStack({
    stack: { layouts: ['v3', 'v2'] },
    server: { notary: { url, token: { env: 'LAB_TOKEN' }, ...trusted } },
    env: { LAB_TOKEN: 'a-secret-of-both', SPACK_SIGNING_KEY: '' },
  });
  earlyAddress.leadTo(stack.server.url);
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
}

test('a notary on a host of its own signs what it reads of the server over HTTP, and the server has no key', async () => {
  await signsFromAfar();
});

describe.skipIf(openssl === undefined)('with TLS both ways', () => {
  test('it signs what it reads of the server over HTTPS', async () => {
    await signsFromAfar(await selfSigned(openssl as string, folder));
  });

  test('the server does not begin with a notary whose certificate it does not know', async () => {
    const url = await startNotary('https://127.0.0.1:9', await selfSigned(openssl as string, folder));
    const server = { notary: { url, token: { env: 'LAB_TOKEN' } } };
    const refused = serveStack({ server, env: { LAB_TOKEN: 'a-secret-of-both', SPACK_SIGNING_KEY: '' } });
    await expect(refused).rejects.toMatchObject({
      code: 'NOTARY_CERTIFICATE_REFUSED',
      details: { address: url, reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
  });
});
