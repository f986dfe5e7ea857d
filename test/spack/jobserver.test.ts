import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rebuildPackage, spackBuilder } from '../../src/builder/index.ts';
import { folderStore, v3Layout } from '../../src/mirror/index.ts';
import { topologicalOrder } from '../../src/spack/index.ts';
import { findPart } from '../support/part.ts';
import { findSpacks, readyToBuild, spackLab, warmCache } from '../support/spack-lab.ts';

const make = findPart('make');
const spacks = make === undefined ? [] : (await findSpacks()).filter(readyToBuild);
if (spacks.length === 0) test.skip('needs a Spack, and make', () => undefined);

/** A named pipe with tokens, and what is in it at the end. */
function pipeWith(path: string, tokens: string): { left(): string } {
  execFileSync('mkfifo', [path]);
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(pipe));
  writeSync(pipe, tokens);
  const read = Buffer.alloc(100);
  return { left: () => read.toString('utf8', 0, readSync(pipe, read)) };
}

describe.each(spacks)('a build by Spack $version', ({ root }) => {
  test('runs as many commands at once as the jobserver has tokens, and one more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-tokens-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const place = (name: string) => join(folder, name);
    const lab = await spackLab({ root, folder: place('lab'), store: place('store') });
    await lab.spack('external', 'find', '--scope', 'user', 'gmake');
    await warmCache(lab, place('cache'));
    await mkdir(place('env'));
    await writeFile(place('env/spack.yaml'), 'spack: { specs: [pier], view: false }\n');
    const log: string[] = [];
    const builder = spackBuilder({
      env: { ...lab.env, SPACK_ROOT: root },
      cacheFolder: place('cache'),
      log: (line) => void log.push(line),
      mirrors: async () => ({ variables: [] }),
    });
    const lock = await builder.lock({ environment: place('env') });
    const tokens = pipeWith(place('tokens'), '++');
    const mirror = v3Layout(folderStore(place('mirror'), { durable: false }));
    for (const { hash } of topologicalOrder(lock).filter(({ external }) => external === undefined))
      await rebuildPackage({
        builder,
        lock,
        hash,
        environment: place('env'),
        scratch: place('scratch'),
        sources: [{ layout: mirror, requireSignature: false }],
        destination: [mirror],
        jobs: 2,
        jobserver: place('tokens'),
        log: (line) => void log.push(line),
      });
    expect(log.join('\n')).toMatch(/^most at once: 3$/m);
    expect(tokens.left()).toBe('++');
  });
});
