import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { writeLauncher } from '../../src/executor/launcher.ts';
import { programEntry } from '../../src/kit/package-root.ts';
import { FleetRunner } from '../support/fleet-runner.ts';
import { findGitlabRunners } from '../support/gitlab-runners.ts';
import { runnerOnSlurm, type SlurmPlace } from '../support/slurm-contract.ts';

const versions = findGitlabRunners();

/** Starts a runner whose custom executor is the driver. */
async function start(program: string, { stack, cluster, token }: SlurmPlace) {
  const at = (name: string) => join(stack.folder, name);
  const bin = await writeLauncher(at('bin'), { entry: programEntry(), cache: at('cache') });
  const driver = `#!/bin/sh\nexport SLURM_CONF='${cluster.config}' PATH='${bin}':"$PATH"\nexec '${bin}/slipway' slurm "$@"\n`;
  await writeFile(at('driver'), driver, { mode: 0o755 });
  // The scripts for artifacts call it by this name.
  await symlink(program, join(bin, 'gitlab-runner'));
  const stages = ['config', 'prepare', 'run', 'cleanup'].map(
    (name) =>
      `    ${name}_exec = "${at('driver')}"\n    ${name}_args = ["${name}", "--config", "${at('slurm.yaml')}"]\n`,
  );
  const environment = `environment = ["PATH=${bin}:${process.env.PATH}"]`;
  const runners = `[[runners]]\n  url = "${stack.server.url}"\n  token = "${token}"\n  executor = "custom"\n  ${environment}\n`;
  await mkdir(at('fleet'), { recursive: true });
  const runner = new FleetRunner({ program, folder: at('fleet'), bin });
  const text = `concurrent = 1\ncheck_interval = 1\n${runners}  [runners.custom]\n${stages.join('')}`;
  await writeFile(runner.config, text);
  await runner.start();
  return { stop: () => runner.stop('SIGKILL'), jobs: join(at('shared'), 'jobs') };
}

describe.skipIf(versions.length === 0)('an unmodified gitlab-runner', () => {
  for (const { version, program } of versions)
    runnerOnSlurm(`of version ${version}, whose custom executor is slipway slurm`, {
      start: (place) => start(program, place),
    });
});
