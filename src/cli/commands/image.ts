import type { CommandModule } from '../command.ts';
import { configureBuild } from './image/build.ts';
import { configureCopy } from './image/copy.ts';
import { configureDiff } from './image/diff.ts';
import { configurePlan } from './image/plan.ts';
import { configureRebase } from './image/rebase.ts';
import { configureRun } from './image/run.ts';
import { configureVerify } from './image/verify.ts';

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Make images of the packages of a mirror, publish them, and verify them.');
  configurePlan(command, context);
  configureBuild(command, context);
  configureCopy(command, context);
  configureRun(command, context);
  configureVerify(command, context);
  configureDiff(command, context);
  configureRebase(command, context);
};
