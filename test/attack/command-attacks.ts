import { accounts, commands, origins, tryCell } from '../support/command-matrix.ts';
import { requestPeople, type RequestPeople } from '../support/request-people.ts';
import type { Attack } from './attack.ts';

/** An attack by comments at the forge. */
export interface CommandAttack extends Attack {
  /** Returns whether it succeeded. */
  attempt(): Promise<boolean>;
  /** The same by an account that may, or without the trick. Must return true. */
  control(): Promise<boolean>;
}

const hasPipeline = (people: RequestPeople) => people.pipelines().length > 0;
const matrix = origins.flatMap((origin) =>
  commands.flatMap((command) => accounts.map((account) => ({ account, command, origin }))),
);

async function anyCell(wanted: (outcome: Awaited<ReturnType<typeof tryCell>>) => boolean): Promise<boolean> {
  for (const cell of matrix) if (wanted(await tryCell(cell))) return true;
  return false;
}

/** Says it about a fork that waits for approval; returns whether something runs. */
async function starts(author: string, text: (head: string) => string): Promise<boolean> {
  const { people, head } = await requestPeople();
  await people.says(author, text(head));
  return hasPipeline(people);
}

export const commandAttacks: readonly CommandAttack[] = [
  {
    threat: 'T12',
    what: 'gives a command that its role at the forge does not allow, on a pull request of any origin',
    protection: 'each command takes a scope, which follows from the role at the forge and lists of the base branch',
    attempt: () => anyCell(({ isAllowed, hasEffect, runsUnapproved }) => (hasEffect && !isAllowed) || runsUnapproved),
    control: () => anyCell(({ isAllowed, hasEffect }) => hasEffect && isAllowed),
  },
  {
    threat: 'T12',
    what: 'orders a pipeline of its own fork as the author',
    protection: 'being the author allows to cancel, and nothing else',
    attempt: async () => {
      for (const command of ['run', 'retry', 'rebuild tide'])
        if (await starts('mallory', () => `/slipway ${command}`)) return true;
      return false;
    },
    control: () => starts('owner', (head) => `/slipway approve ${head}`),
  },
  {
    threat: 'T12',
    what: 'quotes the command of a maintainer',
    protection: 'the command is the first line of a comment, from its first character on',
    attempt: () => starts('owner', (head) => `> /slipway approve ${head}\n\nWhat does this do?`),
    control: () => starts('owner', (head) => `/slipway approve ${head}\n\n> What does this do?`),
  },
  {
    threat: 'T12',
    what: 'changes the comment of a maintainer to a command',
    protection: 'comments that were edited are ignored',
    attempt: async () => {
      const { people, head } = await requestPeople();
      const id = people.comment('owner', 'Thank you');
      people.edit(id, `/slipway approve ${head}`);
      await people.poll();
      people.edit(id, `/slipway approve ${head}`);
      await people.poll();
      return hasPipeline(people);
    },
    control: () => starts('owner', (head) => `/slipway approve ${head}`),
  },
  {
    threat: 'T12',
    what: 'gives a command while the forge does not report what the account may do',
    protection: 'nothing is carried out without an answer of the forge',
    attempt: async () => {
      const { people, head } = await requestPeople();
      people.isMute = true;
      await people.says('mallory', `/slipway approve ${head}`);
      return hasPipeline(people);
    },
    control: () => starts('grace', (head) => `/slipway approve ${head}`),
  },
  {
    threat: 'T10',
    what: 'is pushed to between the comment that approves it and the poll that reads this',
    protection: 'approval names the commit, and is refused for any other head',
    attempt: async () => {
      const { people, head } = await requestPeople();
      people.comment('owner', `/slipway approve ${head}`);
      people.push();
      await people.poll();
      return hasPipeline(people);
    },
    control: () => starts('owner', (head) => `/slipway approve ${head}`),
  },
  {
    threat: 'T10',
    what: 'has a commit approved whose abbreviated name another one shares',
    protection: 'approval names the whole SHA',
    attempt: () => starts('owner', (head) => `/slipway approve ${head.slice(0, 12)}`),
    control: () => starts('owner', (head) => `/slipway approve ${head}`),
  },
];
