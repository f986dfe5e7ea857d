import * as z from 'zod';
import { Secret, Serial, hasCode, systemClock, systemWait } from '../../../kit/index.ts';
import { apiClient, type ApiClientOptions } from '../../api/api-client.ts';
import type { TokenSource } from '../../api/token-source.ts';
import { githubError } from '../errors.ts';
import { appProfile } from './app-profile.ts';
import { appToken, type GithubApp } from './app-token.ts';

interface InstallationTokenOptions extends Omit<ApiClientOptions, 'token'> {
  /** `owner/name`. */
  readonly repository: string;
}

const Installation = z.object({ id: z.number().int().positive() });
const Created = z.object({ token: z.string().min(1), expires_at: z.iso.datetime({ offset: true }) });

/** A token is replaced this long before its end, so that it outlives what is done with it. */
const MARGIN_MS = 5 * 60_000;
/** GitHub may reject a new token for some seconds. */
const NEW_MS = 5000;
const PAUSE_MS = 1000;

/**
 * Creates tokens of an App's installation that reach one repository, and keeps each until shortly before its end ("Create
 * an installation access token for an app"). Concurrent callers wait for the same new one. A new token that GitHub rejects
 * is returned once more after a pause.
 */
export function installationToken(app: GithubApp, options: InstallationTokenOptions): TokenSource {
  const { repository, clock = systemClock, wait = systemWait } = options;
  const api = apiClient(appProfile(app.id), { ...options, token: appToken(app, clock) });
  const notInstalled = (cause?: unknown) =>
    githubError('FORGE_GITHUB_APP_NOT_INSTALLED', { app: app.id, repository }, { cause });
  const turns = new Serial();
  let installation = app.installation;
  let current: { readonly token: Secret; readonly since: number; readonly until: number } | undefined;

  async function findInstallation(): Promise<number> {
    const request = { method: 'GET', path: `/repos/${repository}/installation` } as const;
    const answer = await api.send(request);
    if (answer.status === 404) throw notInstalled();
    return api.check(answer, Installation, request).id;
  }

  async function create(): Promise<NonNullable<typeof current>> {
    installation ??= await findInstallation();
    const request = { method: 'POST', path: `/app/installations/${installation}/access_tokens` } as const;
    const body = { repositories: [repository.split('/')[1]] };
    const answer = await api.send({ ...request, body }).catch((error: unknown) => {
      throw hasCode(error, 'FORGE_STATUS_REFUSED') ? notInstalled(error) : error;
    });
    if (answer.status === 404) {
      // It may have been removed and installed again, with another number.
      installation = app.installation;
      throw notInstalled();
    }
    const { token, expires_at: end } = api.check(answer, Created, request);
    return { token: new Secret(token), since: clock.now(), until: Date.parse(end) - MARGIN_MS };
  }

  return (rejected) =>
    turns.run('', async () => {
      if (rejected !== undefined && current?.token === rejected) {
        const isNew = clock.now() - current.since < NEW_MS;
        if (isNew) await wait(PAUSE_MS);
        current = isNew ? { ...current, token: new Secret(rejected.reveal()) } : undefined;
      }
      if (current === undefined || clock.now() >= current.until) current = await create();
      return current.token;
    });
}
