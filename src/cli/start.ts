import { commands } from './command-list.ts';
import { runProgram } from './program.ts';

await runProgram(commands);
