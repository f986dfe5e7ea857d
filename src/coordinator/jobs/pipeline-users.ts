import type { Actor, Forge } from '../../forge/index.ts';
import { messageOf } from '../../kit/index.ts';
import type { PipelineSubject } from '../../pipeline/index.ts';
import { pushedObject, pusherOf, reportedPusher } from '../changes/pushers.ts';
import type { ForgeWork, Stack } from '../context.ts';

/** GitLab's names of roles, for what an account may do at the forge. */
const LEVELS: Readonly<Record<Awaited<ReturnType<NonNullable<Forge['permission']>>>, string | undefined>> = {
  admin: 'owner',
  maintain: 'maintainer',
  write: 'developer',
  triage: 'reporter',
  read: 'guest',
  none: undefined,
};

/** Milliseconds for which an answer of a forge counts. */
const ANSWER_AGE = 5 * 60_000;

/** Knows whose work pipelines run. What forges answer is remembered for some minutes. */
export class PipelineUsers {
  readonly #context: ForgeWork;
  readonly #answers = new Map<string, { readonly at: number; readonly answer: Promise<string | undefined> }>();

  constructor(context: ForgeWork) {
    this.#context = context;
  }

  /**
   * Returns the account that a pipeline counts as run by: of a push or tag, who pushed; of a request through the API,
   * whose token it was; of a pull request, who pushed its head, or else approved it. That of a fork is only ever who
   * approved it. All of these are names that the forge or the server authenticated; nothing of the commit is read.
   */
  async userOf(stack: Stack, subject: PipelineSubject): Promise<Actor | undefined> {
    const { source, refType, ref, sha, head, trust, request, actor } = subject;
    if (actor !== undefined) return actor;
    if (refType === 'merge-queue' || source === 'api') return undefined;
    const { name } = stack.configuration;
    if (refType === 'branch' || refType === 'tag') {
      const pushed = pushedObject({ refType, ref, sha });
      const ask = () => pusherOf(this.#context, stack, pushed);
      return reportedPusher(this.#context, name, pushed) ?? this.#remembered(['pusher', name, ref, sha], ask);
    }
    const { ledger } = this.#context;
    const pushed = trust === 'untrusted' ? undefined : ledger.firstPusher(name, head);
    if (pushed !== undefined || request === undefined) return pushed;
    const approval = ledger.request(name, request)?.approval;
    return approval?.sha === head ? approval.account : undefined;
  }

  /** Returns GitLab's name of an account's role in the repository; undefined if it has none, or the forge does not answer. */
  async accessLevel({ configuration: { name }, forge }: Stack, user: Actor): Promise<string | undefined> {
    return this.#remembered(['level', name, user], async () => {
      const permission = await forge.permission?.(user).catch((error: unknown) => {
        this.#context.log.warn({ stack: name, user, error: messageOf(error) }, 'the forge did not report a role');
        return 'none' as const;
      });
      return permission && LEVELS[permission];
    });
  }

  async #remembered(about: readonly string[], ask: () => Promise<string | undefined>): Promise<string | undefined> {
    const [key, now] = [JSON.stringify(about), this.#context.clock.now()];
    for (const [other, { at }] of this.#answers) {
      if (now - at < ANSWER_AGE) break;
      this.#answers.delete(other);
    }
    const answer = this.#answers.get(key)?.answer ?? ask();
    if (!this.#answers.has(key)) this.#answers.set(key, { at: now, answer });
    return answer;
  }
}
