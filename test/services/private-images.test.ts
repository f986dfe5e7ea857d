import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createToken } from '../../src/server/access/create-token.ts';
import { openLab, type Lab } from '../support/coordinator.ts';
import { serveLab, type LabGateway } from '../support/lab-gateway.ts';
import { temporaryFolder } from '../support/mirror-package.ts';
import { findPart } from '../support/part.ts';

const run = promisify(execFile);
const skopeo = findPart('skopeo');

describe.skipIf(skopeo === undefined)('skopeo at a server with private stacks', () => {
  let lab: Lab;
  let server: LabGateway;
  let folder: string;
  const token = (stack: string) =>
    createToken(
      { access: lab.access, credentials: lab.context.tokens },
      { name: 'images', scope: 'read', stacks: [stack], days: 1 },
      'the test',
    ).token;

  async function serve(): Promise<void> {
    folder = await temporaryFolder();
    lab = await openLab({ stack: { private: true } });
    await lab.happens(lab.push('main').event);
    await lab.workAll();
    server = await serveLab(lab);
    onTestFinished(() => server.close());
  }

  const host = () => new URL(server.url).host;
  const pull = (authFile: string, to: string) =>
    run(skopeo as string, [
      'copy',
      '--quiet',
      '--src-tls-verify=false',
      `--authfile=${authFile}`,
      `docker://${host()}/lab/stack:latest`,
      `dir:${join(folder, to)}`,
    ]);
  const login = async (name: string, password: string) => {
    const file = join(folder, `${name}.json`);
    await writeFile(file, '{}');
    const words = ['login', '--tls-verify=false', `--authfile=${file}`, '--username=any', `--password=${password}`];
    await run(skopeo as string, [...words, host()]);
    return file;
  };

  test('pulls with a token of the stack as the password', async () => {
    await serve();
    await pull(await login('reader', token('lab')), 'with-token');
  });

  test('gets nothing without one, or with a token of another stack, and cannot log in with a wrong one', async () => {
    await serve();
    const none = join(folder, 'none.json');
    await writeFile(none, '{}');
    await expect(pull(none, 'without')).rejects.toThrow(/unauthorized|authentication required|401/i);
    await expect(pull(await login('stranger', token('other')), 'stranger')).rejects.toThrow(/name unknown|404/i);
    await expect(login('wrong', 'slipway_wrong')).rejects.toThrow(/401|invalid username\/password|unauthorized/i);
  });
});
