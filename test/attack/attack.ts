/** How an attack reaches its target. */
export type Attacker =
  | 'job of a fork'
  | 'job of the team'
  | 'job of a protected branch'
  | 'smoke test of a pull request'
  | 'smoke test of a protected branch';

/** What is feared, by the numbers of the project's threat model. */
export const threats = {
  T1: 'the signing key is stolen',
  T2: 'credentials of the mirror are abused',
  T3: 'the protected mirror is poisoned',
  T4: 'other pull requests are poisoned or read',
  T5: 'indexes or keys are replaced',
  T6: 'the notary signs anything',
  T7: 'something stays on the machine',
  T8: 'a protected runner is reached by its tags',
  T10: 'code changes after it was approved',
  T11: 'a status is forged or stale',
  T12: 'commands in comments are abused',
  T13: 'a secret is published',
  T15: 'resources are exhausted',
  T16: 'an archive writes elsewhere',
  T17: 'inner addresses are reached',
  T18: 'an image is substituted',
  T20: 'the session of a reader is abused',
} as const;

/** One row of the table in `docs/security.md`. */
export interface Attack {
  readonly threat: keyof typeof threats;
  /** Completes "An attacker …". */
  readonly what: string;
  /** What prevents it; the control run is made without that. */
  readonly protection: string;
}

/** Paths and addresses that an attacker may know who has read the sources. */
export interface Targets {
  /** The server's data folder. */
  readonly data: string;
  /** Folder of the operator, with a secret. */
  readonly outside: string;
  /** The server's own address. */
  readonly url: string;
  /** Port of a service that listens on the loopback of the host. */
  readonly port: number;
  /** Seconds that distinguish the `sleep` of this run from others. */
  readonly seconds: number;
}

/** An attack by the script of a job, and by the commands of a smoke test. */
export interface JobAttack extends Attack {
  /** It uses the token of its job, which a smoke test does not have. */
  readonly needsToken?: boolean;
  /** Shell; its exit status is 0 if the attack succeeds, unless `leaves` decides. */
  script(targets: Targets): string;
  /** The control run's script, where the protection is not the sandbox; also that of a smoke test. */
  control?(targets: Targets): string;
  /** What is there after the job has ended, if the attack succeeds: a file, or a process with these arguments. */
  leaves?(targets: Targets): { readonly file: string } | { readonly process: string };
}
