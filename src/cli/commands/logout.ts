import type { CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { forgetServer } from '../remembered-servers.ts';
import { withoutSlash } from '../server-url.ts';

export const configure: CommandModule['configure'] = (command, { env, terminal }) => {
  command
    .description('Remove a server and its token that `slipway login` has stored. The token itself stays valid.')
    .argument('[url]', 'the server (default: the one of the last `slipway login`)')
    .option('--json', 'print one line of JSON')
    .action(async (url: string | undefined, { json }: { readonly json?: true }) => {
      const forgotten = await forgetServer(env, url && withoutSlash(url));
      if (forgotten === undefined)
        throw cliError('CLI_LOGIN_UNKNOWN', { server: url === undefined ? 'a server' : `the server \`${url}\`` });
      if (json) return terminal.json({ url: forgotten });
      terminal.data(`${forgotten} is removed`);
      terminal.note('hint: `slipway token revoke` makes the token invalid.');
    });
};
