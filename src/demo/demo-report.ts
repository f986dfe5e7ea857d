import { isFinal, type PipelineRecord } from '../pipeline/index.ts';
import { listEntries } from '../mirror/index.ts';
import { isClearsigned } from '../spack/index.ts';
import type { RunningServer } from '../server/index.ts';
import { demoStack, type DemoOutcome } from './play-demo.ts';

interface PipelineFigures {
  readonly status: string;
  readonly jobs: { readonly success: number; readonly skipped: number; readonly failed: number };
  readonly seconds: number;
}

export interface DemoReport {
  readonly pipelines: readonly PipelineFigures[];
  /** Entries on the protected mirror, and how many of them carry a signature. */
  readonly mirror: { readonly specs: number; readonly signed: number };
  readonly image: { readonly reference: string; readonly digest: string; readonly layers: number };
  /** What the change of one package cost. */
  readonly second: {
    readonly rebuilt: readonly string[];
    readonly layersUploaded: number;
    readonly bytesUploaded: number;
    readonly bytesTotal: number;
  };
  readonly ran: string;
}

/** The closing report, read from the server's own records and from the mirror as it is. */
export async function demoReport(server: RunningServer, outcome: DemoOutcome): Promise<DemoReport> {
  const { image, secondImages, secondPipeline, pipelines, ran } = outcome;
  const sum = (pick: (one: (typeof secondImages)[number]) => number | undefined): number =>
    secondImages.reduce((total, one) => total + (pick(one) ?? 0), 0);
  return {
    pipelines: pipelines.map((record) => figuresOf(server, record)),
    mirror: await mirrorFigures(server),
    image: { reference: image.reference ?? '', digest: image.digest ?? '', layers: image.layers ?? 0 },
    second: {
      rebuilt: rebuiltBy(server, secondPipeline),
      layersUploaded: sum(({ layersUploaded }) => layersUploaded),
      bytesUploaded: sum(({ bytesUploaded }) => bytesUploaded),
      bytesTotal: Math.max(...secondImages.map(({ bytesTotal }) => bytesTotal ?? 0)),
    },
    ran,
  };
}

function familyStates(
  server: RunningServer,
  id: string,
): ReturnType<typeof server.coordinator.context.pipelines.state>[] {
  const { pipelines } = server.coordinator.context;
  return [pipelines.state(id), ...pipelines.children(id).flatMap((child) => familyStates(server, child.id))];
}

function figuresOf(server: RunningServer, record: PipelineRecord): PipelineFigures {
  const jobs = familyStates(server, record.id).flatMap(({ plan, jobs: states }) =>
    plan.jobs.filter(({ kind }) => kind === 'script').map(({ name }) => states[name]?.status),
  );
  const count = (status: string): number => jobs.filter((one) => one === status).length;
  const end = isFinal(record.status) && record.finishedAt !== undefined ? Date.parse(record.finishedAt) : Date.now();
  return {
    status: record.status,
    jobs: { success: count('success'), skipped: count('skipped'), failed: count('failed') },
    seconds: (end - Date.parse(record.createdAt)) / 1000,
  };
}

/** Names of the packages whose jobs the pipeline ran. */
function rebuiltBy(server: RunningServer, record: PipelineRecord): readonly string[] {
  return familyStates(server, record.id).flatMap(({ plan, jobs }) =>
    plan.jobs.flatMap(({ name, variables }) => {
      const packageName = variables.SPACK_JOB_SPEC_PKG_NAME?.value;
      return packageName !== undefined && jobs[name]?.status === 'success' ? [packageName] : [];
    }),
  );
}

async function mirrorFigures(server: RunningServer): Promise<DemoReport['mirror']> {
  const root = server.coordinator.context.stacks.get(demoStack)?.mirror.root('');
  let [specs, signed] = [0, 0];
  if (root === undefined) return { specs, signed };
  for await (const entry of listEntries(root)) {
    specs += 1;
    if (isClearsigned((await root.get(entry.key))?.toString() ?? '')) signed += 1;
  }
  return { specs, signed };
}
