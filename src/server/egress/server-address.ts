import { plainHost } from '../../kit/index.ts';
import type { JobResponse } from '../../protocol/index.ts';
import type { Destination } from './destination.ts';

/** Variables with links for people. */
const LINKS: ReadonlySet<string> = new Set(['CI_JOB_URL', 'CI_PIPELINE_URL', 'CI_PROJECT_URL']);
const HTTPS_PORT = 443;

/** The address of a server for jobs in a sandbox. */
export interface ServerAddress {
  readonly url: URL;
  /** Whether a program that speaks TLS for the server would be reached there. */
  isTlsOf(destination: Destination): boolean;
  /** Returns a job with this address in place of the server's URL. */
  adapt(job: JobResponse): JobResponse;
}

/**
 * Returns the address by which jobs in a sandbox reach the server. They never connect to a program that speaks TLS for
 * it: it would pass on any request. What they send to the same host by plain HTTP stays in this process.
 */
export function serverAddress(
  baseUrl: string,
  { hasTls, hosts = [] }: { readonly hasTls: boolean; readonly hosts?: readonly string[] },
): ServerAddress {
  const url = new URL(baseUrl);
  const names = new Set([plainHost(url.hostname), ...hosts]);
  if (url.protocol !== 'https:' || hasTls) return { url, isTlsOf: () => false, adapt: (job) => job };
  const plain = new URL(`http://${url.host}`);
  const pattern = new RegExp(
    `https://([^\\s/@]*@)?${escaped(url.host)}${url.port === '' ? '(?::443)?' : ''}(?![\\w.:-])`,
    'gi',
  );
  const inText = (text: string) => text.replace(pattern, (_all, user: string = '') => `http://${user}${plain.host}`);
  const server = new Map([
    ['CI_SERVER_PROTOCOL', 'http'],
    ['CI_SERVER_PORT', plain.port || '80'],
  ]);
  return {
    url: plain,
    isTlsOf: ({ host, port }) => port === HTTPS_PORT && plain.port !== String(port) && names.has(host),
    adapt: (job) => ({
      ...job,
      git_info: { ...job.git_info, repo_url: job.git_info.repo_url && inText(job.git_info.repo_url) },
      variables: job.variables.map((one) => {
        const { key, value } = one;
        return LINKS.has(key) ? one : { ...one, value: server.get(key) ?? inText(value) };
      }),
    }),
  };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
