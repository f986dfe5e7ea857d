import type { ImageView } from '../../protocol/index.ts';
import { requestJson } from '../../client/index.ts';
import type { CommandContext, CommandModule } from '../command.ts';
import { cliError } from '../errors.ts';
import { addAccessOptions, serverAccess, type AccessOptions } from '../server-access.ts';

interface RetryOptions extends AccessOptions {
  readonly json?: true;
  readonly image?: string;
  readonly stack?: string;
  readonly replace?: true;
}

type Answer = ImageView & { readonly url: string };

export const configure: CommandModule['configure'] = (command, context) => {
  command.description('Publish images again that could not be published.');
  const retryCommand = command
    .command('retry')
    .description('Publish one image again, or all of a stack that failed or wait for another attempt.')
    .option('--image <id>', 'an image by its id, as in the address of its page')
    .option('--stack <name>', 'all images of this stack that could not be published')
    .option('--replace', 'with --image: overwrite the tag even if another party moved it, or if its git tag was moved');
  addAccessOptions(retryCommand)
    .option('--json', 'print one line of JSON')
    .action((options: RetryOptions) => retry(context, options));
};

async function retry(context: CommandContext, options: RetryOptions): Promise<void> {
  const { terminal } = context;
  const { image, stack, replace, json } = options;
  if ((image === undefined) === (stack === undefined) || (replace === true && image === undefined))
    throw cliError('CLI_USAGE', {
      message: 'name the images: --image ID, or --stack NAME for all that failed; --replace goes with --image',
      program: 'slipway publish retry',
    });
  const access = await serverAccess(context, options);
  const images =
    image === undefined
      ? await requestJson<{ images: readonly Answer[] }>(access, pathOf('stacks', `${stack}/images`), {})
      : { images: [await requestJson<Answer>(access, pathOf('images', image), { replace })] };
  if (json === true) return terminal.json(images);
  for (const { id, repository, tag, state, url } of images.images)
    terminal.data(`image ${id}: ${repository}:${tag}  ${state}  ${url}`);
  if (images.images.length === 0) terminal.note('There is no image that failed.');
}

function pathOf(kind: 'stacks' | 'images', name: string): string {
  return `/api/v1/${kind}/${name.split('/').map(encodeURIComponent).join('/')}/retry`;
}
