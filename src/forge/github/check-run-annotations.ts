import * as z from 'zod';
import { hasCode, messageOf, type Logger } from '../../kit/index.ts';
import { doneAnswer } from '../api/api-answer.ts';
import type { ApiClient } from '../api/api-client.ts';
import { pagedList } from '../api/pages.ts';
import { Annotation, annotationKey, type CheckRunBody } from './check-run.ts';

interface AnnotatedRun {
  readonly api: ApiClient;
  readonly log: Logger;
  /** Path of the check run at the API. */
  readonly path: string;
}

/** What GitHub takes with one request. */
const AT_ONCE = 50;

/** Returns the keys of a check run's annotations. */
export async function annotationsOf({ api, path }: Omit<AnnotatedRun, 'log'>): Promise<ReadonlySet<string>> {
  const list = pagedList(api, `${path}/annotations?per_page=100`, Annotation);
  return new Set((await list()).map(annotationKey));
}

/**
 * Adds annotations to a check run. Those that GitHub refuses are left out, so that they do not keep the result from
 * being shown.
 */
export async function addAnnotations(
  run: AnnotatedRun,
  { output }: CheckRunBody,
  annotations: readonly Annotation[],
): Promise<void> {
  const { api, log, path } = run;
  for (let first = 0; first < annotations.length; first += AT_ONCE) {
    const part = annotations.slice(first, first + AT_ONCE);
    const request = { method: 'PATCH', path } as const;
    const isThere = async () => {
      const keys = await annotationsOf(run);
      return part.every((one) => keys.has(annotationKey(one))) ? doneAnswer : undefined;
    };
    try {
      const body = { output: { ...output, annotations: part } };
      api.check(await api.send({ ...request, body, alreadyDone: isThere }), z.unknown(), request);
    } catch (error) {
      if (!hasCode(error, 'FORGE_STATUS_REFUSED')) throw error;
      log.warn({ path, error: messageOf(error) }, 'GitHub refused annotations of a check run');
    }
  }
}
