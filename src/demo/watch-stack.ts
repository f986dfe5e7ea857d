import { setTimeout as sleep } from 'node:timers/promises';
import { rootOf, type Coordinator, type Publication } from '../coordinator/index.ts';
import { isFinal, type PipelineRecord } from '../pipeline/index.ts';
import { demoError } from './errors.ts';

const INTERVAL_MS = 100;

export interface Watch {
  /** Resolves with the finished pipeline that tested this head. */
  pipelineOf(head: string): Promise<PipelineRecord>;
  /** Resolves when the image of a tag is published; refused or failed is an error with the reason. */
  imageOf(tag: string): Promise<Publication>;
}

/** Shows lines while the demo runs; the command's terminal does. */
export interface WatchOutput {
  /** Whether a person watches `progress`. */
  readonly isInteractive: boolean;
  note(line: string): void;
  /** Shows a line that the next one replaces. */
  progress(line: string): void;
}

/** Watches a stack, and prints every change of a status while it waits. */
export function watchStack(
  coordinator: Coordinator,
  stack: string,
  { terminal, signal }: { readonly terminal: WatchOutput; readonly signal: AbortSignal },
): Watch {
  const { context } = coordinator;
  const shown = new Set<string>();
  const show = (): void => {
    for (const { sha, context: name, state, description } of context.ledger.statuses(stack)) {
      const line = `${sha.slice(0, 8)}  ${name.padEnd(13)}  ${state.padEnd(7)}  ${description}`;
      if (shown.has(line)) continue;
      shown.add(line);
      if (state === 'pending') terminal.progress(line);
      if (state !== 'pending' || !terminal.isInteractive) terminal.note(line);
    }
  };
  async function until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      const found = find();
      show();
      if (found !== undefined) return found;
      await sleep(INTERVAL_MS);
    }
  }
  return {
    pipelineOf: async (head) => {
      const record = await until(() => {
        refuseWithout(coordinator, stack, head);
        return context.pipelines.list({ stack }).find((one) => one.head === head && isFinal(one.status));
      });
      if (record.status !== 'success')
        throw demoError('DEMO_FAILED', { what: `pipeline ${record.id}`, reason: firstFailure(coordinator, record.id) });
      return rootOf(context, record.id);
    },
    imageOf: (tag) =>
      until(() => {
        const found = context.ledger.publications(stack).find((one) => one.tag === tag);
        if (found?.state === 'refused' || found?.state === 'failed') {
          throw demoError('DEMO_FAILED', { what: `image ${tag}`, reason: found.message ?? found.state });
        }
        return found?.state === 'published' ? found : undefined;
      }),
  };
}

/**
 * Throws for a head whose pipeline could not be created: it has an error as its status, and no pipeline to wait for.
 */
function refuseWithout(coordinator: Coordinator, stack: string, head: string): void {
  const status = coordinator.context.ledger
    .statuses(stack)
    .find((one) => one.sha === head && one.context === 'slipway');
  const hasPipeline = coordinator.context.pipelines.list({ stack }).some((one) => one.head === head);
  if (status?.state === 'error' && !hasPipeline)
    throw demoError('DEMO_FAILED', { what: head.slice(0, 8), reason: status.description });
}

function firstFailure(coordinator: Coordinator, pipeline: string): string {
  const { pipelines } = coordinator.context;
  const family = [pipeline, ...pipelines.children(pipeline).map(({ id }) => id)];
  const failed = family.flatMap((id) => pipelines.runs(id)).find(({ status }) => status === 'failed');
  return failed === undefined ? 'see the server’s log' : `job \`${failed.name}\` failed (${failed.failureReason})`;
}
