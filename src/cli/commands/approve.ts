import { requestJson } from '../../client/index.ts';
import { readToken } from '../read-token.ts';
import type { CommandModule } from '../command.ts';
import { serverUrl, urlOption } from '../server-url.ts';

interface ApproveOptions {
  readonly stack: string;
  readonly request: string;
  readonly sha: string;
  readonly url?: string;
  readonly tokenFile?: string;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Let the pull request of a fork run, after reading it: this commit, and no later one.')
    .requiredOption('--stack <name>', "the stack's name at the server")
    .requiredOption('--request <number>', 'number of the pull request')
    .requiredOption('--sha <sha>', 'whole SHA of its head, as you have read it')
    .option(...urlOption)
    .option('--token-file <file>', 'file with the token, instead of SLIPWAY_TRIGGER_TOKEN')
    .option('--json', 'print one line of JSON')
    .action(async ({ stack, request, sha, url, tokenFile, json }: ApproveOptions) => {
      const { terminal, signal } = context;
      const token = await readToken(context, { file: tokenFile, variable: 'SLIPWAY_TRIGGER_TOKEN' });
      const path = `/api/v1/stacks/${encodeURIComponent(stack)}/requests/${encodeURIComponent(request)}/approve`;
      const access = { url: await serverUrl(context, url), token };
      const answer = await requestJson<{ id?: string; url?: string; message?: string }>(access, path, {
        body: { sha },
        signal,
      });
      if (json === true) terminal.json(answer);
      else terminal.data(answer.id === undefined ? String(answer.message) : `pipeline ${answer.id}: ${answer.url}`);
    });
};
