import type * as z from 'zod';
import { messageOf } from '../../kit/index.ts';
import { includeError } from '../errors.ts';

/** Requests a URL of a forge; undefined where there is nothing (status 404). Throws for any other failure. */
export type Request = (url: string, accept?: string) => Promise<string | undefined>;

/** Reads JSON that a forge answered. */
export function parseAnswer<Schema extends z.ZodType>(url: string, text: string, schema: Schema): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw includeError('INCLUDE_ANSWER_UNREADABLE', { url, reason: messageOf(error) }, { cause: error });
  }
}
