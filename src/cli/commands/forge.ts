import { once } from 'node:events';
import { resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { connectGithub, publicApiUrl, type CreatedApp, type GithubConnection } from '../../forge/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { createSecretFiles } from '../secret-files.ts';
import { readServerSettings } from '../server-settings.ts';
import { startBrowser } from '../start-browser.ts';

interface ConnectFlags {
  readonly organization?: string;
  readonly name?: string;
  readonly apiUrl: string;
  readonly config?: string;
  readonly baseUrl?: string;
  readonly port: string;
  readonly browser: boolean;
  readonly json?: true;
}

const KEY_FILE = 'github-app.pem';
const WEBHOOK_FILE = 'github-app.secret';
/** GitHub accepts no longer names. */
const LONGEST_NAME = 34;

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Connect a server to a forge.');
  configureConnect(command, context);
};

function configureConnect(command: Command, context: CommandContext): void {
  command
    .command('connect')
    .description(
      'Create a GitHub App for the server. A page on this machine leads to GitHub, where you confirm. The private key and ' +
        `the secret of the webhook are stored in ${KEY_FILE} and ${WEBHOOK_FILE} beside the server’s configuration, and ` +
        'the section to add to it is printed. Then GitHub shows the page that installs the App.',
    )
    .addArgument(new Argument('<forge>', 'kind of forge').choices(['github']))
    .option('--organization <name>', 'organization that owns the App (default: your account)')
    .option('--name <name>', 'name of the App, which you can still change on GitHub')
    .option('--api-url <url>', 'address of the API; https://HOST/api/v3 for GitHub Enterprise Server', publicApiUrl)
    .option('--config <file>', 'configuration of the server (default: the nearest slipway.server.yaml)')
    .option('--base-url <url>', 'URL at which GitHub reaches the server (default: `baseUrl` of the configuration)')
    .option('--port <port>', 'port of the page on 127.0.0.1 (default: a free one)', '0')
    .option('--no-browser', 'print the address of the page and open nothing')
    .option('--json', 'print one line of JSON')
    .action((_forge: string, flags: ConnectFlags) => connect(flags, context));
}

async function connect(flags: ConnectFlags, context: CommandContext): Promise<void> {
  const { configuration, base } = await readServerSettings({ config: flags.config, baseUrl: flags.baseUrl }, context);
  const baseUrl = configuration.baseUrl?.replace(/\/$/, '');
  const connection = await openConnection(flags, baseUrl);
  try {
    const files = await createSecretFiles([KEY_FILE, WEBHOOK_FILE], base);
    try {
      const app = await confirmedApp(connection, flags, context);
      await files.write(KEY_FILE, app.privateKey.reveal());
      if (app.webhookSecret !== undefined) await files.write(WEBHOOK_FILE, app.webhookSecret.reveal());
      print(app, { flags, base }, context);
    } finally {
      await files.removeUnused();
    }
  } finally {
    await connection.close();
  }
}

async function openConnection(flags: ConnectFlags, baseUrl: string | undefined): Promise<GithubConnection> {
  const { organization, apiUrl } = flags;
  const wrong = (message: string) => cliError('CLI_USAGE', { message, program: 'slipway forge connect' });
  if (!/^https?:\/\//.test(apiUrl) || !URL.canParse(apiUrl)) throw wrong(`\`${apiUrl}\` is not the URL of an API`);
  const port = Number(flags.port);
  if (!/^\d+$/.test(flags.port) || port > 65_535) throw wrong(`\`${flags.port}\` is not a port`);
  const owner = organization ?? (baseUrl === undefined ? undefined : new URL(baseUrl).hostname);
  const name = flags.name ?? ['Slipway', owner].join(' ').trim().slice(0, LONGEST_NAME);
  return connectGithub({ apiUrl, organization, name, baseUrl, port });
}

/** Waits for the person at the browser. */
async function confirmedApp(
  { url, created }: GithubConnection,
  { browser }: ConnectFlags,
  { env, signal, terminal }: CommandContext,
): Promise<CreatedApp> {
  terminal.note(`Open this page to create the App: ${url}`);
  if (browser && terminal.isInteractive) startBrowser(url, env);
  signal.throwIfAborted();
  const app = await Promise.race([created, once(signal, 'abort')]);
  signal.throwIfAborted();
  return app as CreatedApp;
}

function print(
  app: CreatedApp,
  { flags, base }: { readonly flags: ConnectFlags; readonly base: string },
  { terminal }: CommandContext,
): void {
  const hasWebhook = app.webhookSecret !== undefined;
  if (flags.json) {
    const webhookSecret = hasWebhook ? resolve(base, WEBHOOK_FILE) : undefined;
    terminal.json({
      id: app.id,
      page: app.page,
      install: app.installPage,
      privateKey: resolve(base, KEY_FILE),
      webhookSecret,
    });
    return;
  }
  terminal.data('github:');
  terminal.data('  repository: OWNER/NAME');
  if (flags.apiUrl !== publicApiUrl) terminal.data(`  apiUrl: ${flags.apiUrl}`);
  terminal.data(`  app: { id: ${app.id}, privateKey: { file: ${KEY_FILE} } }`);
  if (hasWebhook) terminal.data(`  webhookSecret: { file: ${WEBHOOK_FILE} }`);
  terminal.note('');
  terminal.note(
    `Add this section to each stack in slipway.server.yaml. The files are in ${base}; only you can read them.`,
  );
  if (!hasWebhook)
    terminal.note('The App has no webhook, because the server has no `baseUrl`: it polls the repositories.');
  terminal.note(`Install the App for the repositories: ${app.installPage}`);
}
