import * as z from 'zod';

/** UTC in ISO 8601 with milliseconds. */
export const Time = z.string().meta({ format: 'date-time', examples: ['2026-11-30T12:00:00.000Z'] });
/** An address with its scheme. */
export const Url = z.string().meta({ format: 'uri', examples: ['https://slipway.example.org/pipelines/42'] });
