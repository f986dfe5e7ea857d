import * as z from 'zod';

const text = z.string();

/** A package in what `--json` prints. */
export const packageId = { name: text, version: text, hash: text };
