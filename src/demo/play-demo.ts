import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Publication } from '../coordinator/index.ts';
import type { PipelineRecord } from '../pipeline/index.ts';
import { installHook, notifyCommand } from '../forge/index.ts';
import type { RunningServer } from '../server/index.ts';
import { layOver, type DemoRepository } from './demo-repository.ts';
import { runImage } from './run-image.ts';
import { watchStack, type Watch, type WatchOutput } from './watch-stack.ts';

export const demoStack = 'first-light';

/** The file that the second change edits: it belongs to a package that nothing depends on. */
const CHANGED = { file: 'src/moon/moon.c', from: 'days old', to: 'days since new moon' };

interface DemoParts {
  readonly server: RunningServer;
  readonly repository: DemoRepository;
  /** The example's folder. */
  readonly example: string;
  /** A folder to unpack the image into. */
  readonly scratch: string;
  readonly terminal: WatchOutput;
  readonly signal: AbortSignal;
}

export interface DemoOutcome {
  readonly pipelines: readonly PipelineRecord[];
  readonly image: Publication;
  readonly secondPipeline: PipelineRecord;
  readonly secondImages: readonly Publication[];
  readonly ran: string;
}

/** Takes two changes from pull request to image: in the first everything is new, in the second one package. */
export async function playDemo(parts: DemoParts): Promise<DemoOutcome> {
  const { server, repository, terminal, scratch } = parts;
  const watch = watchStack(server.coordinator, demoStack, parts);
  const hookServer = { url: server.url, stack: demoStack };
  await installHook({ remote: repository.remote, server: hookServer, fallback: notifyCommand(hookServer) });

  terminal.note('A pull request brings the stack.');
  await repository.git('checkout', '--quiet', '-b', 'bring-the-stack');
  await layOver(parts.example, repository);
  const first = await change(parts, watch, {
    branch: 'bring-the-stack',
    message: 'Bring the first packages',
    tag: 'rev-1',
  });
  const image = await watch.imageOf('1');

  terminal.note(`The image is pulled from ${server.url} and its program is run.`);
  const host = new URL(server.url).host;
  const ran = await runImage({ reference: `${host}/${image.repository}:${image.tag}`, folder: scratch });

  terminal.note('A second pull request changes one package that nothing depends on.');
  await repository.git('checkout', '--quiet', '-b', 'new-notes');
  await editFile(repository.work, CHANGED);
  const second = await change(parts, watch, { branch: 'new-notes', message: 'Say more in the notes', tag: 'rev-2' });
  await watch.imageOf('2');
  const secondImages = server.coordinator.context.ledger
    .publications(demoStack)
    .filter(({ pipeline }) => pipeline === second.merged.id);
  return {
    pipelines: [first.tested, first.merged, second.tested, second.merged],
    image,
    secondPipeline: second.merged,
    secondImages,
    ran,
  };
}

/** Push, pull request, merge, and a tag right after the merge: the publication has to wait for its pipeline. */
async function change(
  { repository }: DemoParts,
  watch: Watch,
  { branch, message, tag }: { branch: string; message: string; tag: string },
): Promise<{ tested: PipelineRecord; merged: PipelineRecord }> {
  const tested = await watch.pipelineOf(await repository.commitAndPush(branch, message));
  const merge = await repository.merge(branch);
  await repository.tag(tag);
  return { tested, merged: await watch.pipelineOf(merge) };
}

async function editFile(work: string, { file, from, to }: typeof CHANGED): Promise<void> {
  const path = join(work, file);
  const text = await readFile(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not contain “${from}”`);
  await writeFile(path, text.replace(from, to));
}
