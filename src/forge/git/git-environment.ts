import { join } from 'node:path';

const USUAL_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * The whole environment of a git that we run: nothing of ours, no configuration of the system or the user, no
 * prompts, none of the transports that run programs. Works for a user without a home.
 */
export function gitEnvironment(repository: string, path: string = USUAL_PATH): Readonly<Record<string, string>> {
  return {
    PATH: path,
    HOME: repository,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: configurationPath(repository),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_HTTP_LOW_SPEED_LIMIT: '1000',
    GIT_HTTP_LOW_SPEED_TIME: '60',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15',
  };
}

/**
 * Settings are in a file and not in `-c`, since git drops `-c` for the upload-pack that it starts in a remote on
 * this machine, which must not refuse a repository of another owner.
 */
export const gitConfiguration = `[safe]
\tdirectory = *
[protocol "ext"]
\tallow = never
[core]
\thooksPath = /dev/null
[gc]
\tautoDetach = false
[maintenance]
\tautoDetach = false
[user]
\tname = slipway
\temail = slipway@localhost
`;

export function configurationPath(repository: string): string {
  return join(repository, 'slipway.gitconfig');
}
