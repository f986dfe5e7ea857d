import * as z from 'zod';

/** A whole commit id: SHA-1 or SHA-256 in hexadecimal digits. */
export const Sha = z
  .string()
  .regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 'must be a whole SHA')
  .meta({ examples: ['4be1a0f0c2a7d5c8e9b3f1d2a6c4e8f0b1d3a5c7'] });
