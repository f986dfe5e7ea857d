import { useEffect, useState } from 'preact/hooks';
import { ApiFailure, getJson } from './api.ts';
import { batched } from './batched.ts';
import { onMessage, type LiveMessage } from './live.ts';

interface Resource<T> {
  readonly data?: T;
  readonly failure?: Error;
}

/** Returns the data after an event: the same, changed, or `reload` if the event alone is not enough. */
type Apply<T> = (data: T, message: LiveMessage) => T | 'reload';

const RELOAD_MS = 250;
/** Milliseconds between two times at which events are applied: thousands in a few seconds take few steps. */
const BATCH_MS = 100;

interface Loading<T> {
  readonly load: (path: string, signal: AbortSignal) => Promise<T>;
  readonly apply: Apply<T>;
  /** Milliseconds between an event and the reload that it causes. */
  readonly wait?: number;
}

interface Following<T> extends Loading<T> {
  readonly show: (state: Resource<T> & { path: string }) => void;
}

/** Loads a resource and keeps it up to date. */
export function useResource<T>(path: string, apply: Apply<T> = (data) => data, wait?: number): Resource<T> {
  return useLoaded(path, { load: getJson<T>, apply, wait });
}

/** Loads a resource of several requests, and keeps it up to date. */
export function useLoaded<T>(path: string, loading: Loading<T>): Resource<T> {
  const [state, setState] = useState<Resource<T> & { path: string }>({ path });
  useEffect(() => follow(path, { ...loading, show: setState }), [path]);
  return state.path === path ? state : {};
}

function follow<T>(path: string, { load: read, apply, wait = RELOAD_MS, show }: Following<T>): () => void {
  const stopped = new AbortController();
  let shown: T | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLoading = false;
  const load = async () => {
    timer = undefined;
    isLoading = true;
    try {
      shown = await read(path, stopped.signal);
      if (!stopped.signal.aborted) show({ path, data: shown });
    } catch (error) {
      // The data stay on the page while the server does not answer; only its own refusal replaces them.
      const isAnswer = error instanceof ApiFailure && error.status < 500;
      if (!stopped.signal.aborted && (isAnswer || shown === undefined)) show({ path, failure: error as Error });
    }
    isLoading = false;
    // Events that arrived during the request may be newer than its answer.
    batch.flush();
  };
  const reload = () => {
    timer ??= setTimeout(() => void load(), wait);
  };
  const batch = batched<LiveMessage>(BATCH_MS, (messages) => {
    if (isLoading) return false;
    const before = shown;
    for (const message of messages) {
      const next = message.type === 'fresh' || shown === undefined ? 'reload' : apply(shown, message);
      if (next === 'reload') reload();
      else shown = next;
    }
    if (shown !== undefined && shown !== before) show({ path, data: shown });
    return true;
  });
  const stop = onMessage(batch.add);
  void load();
  return () => {
    stopped.abort();
    clearTimeout(timer);
    batch.stop();
    stop();
  };
}
