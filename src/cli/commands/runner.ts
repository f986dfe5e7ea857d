import type { CommandModule } from '../command.ts';
import { configureRun } from '../runner/run-runner.ts';

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Run jobs of a server on this machine.');
  configureRun(command.command('run'), context);
};
