import * as z from 'zod';
import { SecretSource } from '../kit/index.ts';

/** The host of the server itself, in the address of a component. */
export const SERVER = '$CI_SERVER_FQDN';

const Text = z.string().min(1);
const Base = z.url({ protocol: /^https$/ });
const allowPrivate = z
  .boolean()
  .default(false)
  .describe('Whether it may have a private address, such as a host inside the site');
const token = SecretSource.optional().describe('Token with which its files are read, sent to this host only');

const IncludeHost = z
  .strictObject({
    host: z
      .string()
      .regex(/^(?:\*|(?:\*\.)?[a-z0-9][a-z0-9.-]*)$/, 'must be a host name in small letters, `*.` and a name, or `*`')
      .describe('Host name, `*.example.org` for every name below `example.org`, or `*` for every name'),
    paths: z
      .array(z.string().startsWith('/', 'must begin with `/`'))
      .min(1)
      .optional()
      .describe('Paths on the host; `*` matches any text. Default: all'),
    port: z.number().int().min(1).max(65_535).default(443).describe('Port of the host'),
    allowPrivate,
  })
  .refine(({ host, allowPrivate: isPrivate }) => !isPrivate || !host.startsWith('*'), {
    message: '`allowPrivate` needs the exact name of a host',
    path: ['allowPrivate'],
  });

const IncludeProject = z.strictObject({
  project: Text.describe('Path of the project, as in `group/templates`; `*` matches any text'),
  url: Base.describe('Address of the forge that has the project, as in `https://gitlab.example.org`'),
  kind: z.enum(['gitlab', 'github']).default('gitlab').describe('Kind of this forge'),
  token,
  allowPrivate,
});

const IncludeComponent = z
  .strictObject({
    component: Text.describe(
      'Address of the component without its version, as in `gitlab.com/components/*`; `*` matches any text. An ' +
        'address that begins with `$CI_SERVER_FQDN` needs `url`',
    ),
    url: Base.optional().describe(
      'Address of the GitLab server that has the component. Default: the host in the address of the component',
    ),
    token,
    allowPrivate,
  })
  .refine(({ component, url }) => url !== undefined || !component.startsWith(SERVER), {
    message: `an address that begins with \`${SERVER}\` needs \`url\``,
    path: ['url'],
  });

/** Texts from outside of the repository that the pipelines of a server or a stack may include. */
export const IncludeConfiguration = z.strictObject({
  hosts: z.array(IncludeHost).default([]).describe('Hosts from which `include:remote` may read, over HTTPS'),
  projects: z.array(IncludeProject).default([]).describe('Projects from which `include:project` may read'),
  components: z.array(IncludeComponent).default([]).describe('Components that `include:component` may read'),
  templates: Text.optional().describe('Folder with the files of `include:template`, in addition to the built-in ones'),
});
export type IncludeConfiguration = z.infer<typeof IncludeConfiguration>;
export type IncludeProject = IncludeConfiguration['projects'][number];
export type IncludeComponent = IncludeConfiguration['components'][number];
