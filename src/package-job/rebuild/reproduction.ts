import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readGit, type ProcessVariables } from '../../kit/index.ts';
import { installedSpack } from '../../builder/index.ts';
import { writeSpecFile, type Lockfile, type SpecNode } from '../../spack/index.ts';
import type { RebuildJob } from './rebuild-job.ts';

interface ReproductionRequest {
  readonly job: RebuildJob;
  readonly lock: Lockfile;
  readonly node: SpecNode;
  readonly env: ProcessVariables;
  /** Whether Spack builds it: then its own command is to find what it looks for. */
  readonly isSpack: boolean;
}

/** Leaves what `slipway reproduce` and `spack ci reproduce-build` look for, under the names of `spack ci rebuild`. */
export async function leaveReproduction({ job, lock, node, env, isSpack }: ReproductionRequest): Promise<void> {
  const { reproduction: folder, concrete, artifactsRoot } = job;
  if (folder === undefined) return;
  for (const from of [concrete, artifactsRoot]) await copyFiles(from, folder);
  const write = async (name: string, text: string) => writeFile(join(folder, name), text);
  await write(`${node.name}.json`, writeSpecFile(lock, node.hash));
  const details = {
    job_name: job.job.jobName ?? null,
    job_spec_json: `${node.name}.json`,
    ci_project_dir: job.job.projectFolder,
    // Ours, for `slipway reproduce`.
    commit: env['CI_COMMIT_SHA'],
  };
  await write('repro.json', JSON.stringify(details));
  if (!isSpack) return;
  await write('spack_info.txt', `\n${await spackInfo(lock, env)}\n`);
  await writeFile(join(folder, 'install.sh'), installScript(concrete, node), { mode: 0o755 });
}

async function copyFiles(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true }).catch(() => []))
    if (entry.isFile()) await copyFile(join(from, entry.name), join(to, entry.name));
}

/** The last commit of the Spack that is at hand; of a Spack that is not here, the one that made the lock. */
async function spackInfo(lock: Lockfile, env: ProcessVariables): Promise<string> {
  const found = await installedSpack(env).catch(() => undefined);
  if (found?.commit !== undefined) {
    const text = await readGit(found.root, ['-c', 'safe.directory=*', 'log', '-1']);
    if (text !== undefined) return text.trimEnd();
  }
  const { version, commit } = lock.spack as { readonly version?: unknown; readonly commit?: unknown };
  if (typeof commit === 'string') return `commit ${commit}`;
  return `no git repo, use spack ${String(found?.version ?? version)}`;
}

/** What Spack's own command would run; for people, in an activated environment of the same lock. */
function installScript(concrete: string, node: SpecNode): string {
  const install = `"spack" "--color=always" "--backtrace" "--verbose" "install" "--use-buildcache=package:never,dependencies:only"`;
  return [
    '#!/bin/sh\n\n',
    '# spack install command',
    'set -e',
    `"spack" "-e" "${concrete}" "bootstrap" "now"\n`,
    `${install} "--only=dependencies" "/${node.hash}"\n`,
    `${install} "--keep-stage" "--only=package" "/${node.hash}"\n\n`,
  ].join('\n');
}
