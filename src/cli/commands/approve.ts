import { requestJson } from '../../client/index.ts';
import type { CommandModule } from '../command.ts';
import { addAccessOptions, serverAccess, type AccessOptions } from '../server-access.ts';

interface ApproveOptions extends AccessOptions {
  readonly json?: true;
  readonly stack: string;
  readonly request: string;
  readonly sha: string;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description('Let the pull request of a fork run, after reading it: this commit, and no later one.')
    .requiredOption('--stack <name>', "the stack's name at the server")
    .requiredOption('--request <number>', 'number of the pull request')
    .requiredOption('--sha <sha>', 'whole SHA of its head, as you have read it');
  addAccessOptions(command)
    .option('--json', 'print one line of JSON')
    .action(async ({ stack, request, sha, ...options }: ApproveOptions) => {
      const { terminal } = context;
      const path = `/api/v1/stacks/${encodeURIComponent(stack)}/requests/${encodeURIComponent(request)}/approve`;
      const answer = await requestJson<{ id?: string; url?: string; message?: string }>(
        await serverAccess(context, options),
        path,
        { sha },
      );
      if (options.json) terminal.json(answer);
      else terminal.data(answer.id === undefined ? String(answer.message) : `pipeline ${answer.id}: ${answer.url}`);
    });
};
