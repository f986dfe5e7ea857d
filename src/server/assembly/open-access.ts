import { Access, githubSignIn, openidSignIn, type DeclaredToken, type SignInProvider } from '../../access/index.ts';
import type { CoordinatorContext, ServerSettings, Stack } from '../../coordinator/index.ts';
import { createAccessLedger, type Database } from '../../store/index.ts';
import { closedBy } from '../access/local-access.ts';
import type { Listener } from '../listen.ts';

/** Opens what decides who may do what, from the configuration and the stored tokens and sessions. */
export async function openAccess(
  settings: ServerSettings,
  { stacks, clock }: Pick<CoordinatorContext, 'stacks' | 'clock'>,
  database: Database,
): Promise<Access> {
  return new Access({
    ledger: createAccessLedger(database),
    clock,
    declared: declaredTokens(stacks.values()),
    providers: await signInProviders(settings),
    sessionSeconds: settings.configuration.access.sessionAge,
  });
}

/** The tokens that the configuration of a stack names. */
export function declaredTokens(stacks: Iterable<Stack>): readonly DeclaredToken[] {
  return [...stacks].flatMap(({ configuration: { name: stack }, triggerToken, accounts = [] }) => {
    const grant = { scope: 'approve', stacks: [stack] } as const;
    const shared = triggerToken && { name: `token ${stack}`, token: triggerToken, grant };
    const own = accounts.map(({ actor, token }) => ({ name: `token of ${actor}`, token, grant, actor }));
    return shared === undefined ? own : [shared, ...own];
  });
}

async function signInProviders({ configuration, reveal }: ServerSettings): Promise<readonly SignInProvider[]> {
  const { openid, github } = configuration.access;
  const providers: SignInProvider[] = [];
  if (openid !== undefined) {
    const { clientSecret, ...rest } = openid;
    const secret = clientSecret && (await reveal(clientSecret, 'the client of OpenID Connect'));
    providers.push(openidSignIn({ ...rest, clientSecret: secret }));
  }
  if (github !== undefined) {
    const secret = await reveal(github.clientSecret, 'the OAuth app of GitHub');
    providers.push(githubSignIn({ ...github, clientSecret: secret }));
  }
  return providers;
}

/** Logs at the start who can do what, and how people prove who they are. */
export function reportAccess(context: CoordinatorContext, access: Access, { reach }: Listener): void {
  const { log, stacks, baseUrl } = context;
  const named = (isPrivate: boolean) =>
    [...stacks.values()].filter((one) => one.configuration.private === isPrivate).map((one) => one.configuration.name);
  const signIn = ['token', ...access.providers.map(({ id }) => id)];
  const fields = { public: named(false), private: named(true), signIn };
  if (reach === 'network') {
    log.info(fields, 'everyone who reaches the server can read public stacks; the rest requires sign-in');
    if (baseUrl().startsWith('http:'))
      log.warn(
        { baseUrl: baseUrl() },
        'tokens and sessions are sent without encryption; set `tls`, or `baseUrl` of a proxy',
      );
    return;
  }
  const reason = closedBy(context, access);
  if (reason === undefined)
    log.info(fields, 'local programs can do everything but manage tokens; `slipway token create` ends this');
  else
    log.info({ ...fields, reason }, 'local programs can read public stacks; private ones and changes require sign-in');
}
