import type { Context } from 'hono';

/** Reads the JSON or the form that a client of GitLab's API sends. `name[key]` in a form is a part of an object. */
export async function readGitlabBody(c: Context): Promise<unknown> {
  const isForm = /^(?:multipart\/form-data|application\/x-www-form-urlencoded)/.test(
    c.req.header('content-type') ?? '',
  );
  if (isForm) return nested(await c.req.parseBody());
  const text = await c.req.text();
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    return undefined;
  }
}

function nested(form: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(form)) {
    const [, outer, inner] = /^(\w+)\[(\w+)\]$/.exec(name) ?? [];
    if (outer === undefined || inner === undefined) result[name] = value;
    else result[outer] = { ...(result[outer] as object | undefined), [inner]: value };
  }
  return result;
}
