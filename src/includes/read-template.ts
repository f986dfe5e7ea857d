import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifExists } from '../kit/index.ts';
import { builtInTemplates } from './built-in-templates.ts';
import { includeError } from './errors.ts';
import type { IncludePolicy } from './include-policy.ts';
import type { IncludedText } from './source-parts.ts';

const NAME = /^(?!.*\.\.)[\w.-]+(?:\/[\w.-]+)*\.ya?ml$/;

/** Reads a template of the operator, or else a built-in one. */
export async function readTemplate(name: string, { templates }: IncludePolicy): Promise<IncludedText> {
  if (!NAME.test(name)) throw includeError('INCLUDE_NAME_INVALID', { name, what: 'name of a template' });
  for (const folder of templates) {
    const text = await ifExists(readFile(join(folder, name), 'utf8'));
    if (text !== undefined) return { text, resolved: name };
  }
  const text = builtInTemplates[name];
  if (text === undefined) throw includeError('INCLUDE_TEMPLATE_MISSING', { name });
  return { text, resolved: `built-in ${name}` };
}
