import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadAll } from 'js-yaml';
import { ifExists } from '../../src/kit/index.ts';
import { freePort } from './free-port.ts';
import {
  JOBS_NAMESPACE,
  MANIFESTS,
  runningStatus,
  type KubernetesRequests,
  type KubernetesUnderTest,
  type Pod,
} from './kubernetes.ts';
import { removeFolder } from './remove-folder.ts';

const ADMINISTRATOR = 'the-administrator';
const NODE = 'node-of-the-test';
/** Requests of the runner, with the objects that it sends: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
const POLICY = `
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - { level: Request, users: ['system:serviceaccount:slipway-runner:gitlab-runner'], omitStages: [RequestReceived] }
  - { level: None }
`;

/** Reports pods as running, and runs their commands on this machine; without it the test does the former. */
interface Kwok {
  readonly program: string;
  /** Folder whose programs the commands find in /usr/bin. */
  readonly bin: string;
}

interface Programs {
  readonly etcd: string;
  readonly apiServer: string;
  readonly kwok?: Kwok;
}

interface ApiObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly deletionTimestamp?: string };
  readonly spec?: { readonly hard?: Readonly<Record<string, string>>; readonly nodeName?: string };
  readonly status?: { readonly phase?: string; readonly token?: string };
}

interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: { readonly resource: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly requestObject?: Pod;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * etcd and kube-apiserver with the manifests of `examples/kubernetes/jobs.yaml`. The test does what controllers would: it
 * fills in the quota, and binds pods to a node that does not exist. It reports them as running, where kwok does not.
 */
export class KubernetesCluster implements KubernetesUnderTest {
  readonly url: string;
  readonly certificate: string;
  readonly #folder: string;
  /** Nothing listens there without kwok. */
  readonly #kubeletPort: number;
  readonly #processes: ChildProcess[] = [];
  #token = '';
  #log = '';
  #isOpen = true;
  #controllers: Promise<void> = Promise.resolve();

  private constructor(folder: string, [port, kubeletPort]: readonly [number, number]) {
    this.#folder = folder;
    this.#kubeletPort = kubeletPort;
    this.url = `https://127.0.0.1:${port}`;
    this.certificate = join(folder, 'apiserver.crt');
  }

  static async start(programs: Programs): Promise<KubernetesCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-kubernetes-'));
    const cluster = new KubernetesCluster(folder, [await freePort(), await freePort()]);
    try {
      await cluster.#start(programs);
      await cluster.#install();
      if (programs.kwok !== undefined) await cluster.#startKwok(programs.kwok);
      cluster.#controllers = cluster.#actAsControllers(programs.kwok === undefined);
      return cluster;
    } catch (error) {
      await cluster.close();
      throw new Error(`The cluster does not start:\n${cluster.#log.slice(-4000)}`, { cause: error });
    }
  }

  get token(): string {
    return this.#token;
  }

  async requests(): Promise<KubernetesRequests> {
    const lines = (await ifExists(readFile(join(this.#folder, 'audit.log'), 'utf8'))) ?? '';
    // The last one may not be whole yet.
    const events = lines
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AuditEvent);
    const named = events.map((event) => ({ ...event, what: `${event.verb} ${resourceOf(event)}` }));
    return {
      asked: new Set(named.map(({ what }) => what)),
      refused: new Set(named.flatMap(({ what, responseStatus }) => (responseStatus?.code === 403 ? [what] : []))),
      pods: named.flatMap(({ what, requestObject }) =>
        what === 'create pods' && requestObject ? [requestObject] : [],
      ),
      stored: (await this.#list('pods')).map(({ metadata }) => metadata.name),
    };
  }

  /** Makes a request, by default as an administrator. */
  async ask(method: string, path: string, { body, token = ADMINISTRATOR }: { body?: object; token?: string } = {}) {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    };
    const ca = await readFile(this.certificate);
    const sent = request(`${this.url}${path}`, { method, headers, ca });
    sent.end(body && JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [Parameters<typeof text>[0] & { statusCode: number }];
    return { status: response.statusCode, body: await text(response) } satisfies Answer;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#controllers;
    for (const child of this.#processes.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await removeFolder(this.#folder);
  }

  async #start({ etcd, apiServer }: Programs): Promise<void> {
    const folder = this.#folder;
    const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const own = ['--listen-client-urls', client, '--advertise-client-urls', client];
    const peers = ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer];
    this.#run(etcd, [...own, ...peers, '--initial-cluster', `default=${peer}`, '--data-dir', join(folder, 'etcd')]);
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    await writeFile(join(folder, 'account.key'), privateKey);
    await writeFile(join(folder, 'account.pub'), publicKey);
    await writeFile(join(folder, 'tokens.csv'), `${ADMINISTRATOR},administrator,1,system:masters\n`);
    await writeFile(join(folder, 'audit.yaml'), POLICY);
    this.#run(apiServer, [
      `--etcd-servers=${client}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${new URL(this.url).port}`,
      `--cert-dir=${folder}`,
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=RBAC',
      // Without it no namespace admits privileged pods, and their own rules decide nothing.
      '--allow-privileged',
      `--token-auth-file=${join(folder, 'tokens.csv')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${join(folder, 'account.pub')}`,
      `--service-account-signing-key-file=${join(folder, 'account.key')}`,
      `--audit-policy-file=${join(folder, 'audit.yaml')}`,
      `--audit-log-path=${join(folder, 'audit.log')}`,
      '--audit-log-mode=blocking-strict',
    ]);
    await this.#until(async () => (await this.ask('GET', '/readyz')).status === 200);
  }

  #run(program: string, words: readonly string[]): void {
    const child = spawn(program, words, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (this.#log = (this.#log + bytes.toString()).slice(-100_000)));
    this.#processes.push(child);
  }

  async #install(): Promise<void> {
    for (const manifest of loadAll(await readFile(MANIFESTS, 'utf8')) as readonly ApiObject[]) {
      const created = await this.ask('POST', folderOf(manifest), { body: manifest });
      if (created.status !== 201) throw new Error(`${manifest.kind}: ${created.body}`);
      if (manifest.kind === 'ResourceQuota') await this.#fillIn(manifest);
    }
    const address = { type: 'InternalIP', address: '127.0.0.1' };
    const status = { addresses: [address], daemonEndpoints: { kubeletEndpoint: { Port: this.#kubeletPort } } };
    await this.ask('POST', '/api/v1/nodes', { body: { metadata: { name: NODE }, status } });
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const account = '/api/v1/namespaces/slipway-runner/serviceaccounts/gitlab-runner/token';
    this.#token = (JSON.parse((await this.ask('POST', account, { body })).body) as ApiObject).status?.token ?? '';
  }

  /** Without its status, which a controller keeps, a quota refuses everything. */
  async #fillIn(quota: ApiObject): Promise<void> {
    const { hard = {} } = quota.spec ?? {};
    const used = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
    await this.ask('PATCH', `${folderOf(quota)}/${quota.metadata.name}/status`, { body: { status: { hard, used } } });
  }

  async #startKwok({ program, bin }: Kwok): Promise<void> {
    const [folder, port] = [this.#folder, this.#kubeletPort];
    const named = { cluster: 'c', user: 'u' };
    const access = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: this.url, 'certificate-authority': this.certificate } }],
      users: [{ name: 'u', user: { token: ADMINISTRATOR } }],
      contexts: [{ name: 'one', context: named }],
      'current-context': 'one',
    };
    const exec = { apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'ClusterExec', metadata: { name: 'all' } };
    const local = { workDir: folder, envs: [{ name: 'HOME', value: folder }] };
    await writeFile(join(folder, 'kubeconfig'), JSON.stringify(access));
    await writeFile(join(folder, 'kwok.yaml'), JSON.stringify({ ...exec, spec: { execs: [{ local }] } }));
    const files = ['--kubeconfig', join(folder, 'kubeconfig'), '--config', join(folder, 'kwok.yaml')];
    const tls = ['--tls-cert-file', this.certificate, '--tls-private-key-file', join(folder, 'apiserver.key')];
    const node = ['--manage-all-nodes', '--node-ip=127.0.0.1', `--node-port=${port}`];
    const own = 'mount -t overlay -o "lowerdir=$0:/usr/bin" programs /usr/bin && exec "$@"';
    const words = ['--map-root-user', '--mount', 'sh', '-c', own, bin, program];
    this.#run('unshare', [...words, ...files, ...tls, ...node, `--server-address=127.0.0.1:${port}`]);
  }

  async #actAsControllers(isNode: boolean): Promise<void> {
    while (this.#isOpen) {
      // Controllers repeat what failed, as when the API server was slow.
      await this.#control(isNode).catch(() => undefined);
      await sleep(200);
    }
  }

  async #control(isNode: boolean): Promise<void> {
    for (const pod of await this.#list('pods')) {
      await this.#bind(pod);
      if (isNode) await this.#report(pod);
    }
  }

  async #bind({ metadata: { name, deletionTimestamp }, spec }: ApiObject): Promise<void> {
    if (deletionTimestamp !== undefined || spec?.nodeName !== undefined) return;
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: NODE } };
    await this.ask('POST', `/api/v1/namespaces/${JOBS_NAMESPACE}/pods/${name}/binding`, { body });
  }

  async #report({ metadata: { name, deletionTimestamp }, status }: ApiObject): Promise<void> {
    const path = `/api/v1/namespaces/${JOBS_NAMESPACE}/pods/${name}`;
    if (deletionTimestamp !== undefined) return void (await this.ask('DELETE', `${path}?gracePeriodSeconds=0`));
    if (status?.phase === 'Running') return;
    const pod = JSON.parse((await this.ask('GET', path)).body) as Pod;
    await this.ask('PATCH', `${path}/status`, { body: { status: runningStatus(pod) } });
  }

  async #list(resource: string): Promise<readonly ApiObject[]> {
    const { status, body } = await this.ask('GET', `/api/v1/namespaces/${JOBS_NAMESPACE}/${resource}`);
    return status === 200 ? (JSON.parse(body) as { items: ApiObject[] }).items : [];
  }

  async #until(look: () => Promise<boolean>): Promise<void> {
    while (!(await look().catch(() => false))) {
      if (this.#processes.some(({ exitCode }) => exitCode !== null)) throw new Error('a process has ended');
      await sleep(500);
    }
  }
}

function resourceOf({ objectRef }: AuditEvent): string {
  const { resource = '', subresource } = objectRef ?? {};
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

const FOLDERS: Readonly<Record<string, string>> = {
  Namespace: '/api/v1',
  ServiceAccount: '/api/v1',
  ResourceQuota: '/api/v1',
  LimitRange: '/api/v1',
  Role: '/apis/rbac.authorization.k8s.io/v1',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1',
};

/** Returns where objects of this kind and namespace are. */
function folderOf({ kind, metadata: { namespace } }: ApiObject): string {
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${FOLDERS[kind]}${within}/${kind.toLowerCase()}s`;
}
