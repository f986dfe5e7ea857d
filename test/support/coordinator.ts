import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { onTestFinished } from 'vitest';
import { ZipFile } from 'yazl';
import type * as z from 'zod';
import { AuditLog } from '../../src/audit/index.ts';
import {
  Blocks,
  Coordinator,
  Drain,
  Quotas,
  ServerConfiguration,
  acceptManifest,
  assignJob,
  createIdTokenIssuer,
  createTokens,
  dataFolder,
  mirrorCredentials,
  pollStack,
  recover,
  type CoordinatorContext,
  type DataFolder,
  type MirrorGrant,
  type ConfiguredTraits,
  type RunnerTraits,
  type Stack,
} from '../../src/coordinator/index.ts';
import type { Access, SignInProvider } from '../../src/access/index.ts';
import type { AssignedJob } from '../../src/pipeline/index.ts';
import type { ForgeEvent } from '../../src/forge/index.ts';
import { WorkFolder } from '../../src/image/index.ts';
import { createIdentityVerifier } from '../../src/identity/index.ts';
import { Secret } from '../../src/kit/index.ts';
import { openFleet } from './open-fleet.ts';
import { silentLogger } from './silent-logger.ts';
import { prefixedStore, pushEntry, putBlob, readEntry, writeLayout, type ObjectStore } from '../../src/mirror/index.ts';
import {
  createSigner,
  createSigningLog,
  createVerifier,
  generateCosignKey,
  generateKey,
} from '../../src/notary/index.ts';
import {
  layoutRepository,
  openLayout,
  parseReference,
  registryClient,
  type RegistryClientOptions,
} from '../../src/oci/index.ts';
import type { JobUpdate } from '../../src/protocol/index.ts';
import { findInArchive, readArchiveFile } from '../../src/server/index.ts';
import { coordinatorJobService } from '../../src/server/runner-api/coordinator-job-service.ts';
import type { JobService } from '../../src/server/runner-api/job-service.ts';
import { manifestKey, writeLockfile, type Lockfile, type SpecNode } from '../../src/spack/index.ts';
import { Database, createLedgers } from '../../src/store/index.ts';
import { childPipeline } from './child-pipeline.ts';
import { tarballOf } from './lab-tarballs.ts';
import { MemoryForge, type Files } from './memory-forge.ts';
import { memoryStore } from './memory-store.ts';
import { embedded } from './embedded-runner.ts';
import { labAccess } from './lab-access.ts';
import { labMirror } from './lab-mirror.ts';
import { localNotary } from './local-notary.ts';
import { temporaryFolder, tinyLock } from './mirror-package.ts';
import { withPut } from './with-put.ts';

export { embedded };
export const lock = tinyLock();
export const tinyStack: Files = {
  'spack.yaml': 'spack: { specs: [gauge] }\n',
  'slipway.yaml': `images:\n  - { repository: lab/stack, rules: [{ branch: main, tag: latest }, { ref: '^rev-(.+)$', tag: '$1' }] }\n`,
};

let identity: KeyObject | undefined;
const signingKey = await generateKey({ name: 'Lab', date: new Date('2026-01-01T00:00:00Z'), algorithm: 'ed25519' });
export const imageKey = generateCosignKey();

export interface LabOptions {
  readonly stack?: Partial<CoordinatorContext['configuration']['stacks'][number]>;
  readonly quotas?: z.input<typeof ServerConfiguration>['quotas'];
  readonly server?: z.input<typeof ServerConfiguration>;
  readonly secrets?: Stack['secrets'];
  readonly triggerToken?: Secret;
  readonly hookToken?: Secret;
  readonly runners?: readonly ConfiguredTraits[];
  /** Where people can sign in. */
  readonly providers?: readonly SignInProvider[];
  /** How registries are reached. */
  readonly registry?: Pick<RegistryClientOptions, 'fetch' | 'credentials' | 'wait'>;
}

/**
 * A coordinator with a real store, mirror, notary and job service in a temporary folder. Commits and events come from
 * the forge in memory; jobs are taken and ended as the test says. The whole can be killed after any write, and opened
 * again.
 */
export class Lab {
  readonly forge = new MemoryForge();
  readonly folder: DataFolder;
  /** Names of the packages that jobs have built, in order. */
  readonly built: string[] = [];
  database!: Database;
  coordinator!: Coordinator;
  jobService!: JobService;
  readonly #options: LabOptions;
  #time = Date.parse('2026-12-01T00:00:00Z');
  #ahead = 0;
  #writesLeft = Number.POSITIVE_INFINITY;

  constructor(root: string, options: LabOptions) {
    this.folder = dataFolder(root);
    this.#options = options;
  }

  get context(): CoordinatorContext {
    return this.coordinator.context;
  }

  get access(): Access {
    return labAccess(this.context, this.database, this.#options.providers);
  }

  get stack(): Stack {
    return this.context.stacks.get('lab') as Stack;
  }

  get isDead(): boolean {
    return this.#writesLeft < 0;
  }

  /** The write after so many is the last thing that this process does; whatever it does with its store later fails. */
  killAfter(writes: number): void {
    this.#writesLeft = writes;
  }

  tick(milliseconds: number): void {
    this.#time += milliseconds;
  }

  /** Sets the clock forward; no time passes. */
  jump(milliseconds: number): void {
    this.#ahead += milliseconds;
  }

  async open(): Promise<void> {
    this.#writesLeft = Number.POSITIVE_INFINITY;
    await mkdir(this.folder.temporary, { recursive: true });
    this.database = new Database(this.folder.database);
    // What is tested is a process that dies, not a machine.
    this.database.run('PRAGMA synchronous = OFF');
    this.database.onWrite(() => {
      this.#writesLeft -= 1;
      if (!this.isDead) return;
      this.database.close();
      throw new Error('killed');
    });
    this.coordinator = new Coordinator(await this.#makeContext());
    this.jobService = coordinatorJobService(this.coordinator);
  }

  async close(): Promise<void> {
    await this.coordinator.settle();
    if (!this.isDead) this.database.close();
  }

  /** What a start does after the end of the process before it, whichever way that was. */
  async reopen(): Promise<void> {
    await this.close();
    await this.open();
    await recover(this.coordinator, new Set([embedded.name]));
  }

  /** Pushes files to a branch; returns the commit and its event of the forge. */
  push(branch: string, files: Files = tinyStack): { sha: string; event: ForgeEvent } {
    const sha = this.forge.push(branch, files);
    return { sha, event: { type: 'branch-pushed', branch, sha } };
  }

  async happens(...events: readonly ForgeEvent[]): Promise<void> {
    this.forge.happens(...events);
    await pollStack(this.coordinator, this.stack);
    await this.coordinator.settle();
  }

  take(runner: RunnerTraits = embedded): Promise<AssignedJob | undefined> {
    return assignJob(this.coordinator, runner);
  }

  /** Does what the job's script would, then says that it succeeded. */
  async work(job: AssignedJob): Promise<void> {
    if (job.run.name === 'generate') await this.leave(job, this.generated());
    else await this.build(job);
    await this.finish(job);
  }

  async finish(job: AssignedJob, update: Partial<JobUpdate> = { state: 'success' }): Promise<void> {
    await this.jobService.update(this.context.pipelines.run(job.run.id) ?? job.run, update as JobUpdate);
    await this.coordinator.settle();
  }

  /** Takes and works jobs until there is none; gives their names. */
  async workAll(): Promise<readonly string[]> {
    const names: string[] = [];
    for (let job = await this.take(); job !== undefined; job = await this.take()) {
      names.push(job.run.name);
      await this.work(job);
    }
    return names;
  }

  /** The files that a generate job leaves: the lock, and a child pipeline that builds all of it. */
  generated(): Files {
    return {
      'jobs_scratch_dir/concrete_environment/spack.lock': writeLockfile(lock),
      'jobs_scratch_dir/pipeline.yml': childPipeline([
        { node: lock.tide, needs: [] },
        { node: lock.gauge, needs: ['tide'] },
      ]),
    };
  }

  /** Leaves files as the job's archive. */
  async leave(job: AssignedJob, files: Files): Promise<void> {
    const path = join(this.folder.temporary, `upload-${job.run.id}.zip`);
    const zip = new ZipFile();
    for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
    zip.end();
    await pipeline(zip.outputStream, createWriteStream(path));
    const { size } = await stat(path);
    await this.jobService.receiveArtifact(job.run, { type: 'archive', format: 'zip', path, size });
    await rm(path, { force: true });
  }

  /** Builds the job's package unless the protected mirror has it, and pushes it with the job's own credentials. */
  async build(job: AssignedJob): Promise<void> {
    const node = lock[job.run.name as 'tide' | 'gauge'];
    const { verifier } = this.context;
    if ((await readEntry(this.stack.mirror.root(''), node, { verifier, requireSignature: true })) !== undefined) return;
    this.built.push(node.name);
    await this.pushAs(job, node);
  }

  async pushAs(job: AssignedJob, node: SpecNode, of: Lockfile = lock): Promise<void> {
    const grant = this.grantOf(job);
    if (grant?.writePrefix === undefined) throw new Error('this job may not push');
    const { writePrefix } = grant;
    const store =
      writePrefix === ''
        ? this.stack.mirror.whole
        : prefixedStore(this.stack.mirror.whole, writePrefix.replace(/\/$/, ''));
    const put: ObjectStore['put'] = async (key, body, options) => {
      if (!key.startsWith('v3/')) return store.put(key, body, options);
      return acceptManifest(this.context, grant, {
        key: `${writePrefix}${key}`,
        manifest: Buffer.from(body as Uint8Array).toString(),
      });
    };
    await pushEntry(withPut(store, put), { lock: of, hash: node.hash, tarball: await tarballOf(node, of) });
  }

  /** The objects of a package's entry, unsigned, in the order in which they are to be pushed. */
  async packed(node: SpecNode): Promise<ReadonlyMap<string, Buffer>> {
    const store = memoryStore();
    const manifest = await pushEntry(store, { lock, hash: node.hash, tarball: await tarballOf(node, lock) });
    const found = new Map<string, Buffer>();
    for await (const { key } of store.list('blobs/')) found.set(key, (await store.get(key)) as Buffer);
    return found.set(manifestKey(node), Buffer.from(manifest));
  }

  /** Pushes a package's tarball alone; gives its SHA-256. */
  async pushTarball(job: AssignedJob, node: SpecNode): Promise<string> {
    const tarball = await tarballOf(node, lock);
    await putBlob(
      this.stack.mirror.root(this.grantOf(job)?.writePrefix?.replace(/\/$/, '') ?? ''),
      tarball.sha256,
      tarball,
    );
    return tarball.sha256;
  }

  grantOf(job: AssignedJob): MirrorGrant | undefined {
    return mirrorCredentials(this.context, this.context.tokens.accessKey(job.run.id).accessKeyId)?.grant;
  }

  /** `name status` of each job, children's too. */
  jobs(pipelineId: string): readonly string[] {
    const { pipelines } = this.context;
    const own = Object.values(pipelines.state(pipelineId).jobs).map(({ name, status }) => `${name} ${status}`);
    return [...own, ...pipelines.children(pipelineId).flatMap(({ id }) => this.jobs(id))];
  }

  status(sha: string, context = 'slipway'): string | undefined {
    const found = this.context.ledger.statuses('lab').find((one) => one.sha === sha && one.context === context);
    return found === undefined ? undefined : `${found.state}: ${found.description}`;
  }

  publications(): readonly string[] {
    return this.context.ledger.publications('lab').map(({ tag, state }) => `${tag} ${state}`);
  }

  async signed(): Promise<readonly string[]> {
    const text = await readFile(join(this.folder.notary, 'lab.jsonl'), 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '');
    const records = lines.map((line) => JSON.parse(line) as { action: string; name: string });
    return records.filter(({ action }) => action === 'signed').map(({ name }) => name);
  }

  async #makeContext(): Promise<CoordinatorContext> {
    const { folder, database } = this;
    const { stack, quotas, server } = this.#options;
    const configuration = ServerConfiguration.parse({
      data: folder.root,
      stacks: [{ name: 'lab', remote: '/remote.git', ...stack }],
      quotas,
      ...server,
    });
    const clock = { now: () => (this.#time += 1) + this.#ahead, steady: () => this.#time };
    const [verifier, signer] = [createVerifier(signingKey.publicKey, { clock }), createSigner(signingKey, clock)];
    const layouts = configuration.stacks[0]?.layouts ?? [];
    const mirror = labMirror(folder.mirror('lab'), { verifier, requireSignature: true }, layouts);
    const signingLog = await createSigningLog(join(folder.notary, 'lab.jsonl'), { clock });
    await writeLayout(mirror.root(''));
    const lab: Stack = {
      configuration: configuration.stacks[0] as Stack['configuration'],
      forge: this.forge,
      mirror,
      notary: localNotary({
        signer,
        store: mirror.root(''),
        index: mirror.publisher(''),
        signingLog,
        verifier,
        images: { dockerfile: true },
        imageKey,
      }),
      identities: createIdentityVerifier([], { clock }),
      secrets: this.#options.secrets ?? [],
      hookToken: this.#options.hookToken,
      triggerToken: this.#options.triggerToken,
    };
    const fleet = openFleet(this.#options.runners ?? [embedded], { database, clock, configuration });
    const context: Omit<CoordinatorContext, 'quotas' | 'drain'> = {
      configuration,
      folder,
      clock,
      log: silentLogger,
      audit: new AuditLog({ folder: folder.audit, log: silentLogger, clock }),
      ...createLedgers(database),
      stacks: new Map([['lab', lab]]),
      tokens: createTokens(new Secret('lab secret')),
      signing: { fingerprint: signer.fingerprint, publicKey: signer.publicKey, imageKey: undefined },
      verifier,
      archives: {
        find: async (path, predicate) =>
          (await findInArchive(path, ({ name, kind }) => kind === 'file' && predicate(name)))?.name,
        read: (path, name, maxBytes) => readArchiveFile(path, name, { maxBytes }),
      },
      imageWork: new WorkFolder(this.folder.imageWork),
      sandbox: 'always',
      imageTarget: async (name) => {
        const { registry, repository } = parseReference(name);
        if (registry !== undefined)
          return registryClient({ registry, repository, access: 'push', ...this.#options.registry });
        return { ...layoutRepository(await openLayout(folder.images, { create: true }), name), location: name };
      },
      registryCredentials: async () => this.#options.registry?.credentials,
      idTokens: createIdTokenIssuer(
        async () => (identity ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
      ),
      ...fleet,
      takesUntrusted: (stack) => fleet.runners.takesUntrusted(stack),
      baseUrl: () => 'http://127.0.0.1:1',
      version: '0.0.0',
      path: process.env.PATH,
      blocks: new Blocks(folder.blocks),
    };
    return { ...context, quotas: new Quotas(context), drain: new Drain(context) };
  }
}

/** Opens a lab for one test; it is closed and removed afterwards. */
export async function openLab(options: LabOptions = {}): Promise<Lab> {
  const lab = new Lab(await temporaryFolder(), options);
  await lab.open();
  onTestFinished(() => lab.close());
  return lab;
}
