/** JSON lines; messages are static, values are fields. The command line makes it and passes it to modules. */
export type { Logger } from 'pino';
