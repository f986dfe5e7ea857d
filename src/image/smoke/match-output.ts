import { Worker } from 'node:worker_threads';

/** The code of the worker as text, because a bundled program has no file for it. */
const MATCH = `
const { parentPort, workerData: { source, text } } = require('node:worker_threads');
parentPort.postMessage(new RegExp(source, 'mu').test(text));
`;

/**
 * Returns whether a text matches a regular expression, or undefined if that takes longer than `limit` milliseconds. The
 * expression and the text may both come from a pull request, so it is matched in a thread that can be stopped.
 */
export async function matchOutput(source: string, text: string, limit: number): Promise<boolean | undefined> {
  const worker = new Worker(MATCH, { eval: true, workerData: { source, text }, env: {} });
  let timer: NodeJS.Timeout | undefined;
  // The thread's own start is no part of the limit.
  worker.once('online', () => (timer = setTimeout(() => void worker.terminate(), limit)));
  try {
    return await new Promise<boolean | undefined>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => resolve(undefined));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
