import * as z from 'zod';
import { SecretSource } from '../../kit/index.ts';

const Text = z.string().min(1);

/** How a mirror is reached; the same in the notary's configuration. */
export const mirrorAccess = {
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'URL of the S3 service. Default: `S3_ENDPOINT_URL` or `AWS_ENDPOINT_URL_S3` of the environment, otherwise ' +
        'AWS',
    ),
  region: Text.optional().describe('Region of S3. Default: `AWS_REGION` of the environment'),
  addressing: z
    .enum(['path', 'virtual'])
    .optional()
    .describe('Where S3 requests have the name of the bucket: in the path or in the host. Default: `path`'),
  profile: Text.optional().describe('Profile in the configuration files of AWS that has the access key'),
  credentials: z
    .strictObject({
      id: SecretSource.describe('Access key id, or user name'),
      secret: SecretSource.describe('Secret access key, or password'),
    })
    .optional()
    .describe(
      'Access key of S3, or user name and password of the registry. Default: `AWS_ACCESS_KEY_ID` and ' +
        '`AWS_SECRET_ACCESS_KEY`, or `SLIPWAY_REGISTRY_USERNAME` and `SLIPWAY_REGISTRY_PASSWORD`, of the ' +
        'environment',
    ),
};

/** One entry of `mirrors` in `slipway.server.yaml`. */
export const MirrorConfiguration = z
  .strictObject({
    name: Text.describe('Name that `stacks[].mirror` refers to'),
    path: Text.optional().describe('Folder with a build cache for each stack. Set this or `url`'),
    url: z
      .string()
      .regex(
        /^(?:s3|oci(?:\+https?)?):\/\/[^/@?#]+(?:\/[^@?#]*)?$/,
        'must be `s3://…` or `oci://…`, without credentials',
      )
      .optional()
      .describe(
        '`s3://bucket/prefix` or `oci://registry/repository` (`oci+http://…` without TLS). Each stack has its own ' +
          'part below it',
      ),
    perStack: z
      .boolean()
      .default(true)
      .describe(
        'Whether each stack has its own part below the folder or URL. With `false`, the folder or URL itself is ' +
          'the mirror of a single stack',
      ),
    ...mirrorAccess,
  })
  .refine(({ path, url }) => (path === undefined) !== (url === undefined), 'a mirror has either `path` or `url`');
export type MirrorConfiguration = z.infer<typeof MirrorConfiguration>;
