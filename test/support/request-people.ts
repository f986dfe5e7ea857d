import type { ForgeComment, Forge } from '../../src/forge/index.ts';
import { pollStack, workCommands, type RequestRecord } from '../../src/coordinator/index.ts';
import { openLab, tinyStack, type Lab, type LabOptions } from './coordinator.ts';

type Permission = Awaited<ReturnType<NonNullable<Forge['permission']>>>;

/** What each account may do at the forge, if it is not the least; `grace` and `linus` are on the lists of the policy. */
const permissions: Readonly<Record<string, Permission>> = {
  owner: 'admin',
  keeper: 'maintain',
  writer: 'write',
  triager: 'triage',
  mallory: 'read',
  stranger: 'none',
};
export const policy = 'requests: { maintainers: [grace], trusted: [linus] }\n';
export const ci = 'a: { script: x }\nb: { script: x }\n';

/** People who comment on pull request 7 of a lab. */
export class RequestPeople {
  readonly lab: Lab;
  /** Whether the forge reports nothing about accounts. */
  isMute = false;
  readonly #comments: { -readonly [Key in keyof ForgeComment]: ForgeComment[Key] }[] = [];
  readonly #baseSha: string;
  #request: Partial<RequestRecord> = {};

  constructor(lab: Lab) {
    this.lab = lab;
    const { forge } = lab;
    this.#baseSha = forge.push('main', { ...tinyStack, 'slipway.yaml': policy });
    forge.refs.set('refs/heads/main', this.#baseSha);
    forge.comments = async (since) => this.#comments.filter(({ at }) => at >= since).map((one) => ({ ...one }));
    forge.permission = async (actor) => {
      if (this.isMute) throw new Error('status 502');
      return permissions[actor] ?? 'read';
    };
  }

  /** Pushes a new head, which the server sees with its next poll. */
  push(more: Partial<RequestRecord> = {}): string {
    this.#request = { ...this.#request, ...more };
    const sha = this.lab.forge.push('topic', { ...tinyStack, '.gitlab-ci.yml': ci });
    this.lab.forge.happens(
      this.lab.forge.request('7', sha, { baseSha: this.#baseSha, author: 'mallory', ...this.#request }),
    );
    return sha;
  }

  comment(author: string, text: string, more: Partial<ForgeComment> = {}): string {
    const id = String(this.#comments.length + 1);
    const at = new Date(this.lab.context.clock.now()).toISOString();
    this.#comments.push({ id, request: '7', author, text, isEdited: false, isBot: false, at, ...more });
    return id;
  }

  edit(id: string, text: string): void {
    const comment = this.#comments.find((one) => one.id === id);
    if (comment !== undefined) Object.assign(comment, { text, isEdited: true });
  }

  async poll(): Promise<void> {
    await pollStack(this.lab.coordinator, this.lab.stack);
    await workCommands(this.lab.coordinator, this.lab.stack);
    await this.lab.coordinator.settle();
  }

  /** Comments, and lets the server read it. Returns `state: answer`, or `nothing` where it is no command. */
  async says(author: string, text: string, more: Partial<ForgeComment> = {}): Promise<string> {
    const id = this.comment(author, text, more);
    await this.poll();
    const command = this.lab.context.ledger.commands('lab', '7').find(({ source }) => source === `comment:${id}`);
    return command === undefined ? 'nothing' : `${command.state}: ${command.answer ?? ''}`;
  }

  /** `head status` of each pipeline, the oldest first. */
  pipelines(): readonly string[] {
    const all = this.lab.context.pipelines.list({ stack: 'lab' }).toReversed();
    return all.map(({ head, status }) => `${head} ${status}`);
  }
}

/** Opens a lab with a pull request, by default of a fork, whose head was polled. */
export async function requestPeople(
  request: Partial<RequestRecord> = { fork: true },
  options: LabOptions = {},
): Promise<{ people: RequestPeople; head: string }> {
  const people = new RequestPeople(await openLab(options));
  await people.poll();
  const head = people.push(request);
  await people.poll();
  return { people, head };
}
