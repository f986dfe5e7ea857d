import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { loadAll } from 'js-yaml';
import {
  JOBS_NAMESPACE,
  MANIFESTS,
  runningStatus,
  type KubernetesRequests,
  type KubernetesUnderTest,
  type Pod,
} from './kubernetes.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

interface Asked {
  readonly verb: string;
  /** With the subresource: `pods/attach`. */
  readonly resource: string;
  readonly name: string | undefined;
}

/**
 * A part of the API of Kubernetes for the executor of gitlab-runner: it stores pods and secrets, gives the account of the
 * runner the rights of `examples/kubernetes/jobs.yaml`, and reports each pod as running. There is no node: `attach`,
 * `exec` and `log` are authorized, and then answered as by an API server that does not reach the kubelet.
 */
export class KubernetesApi implements KubernetesUnderTest {
  readonly token = 'the-account-of-the-runner';
  readonly #asked = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #pods: Pod[] = [];
  readonly #stored = new Map<string, Pod>();
  readonly #rules: readonly Rule[];
  readonly #accounts: readonly string[];
  readonly #server: Server;
  #names = 0;

  private constructor() {
    const manifests = loadAll(readFileSync(MANIFESTS, 'utf8')) as readonly Manifest[];
    const own = manifests.filter(({ metadata }) => metadata.namespace === JOBS_NAMESPACE);
    this.#rules = own.flatMap(({ rules }) => rules ?? []);
    this.#accounts = own.flatMap(({ kind, metadata }) => (kind === 'ServiceAccount' ? [metadata.name] : []));
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<KubernetesApi> {
    const api = new KubernetesApi();
    await once(api.#server.listen(0, '127.0.0.1'), 'listening');
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  requests(): Promise<KubernetesRequests> {
    const stored = this.#list('pods').map(({ metadata }) => metadata.name);
    return Promise.resolve({ asked: this.#asked, refused: this.#refused, pods: this.#pods, stored });
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    return Promise.resolve();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const reply = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.headers.authorization !== `Bearer ${this.token}`) return void reply(401, failure(401, 'Unauthorized'));
    if (pathname === '/version') return void reply(200, { major: '1', minor: '34', gitVersion: 'v1.34.4' });
    const body = JSON.parse((await text(request)) || '{}') as Pod;
    if (pathname.endsWith('/selfsubjectaccessreviews')) return void reply(201, this.#review(body));
    const asked = read(pathname, request.method ?? 'GET', searchParams.get('watch') !== null);
    if (asked === undefined) return void reply(403, failure(403, 'Forbidden'));
    const what = `${asked.verb} ${asked.resource}`;
    this.#asked.add(what);
    if (!this.#allows(asked)) {
      this.#refused.add(what);
      return void reply(403, failure(403, 'Forbidden'));
    }
    if (asked.verb === 'watch') return this.#watch(asked, response);
    const [status, value] = this.#answer(asked, body);
    reply(status, value);
  }

  #answer(asked: Asked, body: Pod): readonly [number, object] {
    const { verb, resource, name = '' } = asked;
    if (resource.includes('/'))
      return [500, failure(500, 'InternalError', 'error dialing backend: there is no kubelet')];
    const key = `${resource}/${name}`;
    const found = this.#stored.get(key);
    if (verb === 'create') return [201, this.#create(resource, body)];
    if (verb === 'list') return [200, { kind: 'List', apiVersion: 'v1', metadata: {}, items: this.#list(resource) }];
    if (resource === 'serviceaccounts' && this.#accounts.includes(name))
      return [200, { kind: 'ServiceAccount', apiVersion: 'v1', metadata: { name, namespace: JOBS_NAMESPACE } }];
    if (found === undefined) return [404, failure(404, 'NotFound')];
    if (verb === 'delete') this.#stored.delete(key);
    if (verb === 'update') this.#stored.set(key, { ...found, ...body });
    return [200, this.#stored.get(key) ?? found];
  }

  #create(resource: string, body: Pod): Pod {
    this.#names += 1;
    const { metadata } = body;
    const name = metadata.name ?? `${metadata.generateName}${this.#names}`;
    const object = { ...body, metadata: { ...metadata, name, namespace: JOBS_NAMESPACE, uid: String(this.#names) } };
    const created = resource === 'pods' ? { ...object, status: runningStatus(object) } : object;
    if (resource === 'pods') this.#pods.push(created);
    this.#stored.set(`${resource}/${name}`, created);
    return created;
  }

  #list(resource: string): readonly Pod[] {
    return [...this.#stored].flatMap(([key, object]) => (key.startsWith(`${resource}/`) ? [object] : []));
  }

  /** Reports what is there now, and nothing else: pods do not change. */
  #watch({ resource }: Asked, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const object of this.#list(resource)) response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
  }

  #review(body: object): object {
    const { spec } = body as { spec: { resourceAttributes: { verb: string; resource: string } } };
    return { ...body, status: { allowed: this.#allows({ ...spec.resourceAttributes, name: undefined }) } };
  }

  #allows({ verb, resource }: Asked): boolean {
    return this.#rules.some(({ verbs, resources }) => verbs.includes(verb) && resources.includes(resource));
  }
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** As API servers derive the verb and the resource of a request; undefined for other namespaces and groups. */
function read(path: string, method: string, isWatch: boolean): Asked | undefined {
  const [, resource, name, sub] =
    new RegExp(`^/api/v1/namespaces/${JOBS_NAMESPACE}/([a-z]+)(?:/([^/]+))?(?:/([a-z]+))?$`).exec(path) ?? [];
  if (resource === undefined) return undefined;
  const reading = isWatch ? 'watch' : name === undefined ? 'list' : 'get';
  return { verb: VERBS[method] ?? reading, resource: sub === undefined ? resource : `${resource}/${sub}`, name };
}

function failure(code: number, reason: string, message = reason): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message };
}
