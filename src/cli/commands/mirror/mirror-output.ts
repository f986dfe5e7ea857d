import * as z from 'zod';
import { packageId } from '../../package-id.ts';

const text = z.string();
const texts = z.array(text);
const count = z.number().int();
const strict = z.strictObject;

const entries = strict({ entries: z.array(strict(packageId)) });
const copied = strict({ copied: z.array(strict({ ...packageId, isNew: z.boolean() })) });

/** What the commands below `slipway mirror` print with `--json`. */
export const mirrorOutput = {
  'mirror list': entries,
  'mirror search': entries,
  'mirror show': strict({
    ...packageId,
    signedBy: text.nullable(),
    tarball: z.looseObject({ sha256: text, size: count }),
    needs: z.array(strict({ name: text, hash: text })),
  }),
  'mirror du': strict({
    entries: count,
    bytes: count,
    packages: z.array(strict({ name: text, entries: count, bytes: count })),
    documents: count.describe('Bytes of indexes and keys'),
    unused: count.describe('Bytes that no index names'),
  }),
  'mirror keys': strict({ keys: z.array(z.looseObject({ publicKey: text })) }),
  'mirror verify': strict({
    ok: z.boolean(),
    findings: z.array(strict({ kind: text, entry: text, message: text, remedy: text, code: text.optional() })),
    repaired: texts.optional(),
  }),
  'mirror index': strict({
    added: texts,
    dropped: texts,
    refused: z.array(strict({ hash: text, code: text, reason: text })),
  }),
  'mirror copy': copied,
  'mirror promote': copied,
  'mirror install': strict({ installed: z.array(strict({ ...packageId, prefix: text, isNew: z.boolean() })) }),
  'mirror prune': strict({
    isDone: z.boolean(),
    removed: texts,
    kept: z.record(text, text).describe('Why each entry is kept, by its hash'),
    unreadable: texts,
    blobs: texts,
    young: texts,
    bytes: count,
  }),
  'mirror snapshot': strict({ prefix: text }),
  'mirror migrate': strict({
    ok: z.boolean(),
    layout: z.enum(['v2', 'v3']),
    entries: z.array(strict({ entry: text, tarball: text, signature: text, reason: text.optional() })),
  }),
  'mirror sources': strict({
    packages: z.array(z.looseObject({ package: text, outcome: text, moving: texts, reason: text.optional() })),
  }),
  'mirror views': strict({
    views: z.array(
      strict({ prefix: text, entries: count, bytes: count, isComplete: z.boolean(), made: text.nullable() }),
    ),
  }),
  'mirror forget': strict({ isDone: z.boolean(), forgotten: texts }),
} as const;
