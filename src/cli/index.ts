/**
 * The command line: one file a command under `commands/`, each loaded only when it is asked for, and the place
 * where the rooms are wired together. It holds no work of its own: what a command does, a room can do without it.
 */
export { main } from './main.ts';
