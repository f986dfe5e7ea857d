import { afterEach, expect, test } from 'vitest';
import { isOffered, session } from './session.ts';

const signedIn = { isSession: true, isLocal: false, providers: [] };

afterEach(() => {
  session.value = undefined;
});

test('an action is offered to people who have its scope on the stack, and to those who have not signed in', () => {
  expect(isOffered('lab', 'approve')).toBe(true);
  session.value = { ...signedIn, isSession: false, stacks: {} };
  expect(isOffered('lab', 'approve')).toBe(true);
  session.value = { ...signedIn, stacks: { lab: 'run', own: 'admin' } };
  expect(isOffered('lab', 'run')).toBe(true);
  expect(isOffered('lab', 'approve')).toBe(false);
  expect(isOffered('own', 'approve')).toBe(true);
  expect(isOffered('other', 'run')).toBe(false);
});
