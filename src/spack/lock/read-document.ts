import type { ZodType } from 'zod';
import { messageOf } from '../../kit/index.ts';

/** Reads JSON of a schema. Throws the result of `fail` if the text is not JSON or does not match. */
export function readDocument<T>(text: string, schema: ZodType<T>, fail: (fault: string, cause: unknown) => Error): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw fail(messageOf(error), error);
  }
}
