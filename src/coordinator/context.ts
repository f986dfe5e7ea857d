import { timestamp, type Clock, type Logger, type Secret } from '../kit/index.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Forge } from '../forge/index.ts';
import type { PlannedInclude } from '../gitlab/index.ts';
import type { OwnRepositories, ReadInclude } from '../includes/index.ts';
import type { IdentityVerifier } from '../identity/index.ts';
import type { IndexPublisher, ObjectStore, PackageCatalog, Verifier } from '../mirror/index.ts';
import type { Notary } from '../notary/index.ts';
import type { ImageTarget, RegistryCredentials, WorkFolder } from '../image/index.ts';
import type { PipelineDriver } from '../pipeline/index.ts';
import type { DataFolder } from './data-folder.ts';
import type { ForgeLedger } from './forge-ledger.ts';
import type { IdentityLedger } from './identities/identity-ledger.ts';
import type { PipelineLedger } from './pipeline-ledger.ts';
import type { ServerConfiguration } from './configuration/server-configuration.ts';
import type { StackConfiguration } from './configuration/stack-configuration.ts';
import type { Drain } from './queue/drain.ts';
import type { IdTokenIssuer } from './jobs/id-tokens.ts';
import type { PromotionLedger } from './promotion/promotion-ledger.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { RunnerRegistry } from './fleet/runner-registry.ts';
import type { Tokens } from './jobs/tokens.ts';
import type { Blocks } from './quotas/blocks.ts';
import type { Quotas } from './quotas/quotas.ts';
import type { PackageHistory } from './resources/package-history.ts';
import type { TrendLedger } from './trends/trend-ledger.ts';
import type { V2Mirror } from './mirror/v2-mirror.ts';

/** A mirror's protected root, and the roots of pull requests beside it. */
export interface StackMirror {
  /** Reads and writes below the whole mirror; the gateway's view of it. */
  readonly whole: ObjectStore;
  /** A root of the mirror: '' for the protected one, `pr/<n>` for a pull request's. */
  root(prefix: string): ObjectStore;
  /** The single writer of a root's index. */
  publisher(prefix: string): IndexPublisher;
  /** What a root's index names, for searching. */
  catalog(prefix: string): PackageCatalog;
  /** A root in layout v2 too; undefined where the stack holds v3 alone. */
  v2(prefix: string): V2Mirror | undefined;
  /** Makes a root one that can be pushed to: Spack 1.x writes the file that marks it where it finds none. */
  prepare(prefix: string): Promise<void>;
  /** Takes the root below `pr/` of a pull request away. */
  removeRequest(folder: string): Promise<void>;
}

/** One stack with the parts that serve it. */
export interface Stack {
  readonly configuration: StackConfiguration;
  readonly forge: Forge;
  /** Whether another stack of the server has the same repository, and so statuses on the same commits. */
  readonly sharesRepository?: boolean;
  readonly mirror: StackMirror;
  /**
   * Returns the mirror that a commit's `spack.yaml` names, if that was read for the mirror in use and names another
   * one.
   */
  readonly mirrorChange?: (sha: string) => Promise<{ readonly named: string; readonly used: string } | undefined>;
  /** Opens a reader of the texts from outside of the repository for one pipeline; without it there are none. */
  readonly includes?: (pinned?: readonly PlannedInclude[], repositories?: OwnRepositories) => ReadInclude;
  readonly notary: Notary;
  /** Verifies ID tokens of jobs that other CI systems run. */
  readonly identities: IdentityVerifier;
  readonly secrets: readonly {
    readonly name: string;
    readonly value: Secret;
    readonly scope: 'protected' | 'trusted';
    /** Jobs get the path of a file that contains it. */
    readonly isFile?: boolean;
  }[];
  /** Authenticates the git hook that reports who pushed. */
  readonly hookToken?: Secret;
  /** Authenticates triggers and approvals; without it, and without `accounts`, there are none. */
  readonly triggerToken?: Secret;
  /** Tokens of single accounts, for the same. */
  readonly accounts?: readonly { readonly actor: string; readonly token: Secret }[];
}

/** Reads the zip archives that jobs leave. */
interface ArchiveReader {
  /** Name of the first file that the predicate accepts. */
  find(path: string, predicate: (name: string) => boolean): Promise<string | undefined>;
  read(path: string, name: string, maxBytes: number): Promise<Buffer>;
}

/** Public side of the notary's keys, as it stands: keys are changed while the server runs. */
export interface SigningIdentity {
  /** Of the key that signs now. */
  readonly fingerprint: string;
  /** Armored blocks of all keys whose signatures count, the one that signs first. */
  readonly publicKey: string;
  /** PEM of the key that signs images. */
  readonly imageKey: string | undefined;
}

/** The pipelines of all stacks. */
export interface PipelineRecords {
  readonly pipelines: PipelineLedger;
}

export interface DataFiles {
  readonly folder: DataFolder;
}

/** Pipelines, and the files that belong to them. */
export interface PipelineFiles extends PipelineRecords, DataFiles {}

/** Archives that jobs left. */
export interface JobArchives extends PipelineFiles {
  readonly archives: ArchiveReader;
  readonly configuration: ServerConfiguration;
}

/** What forges reported, and what is reported to them. */
export interface ForgeRecords {
  readonly ledger: ForgeLedger;
}

export interface Timed {
  readonly clock: Clock;
}

/** Records who did what. */
export interface Audited {
  readonly audit: AuditLog;
}

export interface ForgeWork extends ForgeRecords, Timed {
  readonly log: Logger;
}

/** Records statuses, which link to pages of the server. */
export interface StatusReporting extends ForgeWork, Audited {
  /** URL by which jobs and people reach the server, without a slash at the end. */
  baseUrl(): string;
}

export interface StackRegistry {
  readonly stacks: ReadonlyMap<string, Stack>;
}

/** Registries, and what was published to them. */
export interface ImageTargets extends ForgeRecords, StackRegistry {
  /** Where an image of this repository name is published. */
  imageTarget(repository: string): Promise<ImageTarget>;
}

/** Tries images before they are published. */
export interface ImageTrials extends DataFiles {
  readonly log: Logger;
  /** Layers that had to be made, and what is known of layers. */
  readonly imageWork: WorkFolder;
  /** Whether programs of images may run without a sandbox where none works: those of merged changes with `never`. */
  readonly sandbox: 'always' | 'never';
  /** Search path for the machine's programs. */
  readonly path: string | undefined;
}

export interface ImagePublishing extends StatusReporting, PipelineFiles, ImageTargets, ImageTrials {
  /** Which signatures count on the protected mirrors. */
  readonly verifier: Verifier;
  readonly promotions: PromotionLedger;
  /** Returns the credentials for a registry, for bases as for what is published; undefined if there are none. */
  registryCredentials(registry: string): Promise<RegistryCredentials | undefined>;
  /** Version of the program, for `CI_SERVER_VERSION` and labels. */
  readonly version: string;
}

/** Everything that a coordinator works with; made once, at the server's start. Functions take only a part of it. */
export interface CoordinatorContext extends ImagePublishing, JobArchives {
  readonly identities: IdentityLedger;
  readonly tokens: Tokens;
  readonly idTokens: IdTokenIssuer;
  readonly signing: SigningIdentity;
  /** Runners that may request jobs. */
  readonly runners: RunnerRegistry;
  /** Changes the runners of the store. */
  readonly fleet: Fleet;
  /** Ends the server once its jobs have ended. */
  readonly drain: Drain;
  /** Stacks, authors and pull requests that are blocked. */
  readonly blocks: Blocks;
  readonly quotas: Quotas;
  readonly trends: TrendLedger;
  /** What packages took in the past. */
  readonly packages: PackageHistory;
  /** Returns whether some runner takes the jobs of a stack's outsiders now. */
  readonly takesUntrusted: (stack: string) => boolean;
}

/** Sends events to pipelines, on the ground of a part of the context. */
export interface Dispatcher<Context> {
  readonly context: Context;
  readonly driver: Pick<PipelineDriver, 'dispatch'>;
}

/** Returns the current time as it is stored. */
export function currentTime({ clock }: Timed): string {
  return timestamp(clock);
}
