import { expect, onTestFinished, test, vi } from 'vitest';
import { openLab } from '../../../test/support/coordinator.ts';
import { Poller } from './poller.ts';

test('a stack is polled on request, and its changes are handled', async () => {
  const lab = await openLab();
  const poller = new Poller(lab.coordinator);
  const { sha, event } = lab.push('main');
  lab.forge.happens(event);
  await poller.poll('lab');
  await lab.coordinator.settle();
  expect(lab.status(sha)).toBe('pending: 0 of 1 jobs done');
  expect(poller.wake('other')).toBe(false);
  await poller.stop();
});

test('a call during a poll leads to one more poll', async () => {
  const lab = await openLab();
  let polls = 0;
  const poll = lab.forge.poll.bind(lab.forge);
  lab.forge.poll = (known) => {
    polls += 1;
    if (polls === 1) for (let call = 0; call < 5; call += 1) poller.wake('lab');
    return poll(known);
  };
  const poller = new Poller(lab.coordinator);
  await poller.poll('lab');
  await poller.stop();
  expect(polls).toBe(2);
});

test('a remote that fails stops nothing, and after the stop nothing is polled', async () => {
  const lab = await openLab();
  let polls = 0;
  lab.forge.poll = async () => {
    polls += 1;
    throw new Error('no route to host');
  };
  const poller = new Poller(lab.coordinator);
  await poller.poll('lab');
  await poller.poll('lab');
  await poller.stop();
  poller.wake('lab');
  expect(polls).toBe(2);
});

test('where only hooks cause polls, one more comes a little later, and one every hour', async () => {
  const lab = await openLab({ stack: { poll: 0 } });
  let polls = 0;
  const poll = lab.forge.poll.bind(lab.forge);
  lab.forge.poll = (known) => {
    polls += 1;
    return poll(known);
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const poller = new Poller(lab.coordinator);
  poller.start();
  await poller.poll('lab');
  expect(polls).toBe(2);
  vi.advanceTimersByTime(30_000);
  await expect.poll(() => polls).toBe(3);
  vi.advanceTimersByTime(300_000);
  expect(polls).toBe(3);
  vi.advanceTimersByTime(3600_000);
  await expect.poll(() => polls).toBe(4);
  await poller.stop();
});
