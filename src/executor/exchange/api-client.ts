import { randomUUID } from 'node:crypto';
import type { ReadableStream } from 'node:stream/web';
import type { Secret } from '../../kit/index.ts';
import type { JobRequest, JobResponse, JobUpdate } from '../../protocol/index.ts';

/** Sends a request: the server's own function in process, or HTTP. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** What every answer about a running job says. `status` 0: no answer came. */
export interface JobAnswer {
  readonly status: number;
  readonly jobStatus?: string;
  /** Seconds until the next piece of log. */
  readonly interval?: number;
  /** Bytes of the log that the server holds. */
  readonly stored?: number;
  /** Error text, where there is one. */
  readonly message?: string;
}

export type RequestAnswer =
  | { readonly kind: 'job'; readonly job: JobResponse }
  | { readonly kind: 'none'; readonly mark?: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface JobHandle {
  readonly id: number;
  readonly token: string;
}

export interface ArtifactForm {
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string;
  /** Made again for each try. */
  readonly body: () => ReadableStream;
  readonly signal: AbortSignal;
}

export type ApiClient = ReturnType<typeof createApiClient>;

/** One machine of a runner, as the server lists it. */
export interface RunnerManager {
  /** Distinguishes it from other machines with the same token. */
  readonly systemId: string;
  readonly version: string;
}

export interface ApiClientOptions {
  readonly fetch: Fetch;
  readonly baseUrl: string;
  readonly token: Secret;
  readonly manager?: RunnerManager | undefined;
  /** Why it cannot run jobs of forks that name an image, as a sentence without a full stop. */
  readonly imageObstacle?: string | undefined;
}

const INFO = {
  name: 'slipway',
  executor: 'shell',
  shell: 'bash',
  platform: process.platform,
  architecture: process.arch,
  features: {
    variables: true,
    artifacts: true,
    artifacts_exclude: true,
    upload_multiple_artifacts: true,
    refspecs: true,
    masking: true,
    raw_variables: true,
    trace_checksum: true,
    trace_size: true,
    return_exit_code: true,
    cancelable: true,
    cancel_gracefully: true,
    two_phase_job_commit: true,
  },
};

/** Read with the first request: who runs jobs without a server does without the schemas, and starts faster. */
const readProtocol = () => import('../../protocol/index.ts');

/** The runner's half of the protocol. Nothing throws because of the network: an answer says what came. */
export function createApiClient({ fetch, baseUrl, token, manager, imageObstacle }: ApiClientOptions) {
  const url = (path: string) => `${baseUrl.replace(/\/+$/, '')}/api/v4/${path}`;
  const send = async (path: string, init: RequestInit & { duplex?: 'half' }) => fetch(new Request(url(path), init));
  const info: JobRequest['info'] = { ...INFO, version: manager?.version, image_obstacle: imageObstacle };
  const own = { info, system_id: manager?.systemId };

  return {
    /** The answer to whether the server knows the token of this runner. */
    async verify(): Promise<Response> {
      return send('runners/verify', json('POST', { token: token.reveal(), ...own }));
    },

    async requestJob(lastUpdate: string | undefined, signal: AbortSignal): Promise<RequestAnswer> {
      const { protocolHeader } = await readProtocol();
      const body: JobRequest = { token: token.reveal(), last_update: lastUpdate, ...own };
      try {
        const response = await send('jobs/request', {
          ...json('POST', body),
          headers: { 'Content-Type': 'application/json', [protocolHeader.requestId]: randomUUID() },
          signal,
        });
        return await readRequestAnswer(response);
      } catch (error) {
        return { kind: 'failed', reason: String(error) };
      }
    },

    async update(job: JobHandle, update: JobUpdate): Promise<JobAnswer> {
      return jobAnswer(() => send(`jobs/${job.id}`, json('PUT', { ...update, token: job.token, info })));
    },

    /** Sends a piece of log that is not empty. */
    async appendTrace(job: JobHandle, offset: number, bytes: Uint8Array): Promise<JobAnswer> {
      const { formatContentRange, protocolHeader } = await readProtocol();
      const headers = {
        [protocolHeader.jobToken]: job.token,
        'Content-Type': 'text/plain',
        'Content-Range': formatContentRange(offset, bytes.length),
      };
      return jobAnswer(() =>
        send(`jobs/${job.id}/trace?debug_trace=false`, { method: 'PATCH', headers, body: new Uint8Array(bytes) }),
      );
    },

    async uploadArtifact(job: JobHandle, form: ArtifactForm): Promise<JobAnswer> {
      const { protocolHeader } = await readProtocol();
      const headers = { [protocolHeader.jobToken]: job.token, 'Content-Type': form.contentType };
      const path = `jobs/${job.id}/artifacts?${new URLSearchParams(form.query).toString()}`;
      return jobAnswer(() =>
        send(path, { method: 'POST', headers, body: form.body(), duplex: 'half', signal: form.signal }),
      );
    },

    /** The answer to a download; its body has not been read. */
    async downloadArtifact(dependency: JobHandle, signal: AbortSignal): Promise<Response> {
      const { protocolHeader } = await readProtocol();
      return send(`jobs/${dependency.id}/artifacts`, {
        headers: { [protocolHeader.jobToken]: dependency.token },
        signal,
      });
    },
  };
}

function json(method: string, body: unknown): RequestInit {
  return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

async function readRequestAnswer(response: Response): Promise<RequestAnswer> {
  const { JobResponse, parseBody, protocolHeader } = await readProtocol();
  if (response.status === 201)
    return { kind: 'job', job: parseBody(JobResponse, await response.json(), 'POST /jobs/request') };
  if (response.status === 204)
    return { kind: 'none', mark: response.headers.get(protocolHeader.lastUpdate) ?? undefined };
  await response.body?.cancel();
  return response.status === 403 ? { kind: 'refused' } : { kind: 'failed', reason: `status ${response.status}` };
}

async function jobAnswer(send: () => Promise<Response>): Promise<JobAnswer> {
  try {
    return await readAnswer(await send());
  } catch (error) {
    return { status: 0, message: String(error) };
  }
}

async function readAnswer(response: Response): Promise<JobAnswer> {
  const { parseStoredSize, protocolHeader } = await readProtocol();
  const interval = Number(response.headers.get(protocolHeader.traceInterval) ?? Number.NaN);
  return {
    status: response.status,
    jobStatus: response.headers.get(protocolHeader.jobStatus) ?? undefined,
    interval: interval >= 0 ? Math.min(interval, 900) : undefined,
    stored: parseStoredSize(response.headers.get('Range')),
    message: (await response.text()).slice(0, 1000) || undefined,
  };
}
