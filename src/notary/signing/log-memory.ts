import type { UsedNumbers } from '../port.ts';
import type { EntryRecord, IdentityRecord, RenewalRecord, SigningRecord } from './signing-record.ts';

/** The newest signature of one package. */
export type SignedPackage = Omit<RenewalRecord, 'action'>;

/** The state that the records of a log lead to. */
export class LogMemory {
  readonly #locks = new Map<string, string>();
  readonly #numbers = new Map<string, number>();
  readonly #packages = new Map<string, SignedPackage>();
  readonly #identities = new Map<string, IdentityRecord>();
  readonly #tokens = new Map<string, IdentityRecord>();
  readonly #externalLocks = new Map<string, string>();
  #used: UsedNumbers = { pipeline: 0, job: 0 };

  /** The lock of this name by which something was signed for a pipeline. */
  lockOf(pipeline: string, name = ''): string | undefined {
    return this.#locks.get(`${pipeline} ${name}`);
  }

  /** The highest number that was signed for a root's index; 0 for none. */
  numberOf(root: string): number {
    return this.#numbers.get(root) ?? 0;
  }

  /** The newest token that a job of the pipeline has shown, if it is one of another CI system. */
  identityOf(pipeline: string): IdentityRecord | undefined {
    return this.#identities.get(pipeline);
  }

  /** What a token has been used for. */
  token(token: string): IdentityRecord | undefined {
    return this.#tokens.get(token);
  }

  /** The lock by which a pipeline of another CI system has its packages signed. */
  externalLockOf(external: Pick<IdentityRecord, 'issuer' | 'project' | 'externalPipeline'>): string | undefined {
    return this.#externalLocks.get(externalKey(external));
  }

  get used(): UsedNumbers {
    return this.#used;
  }

  package(hash: string): SignedPackage | undefined {
    return this.#packages.get(hash);
  }

  /** Packages whose newest signature is of this key. */
  signedWith(fingerprint: string): readonly SignedPackage[] {
    return [...this.#packages.values()].filter((one) => one.fingerprint === fingerprint);
  }

  take(record: SigningRecord): void {
    if ('pipeline' in record) this.#use(record.pipeline, 'job' in record ? record.job : '');
    if (record.action === 'index') {
      this.#numbers.set(record.root, Math.max(record.number, this.numberOf(record.root)));
    } else if (record.action === 'identity') {
      this.#identities.set(record.pipeline, record);
      this.#tokens.set(record.token, record);
      this.#externalLocks.set(externalKey(record), record.lockDigest);
    } else if (record.action === 'renewed') {
      this.#keep(record);
    } else if (record.action !== 'image') {
      this.#locks.set(`${record.pipeline} ${record.lockName ?? ''}`, record.lockDigest);
      if (record.action === 'signed') this.#keep(record);
    }
  }

  #use(pipeline: string, job: string): void {
    const higher = (known: number, id: string) => (/^\d{1,15}$/.test(id) ? Math.max(known, Number(id)) : known);
    this.#used = { pipeline: higher(this.#used.pipeline, pipeline), job: higher(this.#used.job, job) };
  }

  #keep({ stack, name, version, hash, tarball, fingerprint }: EntryRecord | RenewalRecord): void {
    this.#packages.set(hash, { stack, name, version, hash, tarball, fingerprint });
  }
}

function externalKey({
  issuer,
  project,
  externalPipeline,
}: Pick<IdentityRecord, 'issuer' | 'project' | 'externalPipeline'>): string {
  return JSON.stringify([issuer, project, externalPipeline]);
}
