import type { WaitKind } from '../../../../src/protocol/index.ts';

/** What jobs wait for, in a word or two. */
export const waitWords: Readonly<Record<WaitKind, string>> = {
  runner: 'no runner',
  quota: 'quota',
  build: 'same package',
  promotion: 'promotion',
  resource: 'resource group',
  memory: 'memory',
  slot: 'free slot',
  time: 'start time',
};

export const waitKinds = Object.keys(waitWords) as readonly WaitKind[];
