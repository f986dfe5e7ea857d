import * as z from 'zod';

const text = z.string();

/** All names between braces in the paths of operations. */
export const pathParameters: Readonly<Record<string, z.ZodType>> = {
  stack: text.describe('Name of the stack.').meta({ examples: ['physics'] }),
  number: text.describe('Number of the pull request.').meta({ examples: ['7'] }),
  hash: text.describe('Spack’s hash of the package.').meta({ examples: ['oc3ujrmdfxbn2h7uuxhyvq3xlmncnsfq'] }),
  id: z
    .string()
    .regex(/^[0-9]+$/)
    .describe('Decimal id.')
    .meta({ examples: ['42'] }),
  other: z
    .string()
    .regex(/^[0-9]+$/)
    .describe('Decimal id of the older image.')
    .meta({ examples: ['41'] }),
  record: z.enum(['spdx', 'cyclonedx', 'provenance']).describe('A bill of materials, or the provenance.'),
  path: text.describe('Path of a file.').meta({ examples: ['v3/layout.json'] }),
  forge: z.enum(['github', 'gitlab']).describe('Kind of the forge.'),
  provider: text.describe('Id of the sign-in service.').meta({ examples: ['github'] }),
};
