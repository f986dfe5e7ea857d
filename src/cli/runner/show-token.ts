import type { CreatedRunner } from '../../protocol/index.ts';
import type { CommandContext } from '../command.ts';

/** Prints the token of a runner, which is returned only this once. */
export function showToken({ id, name, token, origin }: CreatedRunner, { terminal }: CommandContext): void {
  terminal.data(token);
  const end = origin?.expiresAt === undefined ? '' : ` Its token expires ${origin.expiresAt}.`;
  terminal.note(`Runner ${id}: ${name}.${end} The token is not shown again.`);
  terminal.note('Register it on its machine: gitlab-runner register --non-interactive --url URL --token TOKEN');
}
