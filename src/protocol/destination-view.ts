import * as z from 'zod';
import { Time } from './formats.ts';

export const DestinationView = z
  .object({
    name: z.string().describe('Name of the destination.'),
    stack: z.string().optional().describe('Whose failures it gets; those of all stacks if absent.'),
    waiting: z.number().int().describe('Events that were not delivered yet.'),
    problem: z.string().optional().describe('Why the last attempt failed; absent if it did not.'),
    failingSince: Time.optional().describe('When the first of the failed attempts was.'),
    retryAt: Time.optional().describe('When it is tried again.'),
    failsForLong: z.boolean().describe('It has failed for an hour or longer.'),
  })
  .meta({ id: 'DestinationView', description: 'A destination of notifications.' });
export type DestinationView = z.infer<typeof DestinationView>;

export const DestinationList = z
  .object({ destinations: z.array(DestinationView).describe('Destinations, in the order of the configuration.') })
  .meta({ id: 'DestinationList', description: 'Destinations of notifications that the sender may see.' });
export type DestinationList = z.infer<typeof DestinationList>;
