import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { jobNames, requestJson, type ServerAccess } from '../../client/index.ts';
import type { PipelineList, StackList } from '../../protocol/index.ts';
import type { CommandContext } from '../command.ts';
import { serverAccess } from '../server-access.ts';
import { readServerSettings } from '../server-settings.ts';

/** A word that can follow. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

export type NameKind = 'stack' | 'pipeline' | 'job' | 'local-job' | 'package' | 'mirror-package' | 'mirror-hash';

interface Request {
  readonly options: Readonly<Record<string, string>>;
  readonly operands: readonly string[];
}

/** A person waits for the shell meanwhile. */
const LIMIT_MS = 1500;
const MOST = 500;

/** Returns names from a server or from files at hand; none where neither answers in time. Never throws. */
export async function namesFor(
  kind: NameKind,
  request: Request,
  context: CommandContext,
): Promise<readonly Candidate[]> {
  const timeout = AbortSignal.timeout(LIMIT_MS);
  const limited = { ...context, signal: AbortSignal.any([context.signal, timeout]) };
  const late = new Promise<readonly Candidate[]>((resolve) => {
    timeout.addEventListener('abort', () => resolve([]));
  });
  const found = sources[kind](request, limited).catch(() => []);
  return (await Promise.race([found, late])).slice(0, MOST);
}

type Source = (request: Request, context: CommandContext) => Promise<readonly Candidate[]>;

const sources: Readonly<Record<NameKind, Source>> = {
  stack: (request, context) => stacksOfServer(request, context).catch(() => stacksOfFile(context)),
  pipeline: async (request, context) => {
    const server = await serverOf(request, context);
    const { stack } = request.options;
    const filter = stack === undefined ? '' : `&stack=${encodeURIComponent(stack)}`;
    const { pipelines } = await requestJson<PipelineList>(server, `/api/v1/pipelines?limit=20${filter}`);
    return pipelines.map((one) => ({ value: one.id, description: `${one.stack} ${one.ref} ${one.status}` }));
  },
  job: async (request, context) => {
    const { stack, pipeline } = request.options;
    return plain(await jobNames(await serverOf(request, context), { stack, pipeline }));
  },
  'local-job': async (_request, context) => {
    const { localJobNames } = await import('./local-job-names.ts');
    return plain(await localJobNames(context));
  },
  package: async (_request, context) => plain(await packagesAtHand(context.cwd)),
  'mirror-package': async (request, context) => plain((await mirrorEntries(request, context)).map(({ name }) => name)),
  'mirror-hash': async (request, context) =>
    (await mirrorEntries(request, context)).map(({ name, version, hash }) => ({
      value: hash,
      description: `${name}@${version}`,
    })),
};

function plain(names: Iterable<string>): readonly Candidate[] {
  return [...new Set(names)].map((value) => ({ value, description: '' }));
}

function serverOf({ options }: Request, context: CommandContext): Promise<ServerAccess> {
  return serverAccess(context, { url: options['url'], tokenFile: options['token-file'] });
}

async function stacksOfServer(request: Request, context: CommandContext): Promise<readonly Candidate[]> {
  const { stacks } = await requestJson<StackList>(await serverOf(request, context), '/api/v1/stacks');
  return plain(stacks.map(({ name }) => name));
}

async function stacksOfFile(context: CommandContext): Promise<readonly Candidate[]> {
  const { configuration } = await readServerSettings({}, context);
  return plain(configuration.stacks.map(({ name }) => name));
}

/** Returns the packages of the lock or of the recipes in a folder. */
async function packagesAtHand(cwd: string): Promise<readonly string[]> {
  for (const file of ['spack.lock', 'jobs_scratch_dir/concrete_environment/spack.lock']) {
    const text = await readFile(join(cwd, file), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { concrete_specs: specs } = JSON.parse(text) as {
      concrete_specs: Readonly<Record<string, { name: string }>>;
    };
    return Object.values(specs).map(({ name }) => name);
  }
  const recipes = await readdir(join(cwd, 'recipes'));
  return recipes.filter((name) => name.endsWith('.yaml')).map((name) => name.slice(0, -'.yaml'.length));
}

async function mirrorEntries({ options, operands }: Request, { cwd, env, signal }: CommandContext) {
  const { openMirrorLayout } = await import('../../mirror/index.ts');
  const url = operands[0] ?? options['mirror'] ?? env['SLIPWAY_MIRROR'] ?? '';
  const entries = [];
  for await (const entry of (await openMirrorLayout({ url, cwd, env, warn: () => undefined })).list()) {
    signal.throwIfAborted();
    if (entries.push(entry) >= MOST) break;
  }
  return entries;
}
