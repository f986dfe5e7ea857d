import { requestJson } from '../../client/index.ts';
import { Secret, readNamedFile } from '../../kit/index.ts';
import type { SessionView } from '../../protocol/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { listServers, rememberServer, serversFile } from '../remembered-servers.ts';
import { serverUrl, withoutSlash } from '../server-url.ts';

interface LoginOptions {
  readonly tokenFile?: string;
  readonly list?: true;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Store a server and an access token for it, after checking both. Commands then use this server where neither ' +
        '`--url` nor SLIPWAY_URL nor a configuration in this folder names another one. The token is read from standard ' +
        'input; on a terminal you are asked for it.',
    )
    .argument('[url]', 'the server (default: as for other commands)')
    .option('--token-file <file>', 'read the token from this file')
    .option('--list', 'list the stored servers, and store none')
    .option('--json', 'print one line of JSON')
    .action((url: string | undefined, options: LoginOptions) =>
      options.list ? list(options, context) : login(url, options, context),
    );
};

async function login(named: string | undefined, options: LoginOptions, context: CommandContext): Promise<void> {
  const { env, signal, terminal } = context;
  const url = named === undefined ? await serverUrl(context, undefined) : withoutSlash(named);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw cliError('CLI_USAGE', {
      message: `\`${url}\` is not an address with http:// or https://`,
      program: 'slipway login',
    });
  if (url.startsWith('http:') && !/^http:\/\/(?:127\.|localhost\b|\[::1\])/.test(url))
    terminal.note(`warning: The connection to ${url} is not encrypted, and others can read the token.`);
  const text = await readTyped(url, options, context);
  const token = text === '' ? undefined : new Secret(text);
  const session = await requestJson<SessionView>({ url, token, signal }, '/api/v1/session');
  if (token === undefined && !session.isLocal) throw cliError('CLI_LOGIN_TOKEN_MISSING', { url });
  if (token !== undefined && session.name === undefined) throw cliError('CLI_LOGIN_REFUSED', { url });
  await rememberServer(env, { url, token, name: session.name });
  if (options.json) return terminal.json({ url, name: session.name });
  terminal.data(session.name === undefined ? `${url} is used without a token` : `${url} knows you as ${session.name}`);
  terminal.note(`The server is stored in ${serversFile(env)}, which only you can read.`);
}

async function readTyped(url: string, { tokenFile }: LoginOptions, context: CommandContext): Promise<string> {
  if (tokenFile !== undefined) return (await readNamedFile(tokenFile, context.cwd)).trim();
  const { prompt, input } = context;
  if (prompt === undefined) return ((await input?.()) ?? '').trim();
  context.terminal.note('An access token comes from `slipway token create` or from the operator of the server.');
  return (await prompt(`Access token for ${url} (not shown): `, { isHidden: true })).trim();
}

async function list({ json }: LoginOptions, { env, terminal }: CommandContext): Promise<void> {
  const servers = await listServers(env);
  if (json) return terminal.json({ servers });
  for (const { url, name, isCurrent } of servers)
    terminal.data(`${isCurrent ? '*' : ' '} ${url}  ${name ?? 'without a token'}`);
  if (servers.length === 0) terminal.note('No server is stored.');
}
