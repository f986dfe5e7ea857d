import { rebuild } from '../../package-job/index.ts';
import { jobContext, type CommandModule } from '../command.ts';

interface RebuildOptions {
  readonly tests?: true;
  readonly json?: true;
}

export const configure: CommandModule['configure'] = (command, context) => {
  command
    .description(
      'Make sure that one package of a generated pipeline is on the mirror. Run by the jobs of that pipeline ' +
        'instead of `spack ci rebuild`: the same variables, artifacts and exit statuses (1 it was not built, 100 it ' +
        'was not pushed).',
    )
    .option('--tests', 'run the package’s own tests too; they decide nothing (recipes are always tested)')
    .option('--json', 'print the result as JSON')
    .action(async ({ tests, json }: RebuildOptions) => {
      const result = await rebuild({ runTests: tests === true }, jobContext(context));
      if (json === true) context.terminal.json(result);
    });
};
