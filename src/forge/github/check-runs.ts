import * as z from 'zod';
import { BoundedMap, hasCode, messageOf, type Logger } from '../../kit/index.ts';
import { doneAnswer } from '../api/api-answer.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { CommitStatus } from '../commit-status.ts';
import type { StatusPosting } from '../forge.ts';
import { isMadeByApp } from './app/made-by-app.ts';
import {
  CheckRun,
  annotationKey,
  annotationOf,
  bodyOf,
  isShownBy,
  keyOf,
  type Annotation,
  type CheckRunBody,
} from './check-run.ts';
import { addAnnotations, annotationsOf } from './check-run-annotations.ts';

interface CheckRunParts {
  readonly api: ApiClient;
  readonly repository: string;
  /** Number or client id of the App that we are: another one cannot change our check runs, nor we its. */
  readonly app: string;
  readonly log: Logger;
  /** Commit statuses, where checks are not permitted. */
  readonly statuses: StatusPosting;
}

/** What a check run is to show. */
interface Shown {
  readonly body: CheckRunBody;
  readonly annotations: readonly Annotation[];
}

/** A check run as GitHub has it. */
interface Known {
  readonly id: number;
  readonly isCompleted: boolean;
  /** What it was last sent; undefined where that is not known. */
  readonly text?: string;
  /** Keys of its annotations. */
  readonly annotations: ReadonlySet<string>;
}

const REMEMBERED = 2000;
const Page = z.object({ check_runs: z.array(CheckRun) });

/**
 * Shows statuses as check runs: one for each commit and context, which is updated. GitHub never reopens a check run
 * that is completed, and annotations can only be added: what runs again, or no longer has an annotation, gets a new
 * check run, and GitHub shows the newest. Where checks are not permitted, commit statuses are set until the next start.
 * Calls for one commit must not overlap.
 */
export function checkRuns(parts: CheckRunParts): StatusPosting {
  const runs = new CheckRuns(parts);
  let isForbidden = false;
  async function permitted<T>(use: (posting: StatusPosting) => Promise<T>): Promise<T> {
    if (isForbidden) return use(parts.statuses);
    try {
      return await use(runs);
    } catch (error) {
      if (!hasCode(error, 'FORGE_GITHUB_FORBIDDEN')) throw error;
      parts.log.warn({ error: messageOf(error) }, 'checks are not permitted; commit statuses are set instead');
      isForbidden = true;
      return use(parts.statuses);
    }
  }
  return {
    post: (status) => permitted((posting) => posting.post(status)),
    notShown: (statuses) => permitted((posting) => posting.notShown(statuses)),
  };
}

class CheckRuns implements StatusPosting {
  readonly #parts: CheckRunParts;
  readonly #known = new BoundedMap<string, Known>(REMEMBERED);

  constructor(parts: CheckRunParts) {
    this.#parts = parts;
  }

  async post(status: CommitStatus): Promise<void> {
    const detail = await status.detail?.();
    const { description: summary } = status;
    const body = bodyOf(status, detail ?? { summary, actions: [] });
    const annotations = (detail?.annotations ?? []).map(annotationOf);
    const key = `${status.sha} ${status.context}`;
    const known = this.#known.get(key) ?? (await this.#find(status));
    // Until all of it has succeeded, what GitHub has is read again.
    this.#known.delete(key);
    const run = await this.#show(status, { body, annotations }, known);
    const missing = annotations.filter((one) => !run.annotations.has(annotationKey(one)));
    await addAnnotations({ ...this.#parts, path: this.#path(run.id) }, body, missing);
    this.#known.set(key, { ...run, annotations: new Set(annotations.map(annotationKey)) });
  }

  async notShown(statuses: readonly CommitStatus[]): Promise<readonly CommitStatus[]> {
    const missing: CommitStatus[] = [];
    for (const status of statuses) if (await this.#isMissing(status)) missing.push(status);
    return missing;
  }

  async #isMissing(status: CommitStatus): Promise<boolean> {
    const key = `${status.sha} ${status.context}`;
    try {
      const run = await this.#newest(status);
      // The list lags behind: it lacks the check run that was created last.
      if ((this.#known.get(key)?.id ?? 0) > (run?.id ?? 0)) return false;
      if (run !== undefined && isShownBy(run, status)) return false;
    } catch (error) {
      // GitHub does not have this commit, or does not have it any more.
      if (hasCode(error, 'FORGE_STATUS_REFUSED')) return false;
      throw error;
    }
    this.#known.delete(key);
    return true;
  }

  /** Updates the check run, or creates one. */
  async #show(status: CommitStatus, shown: Shown, known: Known | undefined): Promise<Known> {
    const { body } = shown;
    const text = JSON.stringify(body);
    if (known === undefined || isOutdated(known, shown)) {
      const created = await this.#create(status, body, known?.id);
      if (created !== undefined) return created;
      // An answer was lost, and this may be another check run than the one that was to be created.
      return this.#show(status, shown, await this.#find(status));
    }
    if (known.text === text) return known;
    const request = { method: 'PATCH', path: this.#path(known.id) } as const;
    const { api } = this.#parts;
    api.check(await api.send({ ...request, body }), z.unknown(), request);
    return { ...known, text, isCompleted: isCompleted(body) };
  }

  /** Returns undefined if there is a newer check run by now. */
  async #create(status: CommitStatus, body: CheckRunBody, before: number | undefined): Promise<Known | undefined> {
    const { api, repository } = this.#parts;
    const request = { method: 'POST', path: `/repos/${repository}/check-runs` } as const;
    const answer = await api.send({
      ...request,
      body: { ...body, head_sha: status.sha },
      alreadyDone: async () => {
        const newest = await this.#newest(status);
        return newest === undefined || newest.id === before ? undefined : doneAnswer;
      },
    });
    if (answer === doneAnswer) return undefined;
    const { id } = api.check(answer, CheckRun, request);
    return { id, text: JSON.stringify(body), isCompleted: isCompleted(body), annotations: new Set() };
  }

  async #find(status: CommitStatus): Promise<Known | undefined> {
    const found = await this.#newest(status);
    if (found === undefined) return undefined;
    const { id, output } = found;
    const hasAny = output.annotations_count > 0;
    const annotations = hasAny ? await annotationsOf({ ...this.#parts, path: this.#path(id) }) : new Set<string>();
    return { id, isCompleted: isCompleted(found), annotations };
  }

  /** Returns the newest check run of ours for a commit and context. */
  async #newest(status: CommitStatus): Promise<CheckRun | undefined> {
    const { api, repository, app } = this.#parts;
    const wanted = new URLSearchParams({
      check_name: status.context,
      filter: 'all',
      per_page: '100',
    });
    const path = `/repos/${repository}/commits/${status.sha}/check-runs?${wanted.toString()}`;
    const request = { method: 'GET', path } as const;
    const { check_runs: all } = api.check(await api.send(request), Page, request);
    const own = all.filter((run) => run.external_id === keyOf(status) && isMadeByApp(run.app, app));
    return own.toSorted((one, other) => other.id - one.id)[0];
  }

  #path(id: number): string {
    return `/repos/${this.#parts.repository}/check-runs/${id}`;
  }
}

function isCompleted({ status }: { readonly status: string }): boolean {
  return status === 'completed';
}

/** Whether GitHub must be shown a new check run. */
function isOutdated(known: Known, { body, annotations }: Shown): boolean {
  if (known.isCompleted && !isCompleted(body)) return true;
  const wanted = new Set(annotations.map(annotationKey));
  return [...known.annotations].some((key) => !wanted.has(key));
}
