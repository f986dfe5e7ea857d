import * as fc from 'fast-check';
import { commandScopes, isRequestCommand, type RequestCommand } from '../../src/access/index.ts';
import { requestPeople, type RequestPeople } from './request-people.ts';

/** What each account may give, written down apart from the program: the matrix of who may do what. */
const allowed: Readonly<Record<string, readonly RequestCommand[]>> = {
  owner: ['help', 'plan', 'cancel', 'run', 'retry', 'rebuild', 'approve'],
  keeper: ['help', 'plan', 'cancel', 'run', 'retry', 'rebuild', 'approve'],
  grace: ['help', 'plan', 'cancel', 'run', 'retry', 'rebuild', 'approve'],
  writer: ['help', 'plan', 'cancel', 'run', 'retry', 'rebuild'],
  linus: ['help', 'plan', 'cancel', 'run', 'retry', 'rebuild'],
  triager: ['help', 'plan'],
  // The author of the request.
  mallory: ['help', 'plan', 'cancel'],
  stranger: ['help', 'plan'],
};
export const accounts = Object.keys(allowed);
export const commands = Object.keys(commandScopes).filter(isRequestCommand);
/** Where a request is from, and how far it was approved. */
export const origins = ['fork', 'approved fork', 'fork that moved on', 'team', 'draft of the team'] as const;

export interface MatrixCell {
  readonly account: string;
  readonly command: RequestCommand;
  readonly origin: (typeof origins)[number];
}

/** What a command did, and whether it should have. */
export interface MatrixOutcome {
  readonly isAllowed: boolean;
  readonly isRefusedForAccount: boolean;
  /** Whether pipelines or the approval changed. */
  readonly hasEffect: boolean;
  /** Whether code of a fork runs that no one approved. */
  readonly runsUnapproved: boolean;
}

/** Tries one cell of the matrix on a server of its own. */
export async function tryCell({ account, command, origin }: MatrixCell): Promise<MatrixOutcome> {
  const { people, head } = await openRequest(origin);
  const before = stateOf(people);
  const argument = command === 'approve' ? ` ${head}` : command === 'rebuild' ? ' tide' : '';
  const answer = await people.says(account, `/slipway ${command}${argument}`);
  return {
    isAllowed: allowed[account]?.includes(command) === true,
    isRefusedForAccount: /^refused: `\w+` is not for accounts of the tier/.test(answer),
    hasEffect: stateOf(people) !== before,
    runsUnapproved: unapproved(people).length > 0,
  };
}

async function openRequest(origin: MatrixCell['origin']): Promise<{ people: RequestPeople; head: string }> {
  const isTeams = origin.endsWith('team');
  const opened = await requestPeople({ fork: !isTeams, draft: origin.startsWith('draft') });
  const { people, head } = opened;
  if (!origin.includes('approved') && !origin.includes('moved')) return opened;
  await people.says('owner', `/slipway approve ${head}`);
  if (!origin.includes('moved')) return opened;
  const next = people.push();
  await people.poll();
  return { people, head: next };
}

function stateOf(people: RequestPeople): string {
  return JSON.stringify([people.pipelines(), people.lab.context.ledger.request('lab', '7')?.approval?.sha]);
}

/** Heads of forks that have a pipeline, and that no account approved that may. */
function unapproved(people: RequestPeople): readonly string[] {
  const { ledger, pipelines } = people.lab.context;
  const approved = new Set(
    ledger
      .commands('lab', '7')
      .filter(
        ({ actor, command, state }) => state === 'done' && command === 'approve' && allowed[actor]?.includes('approve'),
      )
      .map(({ text }) => text.split(' ')[2]),
  );
  const heads = pipelines.list({ stack: 'lab' }).filter(({ trust }) => trust === 'untrusted');
  return heads.map(({ head }) => head).filter((head) => !approved.has(head));
}

const account = fc.constantFrom(...accounts);
/** A step of people at the forge, or of the server. `head` counts back from the newest one. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      account,
      command: fc.constantFrom(...commands),
      head: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('push' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('poll' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), comment: fc.nat(9), head: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('quote' as const), account, head: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mute' as const), isMute: fc.boolean() }) },
);

/** Stories of what people do around one fork, in any order. */
export const stories = fc.array(step, { minLength: 3, maxLength: 14 });
type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never;

/** Plays a story, and returns what must not have happened in it. */
export async function play(story: Story): Promise<readonly string[]> {
  const { people, head } = await requestPeople();
  const heads = [head];
  const back = (count: number) => heads.at(-1 - Math.min(count, heads.length - 1)) as string;
  for (const one of story) {
    if (one.do === 'push') heads.push(people.push());
    if (one.do === 'mute') people.isMute = one.isMute;
    if (one.do === 'edit') people.edit(String(one.comment), `/slipway approve ${back(one.head)}`);
    if (one.do === 'quote') people.comment(one.account, `> /slipway approve ${back(one.head)}\n\n/slipway run`);
    if (one.do === 'say') people.comment(one.account, commandText(one.command, back(one.head)));
    if (one.do === 'poll') await people.poll();
  }
  people.isMute = false;
  await people.poll();
  return [...unapproved(people), ...wrongAnswers(people)];
}

function commandText(command: RequestCommand, head: string): string {
  return `/slipway ${command}${command === 'approve' ? ` ${head}` : command === 'rebuild' ? ' tide' : ''}`;
}

/** Commands that were carried out for an account that may not give them, or never answered, or answered without SHA. */
function wrongAnswers({ lab }: RequestPeople): readonly string[] {
  return lab.context.ledger.commands('lab', '7').flatMap((one) => {
    const { actor, command, state, answer = '' } = one;
    const may = isRequestCommand(command) && allowed[actor]?.includes(command) === true;
    const isSilent = !/`[0-9a-f]{12}/.test(answer);
    const isWrong = state === 'pending' || (state === 'done' && !may) || isSilent;
    return isWrong ? [`${actor}: ${one.text}: ${state}: ${answer}`] : [];
  });
}
