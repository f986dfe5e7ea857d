import type { CommandModule } from '../command.ts';
import { configureCheck } from './mirror/check.ts';
import { configureCopy } from './mirror/copy.ts';
import { configureInstall } from './mirror/install.ts';
import { configureKeep } from './mirror/keep.ts';
import { configureShow } from './mirror/show.ts';
import { configureMigrate } from './mirror/migrate.ts';
import { configureSources } from './mirror/sources.ts';
import { configureViews } from './mirror/views.ts';

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Show and maintain a mirror, which is a Spack build cache.');
  configureShow(command, context);
  configureCheck(command, context);
  configureCopy(command, context);
  configureInstall(command, context);
  configureKeep(command, context);
  configureMigrate(command, context);
  configureSources(command, context);
  configureViews(command, context);
};
