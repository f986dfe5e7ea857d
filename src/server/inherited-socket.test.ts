import { expect, test } from 'vitest';
import { inheritedSocket } from './inherited-socket.ts';

test.each([
  ['systemd', { LISTEN_FDS: '1', LISTEN_PID: '7' }, false, { fd: 3, isKept: false }],
  ['a parent of ours', { LISTEN_FDS: '1' }, true, { fd: 3, isKept: true }],
  ['systemd, for another process', { LISTEN_FDS: '1', LISTEN_PID: '8' }, true, undefined],
  ['no parent', {}, true, undefined],
  ['no parent, whatever the variable says', { LISTEN_FDS: '1' }, false, undefined],
  ['systemd, but none', { LISTEN_FDS: '0', LISTEN_PID: '7' }, false, undefined],
])('a socket from %s', (_from, env, hasChannel, socket) => {
  expect(inheritedSocket(env, { pid: 7, hasChannel })).toEqual(socket);
});
