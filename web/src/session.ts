import { signal } from '@preact/signals';
import type { SessionView } from '../../src/protocol/index.ts';
import { getJson, postJson } from './api.ts';

/** Who is signed in, and how one can; undefined until the server has answered. */
export const session = signal<SessionView | undefined>(undefined);

let loading: Promise<void> = Promise.resolve();

export function loadSession(): Promise<void> {
  const loaded = getJson<SessionView>('/session').then((view) => void (session.value = view));
  loading = loaded.catch(() => undefined);
  return loaded;
}

/** Resolves once the server has answered the last request for the session, or has failed to. */
export function sessionLoaded(): Promise<void> {
  return loading;
}

/** Whether actions need no token: after signing in, or at a server on this machine without configuration. */
export function mayAct(): boolean {
  return session.value?.isSession === true || session.value?.isLocal === true;
}

const scopes = ['read', 'run', 'approve', 'admin'] as const;

/** Whether the page offers an action on a stack: to people who have the scope, and to those who have not signed in. */
export function isOffered(stack: string, needed: (typeof scopes)[number]): boolean {
  if (!mayAct()) return true;
  const held = session.value?.stacks[stack];
  return held !== undefined && scopes.indexOf(held) >= scopes.indexOf(needed);
}

/** Whether the page offers what is for administrators. */
export function isAdministrator(): boolean {
  const known = session.value;
  return known?.isLocal === true || Object.values(known?.stacks ?? {}).includes('admin');
}

/** Whether the page offers to change runners, which local programs may not do without a token. */
export function mayChangeRunners(): boolean {
  return Object.values(session.value?.stacks ?? {}).includes('admin');
}

/** Exchanges an access token for a session, so that the page keeps no token. */
export async function signInWithToken(token: string): Promise<void> {
  await postJson('/auth/token', { token });
  await loadSession();
}

export async function signOut(): Promise<void> {
  await postJson('/auth/sign-out', {});
  location.reload();
}

/** Where one signs in with a provider, and comes back to a page: the present one, unless another is named. */
export function signInAddress(provider: string, returnTo = location.pathname + location.search): string {
  return `/auth/${provider}/sign-in?return=${encodeURIComponent(returnTo)}`;
}
