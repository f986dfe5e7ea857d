import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectGoodManners, oneRecipe, openWith, type ForgeLab } from '../support/forge-lab.ts';
import type { ForgeStandIn } from '../support/forge-stand-in.ts';
import { githubLab } from '../support/github-lab.ts';

/** Each build has another result. */
const files = {
  ...oneRecipe,
  'recipes/gauge.yaml':
    'name: gauge\nversion: "1.0"\ninstall: mkdir -p "$PREFIX" && cat /proc/sys/kernel/random/uuid > "$PREFIX/scale"\n',
};

test('`/slipway rebuild` builds a package again that the mirror has, and no other command does', async () => {
  const lab = await githubLab();
  const { head, number } = await openWith(lab, 'bring', files);
  expect(await lab.verdict(head)).toBe('success: All 2 jobs succeeded');
  lab.site.api.roles.set('grace', 'write');
  const built = await blobs(lab, number);
  const { ledger, pipelines } = lab.server.coordinator.context;

  /** Gives the command; resolves with the status of its pipeline, and the logs of all of its jobs. */
  const say = async (command: string) => {
    const before = lab.pipelinesOf(head).length;
    await lab.site.say(number, 'grace', `/slipway ${command}`);
    await lab.until(() => lab.pipelinesOf(head).length > before);
    await lab.until(() => ['success', 'failed'].includes(lab.pipelinesOf(head)[0]?.status ?? ''));
    const { id = '', status } = lab.pipelinesOf(head)[0] ?? {};
    const ids = [id, ...pipelines.children(id).map((child) => child.id)];
    const runs = ids.flatMap((pipeline) => pipelines.runs(pipeline));
    const logs = await Promise.all(runs.map((run) => logOf(lab, run.id)));
    return { status, log: logs.join('\n') };
  };

  const run = await say('run');
  expect(run.status).toBe('success');
  expect(run.log).not.toContain('gauge@1.0: install');
  expect(await blobs(lab, number)).toEqual(built);

  const rebuilt = await say('rebuild gauge');
  expect(rebuilt.status).toBe('success');
  expect(rebuilt.log).toContain('but to be built again');
  expect(rebuilt.log).toContain('gauge@1.0: install');
  expect(await blobs(lab, number)).not.toEqual(built);

  const unknown = await say('rebuild gage');
  expect(unknown.status).toBe('failed');
  expect(unknown.log).toContain('SLIPWAY_REBUILD names `gage`, which the lock does not build.');
  expect(unknown.log).toContain('Did you mean `gauge`?');
  await lab.until(() => lab.said(head).at(-1)?.startsWith('failure: ') === true);
  expect(ledger.commands('stack', String(number)).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  expectGoodManners(lab);
});

async function logOf(lab: ForgeLab<ForgeStandIn>, job: string): Promise<string> {
  return (await fetch(`${lab.server.url}/api/v1/jobs/${job}/log`)).text();
}

/** What the manifests of the request's packages name. */
async function blobs(lab: ForgeLab<ForgeStandIn>, number: number): Promise<readonly string[]> {
  const folder = join(lab.server.folder.mirror('stack'), 'pr', String(number));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const manifests = entries.filter((one) => one.isFile() && /gauge.*\.json$/.test(one.name));
  expect(manifests).not.toEqual([]);
  return Promise.all(manifests.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')));
}
