import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LogPrinter } from '../../src/cli/log-printer.ts';
import type { RunningServer } from '../../src/server/assembly/open-server.ts';
import type { PipelineLedger } from '../../src/coordinator/index.ts';
import { collectedTerminal } from './collected-terminal.ts';
import type { PipelineResult } from './conformance-differences.ts';

interface FamilyMember {
  readonly id: string;
  /** Names of the trigger jobs above it, each with ` / ` after it. */
  readonly prefix: string;
}

/** A pipeline and the children that its trigger jobs have now, down to the lowest. */
export function pipelineFamily(pipelines: PipelineLedger, id: string, prefix = ''): readonly FamilyMember[] {
  const below = Object.values(pipelines.state(id).jobs).flatMap(({ name, child }) =>
    child === undefined ? [] : pipelineFamily(pipelines, child, `${prefix}${name} / `),
  );
  return [{ id, prefix }, ...below];
}

/** Reads how a pipeline and its children ended. */
export async function servedResult(server: RunningServer, pipeline: string): Promise<PipelineResult> {
  const { pipelines } = server.coordinator.context;
  const family = pipelineFamily(pipelines, pipeline);
  const jobs = family.flatMap(({ id, prefix }) =>
    Object.values(pipelines.state(id).jobs).map((job) => [`${prefix}${job.name}`, job] as const),
  );
  const output = new Map<string, readonly string[]>();
  for (const { id, prefix } of family)
    for (const run of pipelines.runs(id)) {
      const name = `${prefix}${run.name}`;
      output.set(name, [...(output.get(name) ?? []), ...(await logLines(server, run.id))]);
    }
  return {
    status: pipelines.state(pipeline).status,
    jobs: Object.fromEntries(jobs.map(([name, { status }]) => [name, status])),
    attempts: Object.fromEntries(jobs.map(([name, { attempt }]) => [name, attempt])),
    output,
  };
}

/** Lines of a job run's log as `slipway logs` prints them: without section marks and colors. */
async function logLines(server: RunningServer, run: string): Promise<readonly string[]> {
  const trace = await readFile(join(server.folder.job(run), 'trace.log')).catch(() => Buffer.alloc(0));
  const { terminal, stdout } = collectedTerminal();
  const printer = new LogPrinter(terminal);
  printer.write(trace);
  printer.end();
  return stdout().split('\n').slice(0, -1);
}
