import * as z from 'zod';

const Name = String.raw`(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?`;
const Ipv4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`;
const HOST = new RegExp(String.raw`^(?:\*|(?:\*\.)?${Name}|${Ipv4}|[0-9a-f]*:[0-9a-f:.]+)$`);

const NetworkHost = z
  .strictObject({
    host: z
      .string()
      .regex(HOST, 'must be a host name in small letters, `*.` and a name, `*`, or an IP address')
      .describe('Host name, `*.example.org` for every name below `example.org`, `*` for every name, or an IP address'),
    ports: z
      .array(z.number().int().min(1).max(65_535))
      .min(1)
      .optional()
      .describe('Ports. Default: 80 and 443; with `git`: 22 and 443'),
    purpose: z
      .enum(['sources', 'git'])
      .default('sources')
      .describe(
        '`sources`: every job may download from the host, jobs of forks within limits; `git`: only jobs of ' +
          'protected refs and of the team reach it',
      ),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe(
        'Whether the host may have a private address, such as a mirror inside the site. Jobs of forks never reach ' +
          'such a host',
      ),
  })
  .refine(({ host, allowPrivate }) => !allowPrivate || !host.startsWith('*'), {
    message: '`allowPrivate` needs the exact name of a host',
    path: ['allowPrivate'],
  });
export type NetworkHost = z.infer<typeof NetworkHost>;

/** The hosts that jobs in a sandbox of the embedded runner reach besides the server. */
export const NetworkConfiguration = z.strictObject({
  hosts: z.array(NetworkHost).default([]).describe('Hosts that jobs in a sandbox of the embedded runner may reach'),
  defaultHosts: z
    .boolean()
    .default(true)
    .describe('Whether jobs may also reach the well-known hosts from which most Spack recipes download'),
  proxy: z
    .url({ protocol: /^http$/ })
    .optional()
    .describe(
      'Proxy of the site, through which the server connects jobs to hosts without `allowPrivate`. Default: ' +
        '`HTTPS_PROXY` of the environment',
    ),
  forkBytes: z
    .number()
    .int()
    .positive()
    .default(5_000_000_000)
    .describe('Maximum number of bytes that a job of a fork may download'),
});
export type NetworkConfiguration = z.infer<typeof NetworkConfiguration>;
