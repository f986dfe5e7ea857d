import type { StageContext } from './stage-context.ts';

/**
 * The context with what the operator's side prepares for a job in a sandbox: folders that it reads, and their
 * variables.
 */
export async function prepareSandbox(context: StageContext): Promise<StageContext> {
  const { sandbox, job, project, say, signal } = context;
  if (sandbox?.prepare === undefined) return context;
  const prepared = await untilAborted(sandbox.prepare({ job, project, say }), signal);
  if (prepared === undefined) return context;
  return {
    ...context,
    sandbox: { ...sandbox, readable: [...sandbox.readable, ...prepared.readable] },
    environment: { ...context.environment, ...prepared.variables },
  };
}

/** Others may wait for the same work: it goes on when this job has ended. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
