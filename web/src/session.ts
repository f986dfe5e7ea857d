import { signal } from '@preact/signals';
import type { SessionView } from '../../src/protocol/index.ts';
import { getJson, postJson } from './api.ts';

/** Who is signed in, and how one can; undefined until the server has answered. */
export const session = signal<SessionView | undefined>(undefined);

export async function loadSession(): Promise<void> {
  session.value = await getJson<SessionView>('/session');
}

/** Whether actions need no token: after signing in, or at a server on this machine without configuration. */
export function mayAct(): boolean {
  return session.value?.isSession === true || session.value?.isLocal === true;
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

/** Where one signs in with a provider, and comes back to the present view. */
export function signInAddress(provider: string): string {
  return `/auth/${provider}/sign-in?return=${encodeURIComponent(location.pathname + location.search)}`;
}
