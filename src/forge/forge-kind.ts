import type * as z from 'zod';
import type { Clock, Logger, Secret, SecretSource } from '../kit/index.ts';
import type { Forge, StatusPosting } from './forge.ts';

/** What a forge is opened with, besides its own section of the configuration. */
export interface ForgeParts {
  /** Folder of the local bare copy; made if it is not there. */
  readonly repository: string;
  readonly defaultBranch: string;
  /** Whether a branch besides the default one is protected. */
  readonly isProtected: (branch: string) => boolean;
  readonly log: Logger;
  readonly clock: Clock;
  /** PATH for git and ssh. */
  readonly path?: string;
  /** Reads a secret that the section names; `what` it is for is reported if it is missing. */
  readonly reveal: (source: SecretSource, what: string) => Promise<Secret>;
}

/** A repository that a section of a stack's configuration names. */
export interface ForgeRepository {
  /** Where it is cloned from, without credentials. */
  readonly cloneUrl: string;
  open(parts: ForgeParts): Promise<Forge>;
}

/** A repository whose statuses are set without a stack. */
interface StatusTarget {
  /** As the forge names it. */
  readonly repository: string;
  /** Address of the API. */
  readonly apiUrl: string;
  readonly token: Secret;
  readonly log: Logger;
}

/** The part of a kind of forge that needs no stack: it sets commit statuses, and makes no copy of the repository. */
export interface StatusForge {
  /** Address of the API of the public forge. */
  readonly publicApiUrl: string;
  /** Environment variable that holds the token in jobs. */
  readonly tokenVariable: string;
  statuses(target: StatusTarget): StatusPosting;
}

/** A kind of forge: all that the rest of the program does not know about it. */
export interface ForgeKind<Section extends z.ZodType> extends StatusForge {
  /** Schema of its section in a stack's configuration. */
  readonly section: Section;
  /** One sentence on the section, for the reference. */
  readonly description: string;
  repository(settings: z.output<Section>): ForgeRepository;
}
