import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { idTokenClaims } from '../../gitlab/index.ts';
import type { JobPlan } from '../../gitlab/index.ts';
import { signJwt } from '../../kit/index.ts';
import type { Clock } from '../../kit/index.ts';
import type { TextVariables } from './predefined-variables.ts';

/**
 * Identity tokens of the form that GitLab gives to jobs, signed with a key that only this run has: a job can read what they say, and
 * whoever checks the signature will refuse them.
 */
export class LocalTokens {
  readonly #clock: Clock;
  #key: KeyObject | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A token for each variable of `id_tokens`; `expand` knows the job's predefined variables. */
  issue({ idTokens = {} }: JobPlan, lifetime: number, lookup: (name: string) => string | undefined): TextVariables {
    const issuer = lookup('CI_SERVER_URL') ?? '';
    const now = Math.floor(this.#clock.now() / 1000);
    const tokens = Object.entries(idTokens).map(([name, audience]) => {
      const setting = { issuer, audience, now, lifetime, id: randomUUID(), refType: 'branch' };
      return [name, signJwt(idTokenClaims(lookup, setting), this.#signingKey())] as const;
    });
    return Object.fromEntries(tokens);
  }

  /** Made when it is first needed, which takes a moment. */
  #signingKey(): KeyObject {
    return (this.#key ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  }
}
