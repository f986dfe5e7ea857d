import * as z from 'zod';
import { parseJson } from '../kit/index.ts';

const MAX_TEXT = 64 * 1024;

/** Reads a body as text, up to a limit. */
export async function bodyText(response: Response): Promise<string> {
  return (await readBody(response, MAX_TEXT)).toString('utf8');
}

/** Reads a body until it has more bytes than the limit. */
export async function readBody(response: Response, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
    if (size > limit) break;
  }
  return Buffer.concat(chunks);
}

const Errors = z.object({
  errors: z.array(z.object({ code: z.string().optional(), message: z.string().optional() })),
});

/** Returns the errors that a body lists (OCI distribution-spec, "Error Codes"), or its beginning. */
export function describeErrors(text: string): string {
  const { data } = Errors.safeParse(parseJson(text));
  if (data === undefined) return text.slice(0, 200).trim();
  return data.errors.map(({ code, message }) => [code, message].filter(Boolean).join(': ')).join('; ');
}
