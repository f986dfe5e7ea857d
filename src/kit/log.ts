/** JSON lines; messages are static, values are fields. The command line makes it, rooms are given it. */
export type { Logger } from 'pino';
