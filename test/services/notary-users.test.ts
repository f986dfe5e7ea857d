import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret, attemptProgram } from '../../src/kit/index.ts';
import { openNotary } from '../../src/server/index.ts';
import { temporaryFolder } from '../support/mirror-package.ts';
import { findPart } from '../support/part.ts';
import { testSigningKey } from '../support/served-stack.ts';
import { silentLogger } from '../support/silent-logger.ts';

const canChange = findPart('setpriv') !== undefined && findPart('curl') !== undefined && process.getuid?.() === 0;
if (!canChange) process.stderr.write('skipped: another user needs root, setpriv and curl\n');

/** Runs a program as `nobody`, as a member of this process's group: as the server next to a notary with its own user. */
async function asOther(program: string, ...words: readonly string[]): Promise<string> {
  const user = ['--reuid=65534', '--regid=65534', `--groups=${process.getgid?.()}`];
  return (await attemptProgram('setpriv', [...user, program, ...words], { env: { PATH: process.env['PATH'] } })).text;
}

describe.skipIf(!canChange)('a notary with a user of its own', () => {
  test.each([
    ['owner', '000'],
    ['group', '401'],
  ] as const)(
    'and socketAccess: %s answers a member of its group with %s, and shows no key',
    async (access, status) => {
      const base = await temporaryFolder();
      // Open to the other user, as a RuntimeDirectory of systemd is.
      await chmod(base, 0o755);
      const notary = await openNotary({
        configuration: { folder: 'home', listen: 'unix:socket', socketAccess: access, stacks: [] },
        base,
        token: new Secret('let me in'),
        env: { SPACK_SIGNING_KEY: await testSigningKey() },
        log: silentLogger,
      });
      try {
        const format = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}'];
        expect(await asOther('curl', ...format, '--unix-socket', join(base, 'socket'), 'http://notary/v1/keys')).toBe(
          status,
        );
        const [key = ''] = (await readdir(join(base, 'home/keys'))).filter((name) => name.endsWith('.key'));
        expect(key).toMatch(/^[0-9a-f]{64}\.key$/);
        expect(await asOther('cat', join(base, 'home/keys', key))).toBe('');
      } finally {
        await notary.close();
      }
    },
  );
});
