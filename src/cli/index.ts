/**
 * The command line: commands, the terminal and configuration. Each command is a file under `commands/`, loaded only
 * when it runs. It contains no logic of its own: what a command does, another module can do without it.
 */
export { main } from './main.ts';
