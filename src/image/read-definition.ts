import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { checkYaml, ifExists, readYaml, refuseErrors } from '../kit/index.ts';
import { ImageDefinition, repositoriesOf } from './definition.ts';
import { imageError } from './errors.ts';

/** The images of `slipway.yaml`; the rest of the file is not read here. */
const Images = z.looseObject({ images: z.array(ImageDefinition).default([]) });

/** Reads the definition of a stack's image: the one of that repository, or the only one. */
export async function readImageDefinition(folder: string, repository: string | undefined): Promise<ImageDefinition> {
  const file = join(folder, 'slipway.yaml');
  const text = (await ifExists(readFile(file, 'utf8'))) ?? '{}';
  const { value, diagnostics } = checkYaml<z.infer<typeof Images>>(readYaml(text, file), Images);
  refuseErrors(diagnostics);
  const images = value?.images ?? [];
  const [only, ...others] =
    repository === undefined ? images : images.filter((image) => repositoriesOf(image).includes(repository));
  if (only !== undefined && others.length === 0) return only;
  if (images.length === 0 && repository !== undefined) return ImageDefinition.parse({ repository });
  const found =
    images.length === 0 ? 'no image' : `${images.length} images (${images.flatMap(repositoriesOf).join(', ')})`;
  throw imageError('IMAGE_DEFINITION_MISSING', { file, found });
}
