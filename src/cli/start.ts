import { commands } from './command-list.ts';
import { runSlipway } from './program.ts';

await runSlipway(commands);
