import { afterEach, describe, expect, test } from 'vitest';
import { sandboxAvailable } from '../../src/executor/index.ts';
import { serveStack, type ServedStack, type ServeOptions } from '../support/served-stack.ts';

const canHide = await sandboxAvailable();
if (!canHide) process.stderr.write('skipped: hiding the notary from jobs needs user namespaces\n');

let served: ServedStack | undefined;
afterEach(() => served?.close());

/** Runs a job of the protected branch that reads all it can of the notary, and returns its log. */
async function look(options: ServeOptions): Promise<string> {
  const stack = (served = await serveStack({ ...options, env: { SPACK_SIGNING_KEY: '', ...options.env } }));
  const home = `${stack.folder}/data/notary`;
  const script = [`ls -R ${home} || true`, `cat ${home}/keys/*.key ${home}/address.json || true`, 'echo looked'];
  const sha = await stack.push('main', { '.gitlab-ci.yml': JSON.stringify({ look: { script } }) });
  await stack.finalStatus(sha);
  return (await stack.jobs(sha)).get('look')?.log ?? '';
}

const runners = (sandbox: 'never' | 'always') => [{ name: 'embedded', embedded: true, sandbox }];

describe('a job of a protected branch', () => {
  test.skipIf(!canHide)('in the sandbox finds nothing of the notary', async () => {
    const log = await look({ server: { runners: runners('always') } });
    expect(log).toMatch(/^looked$/m);
    expect(log).not.toMatch(/\.key\b.*\n.*\.pub|BEGIN|"token"/);
  });

  test('control: without a sandbox it reads the keys, as the same user', async () => {
    expect(await look({ server: { runners: runners('never') } })).toContain('BEGIN PRIVATE KEY');
  });

  test('without a sandbox it reads encrypted keys only, if they are protected', async () => {
    const keyProtection = { passphrase: { env: 'PHRASE' } };
    const server = { runners: runners('never'), keyProtection };
    const log = await look({ server, env: { PHRASE: 'correct horse battery staple' } });
    expect(log).toContain('BEGIN SLIPWAY ENCRYPTED KEY');
    expect(log).not.toContain('BEGIN PRIVATE KEY');
  });
});
