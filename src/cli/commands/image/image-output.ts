import * as z from 'zod';
import { RebaseView } from '../../../protocol/index.ts';
import { packageId } from '../../package-id.ts';

const text = z.string();
const texts = z.array(text);
const count = z.number().int();
const strict = z.strictObject;

const published = strict({
  digest: text,
  reference: text,
  layers: count,
  layersUploaded: count,
  bytesUploaded: count,
  bytesTotal: count,
});

const finding = strict({ where: text, message: text });
const verifiedImage = {
  digest: text,
  layers: count.optional(),
  findings: z.array(finding),
  lock: text.optional(),
  commit: text.optional(),
  entries: count.optional(),
};

const heldPackage = strict({ ...packageId, variants: text.optional() });
const difference = {
  added: z.array(heldPackage),
  removed: z.array(heldPackage),
  changed: z.array(strict({ name: text, from: heldPackage, to: heldPackage, kind: text })),
  same: count.describe('Number of packages that are in both'),
  newLayers: count,
  newBytes: count,
};

/** What the commands below `slipway image` print with `--json`. */
export const imageOutput = {
  'image plan': strict({
    architecture: text,
    bytes: count,
    layers: z.array(strict({ packages: texts, bytes: count })),
    forecast: strict({ planned: count, oneLayer: count, firstFew: count, ideal: count }).describe(
      'Bytes that users must pull after the next change',
    ),
  }),
  'image build': published,
  'image publish': published,
  'image verify': z.union([
    strict(verifiedImage),
    strict({
      digest: text,
      findings: z.array(finding),
      images: z.array(strict({ ...verifiedImage, platform: text })),
    }).describe('For an index'),
  ]),
  'image diff': z.union([
    strict(difference),
    strict({ platforms: z.array(strict({ ...difference, platform: text })) }).describe('For indexes'),
  ]),
  'image rebase': strict({ images: z.array(RebaseView) }),
} as const;
