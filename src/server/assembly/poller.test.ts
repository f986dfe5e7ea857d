import { expect, test } from 'vitest';
import { openLab } from '../../../test/support/coordinator.ts';
import { Poller } from './poller.ts';

test('a stack is looked at when somebody calls, and what is new is worked', async () => {
  const lab = await openLab();
  const poller = new Poller(lab.coordinator);
  const { sha, event } = lab.push('main');
  lab.forge.happens(event);
  await poller.look('lab');
  await lab.coordinator.settle();
  expect(lab.status(sha)).toBe('pending: 0 of 1 jobs done');
  expect(poller.wake('other')).toBe(false);
  await poller.stop();
});

test('a call during a look leads to one more look', async () => {
  const lab = await openLab();
  let looks = 0;
  const poll = lab.forge.poll.bind(lab.forge);
  lab.forge.poll = (known) => {
    looks += 1;
    if (looks === 1) for (let call = 0; call < 5; call += 1) poller.wake('lab');
    return poll(known);
  };
  const poller = new Poller(lab.coordinator);
  await poller.look('lab');
  await poller.stop();
  expect(looks).toBe(2);
});

test('a remote that fails stops nothing, and after the stop nothing is looked at', async () => {
  const lab = await openLab();
  let looks = 0;
  lab.forge.poll = async () => {
    looks += 1;
    throw new Error('no route to host');
  };
  const poller = new Poller(lab.coordinator);
  await poller.look('lab');
  await poller.look('lab');
  await poller.stop();
  poller.wake('lab');
  expect(looks).toBe(2);
});
