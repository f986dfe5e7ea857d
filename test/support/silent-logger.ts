import { pino } from 'pino';
import type { Logger } from '../../src/kit/index.ts';

export const silentLogger: Logger = pino({ level: 'silent' });
