import { beforeEach, describe, expect, test } from 'vitest';
import { imageKey, openLab, tinyStack, type Lab } from '../../../../test/support/coordinator.ts';
import { testImage } from '../../../../test/support/image.ts';
import { serveRegistry, type ServedRegistry } from '../../../../test/support/served-registry.ts';
import { readAudit } from '../../../audit/index.ts';
import { publishImage, verifyRecords } from '../../../image/index.ts';
import { readArtifact, readImage, type Image } from '../../../oci/index.ts';
import type { Publication } from '../publication-ledger.ts';
import { retryPublication } from '../retry-publications.ts';
import { rebaseImages, type RebaseRequest } from './rebase-images.ts';

const ada = { name: 'account:ada', actor: 'ada' };
let served: ServedRegistry;
let lab: Lab;
beforeEach(async () => {
  served = await serveRegistry();
  lab = await openLab({ registry: { wait: async () => undefined } });
  await moveBase('first');
});

/** Makes the tag of the base name an image with this text. */
async function moveBase(text: string): Promise<string> {
  const base = await testImage([[{ name: 'etc/motd', text }]]);
  await publishImage(base, served.repository('bases/small'), '1');
  return base.manifest.descriptor.digest;
}

function stackFiles(more: object = {}): typeof tinyStack {
  const rules = [
    { branch: 'main', tag: 'latest' },
    { gitTag: '/^v(.+)$/', tag: '$1' },
  ];
  const image = { repository: `${served.host}/lab/stack`, base: `${served.host}/bases/small:1`, rules, ...more };
  return { ...tinyStack, 'slipway.yaml': JSON.stringify({ images: [image] }) };
}

/** Publishes `latest` of a commit, and with a tag `1`. */
async function built(more: object = {}, tags: readonly string[] = []): Promise<string> {
  const { sha, event } = lab.push('main', stackFiles(more));
  await lab.happens(event, ...tags.map((tag) => ({ type: 'tag-pushed', tag, sha }) as const));
  await lab.workAll();
  return sha;
}

async function rebase(request: Partial<RebaseRequest> = {}) {
  const asked = { by: ada, ...request };
  const outcomes = await rebaseImages(lab.coordinator, lab.stack, asked);
  await lab.coordinator.settle();
  return outcomes.map(({ publication, state, message, rebuilt }) => {
    const what = `${publication.tag} ${state}`;
    return rebuilt === undefined ? [what, message] : [what, `as ${rebuilt.tag}`];
  });
}

const images = () => served.repository('lab/stack');
const read = (reference: string): Promise<Image> => readImage(images(), reference);
const last = (): Publication => lab.context.ledger.publications('lab').at(-1) as Publication;

/** Digests of layers of packages. */
function packageLayers({ manifest }: Image): readonly string[] {
  const { layers } = JSON.parse(manifest.bytes.toString()) as {
    layers: { digest: string; annotations?: Record<string, string> }[];
  };
  return layers.filter(({ annotations }) => 'io.slipway.packages' in (annotations ?? {})).map(({ digest }) => digest);
}

describe('an image whose base has moved', () => {
  test('is published again of the same lock on the new base, and what it replaces stays', async () => {
    const sha = await built();
    const before = await read('latest');
    const replaces = before.manifest.descriptor.digest;
    const moved = await moveBase('second');
    const sent = served.registry.requests.length;
    expect(await rebase()).toEqual([['latest moved', 'as latest']]);

    const after = await read('latest');
    expect(JSON.parse(after.manifest.bytes.toString()).annotations['org.opencontainers.image.base.digest']).toBe(moved);
    expect(packageLayers(after)).toEqual(packageLayers(before));
    expect(packageLayers(after)).toHaveLength(2);
    expect((await read(replaces)).manifest.descriptor.digest).toBe(replaces);
    const uploads = served.registry.requests.slice(sent).filter((line) => /^PUT .*\/blobs\/uploads\//.test(line));
    for (const digest of packageLayers(after)) expect(uploads.join()).not.toContain(encodeURIComponent(digest));

    const [first, second] = lab.context.ledger.publications('lab');
    expect(second).toMatchObject({ state: 'published', pipeline: first?.pipeline, commit: sha });
    expect(second?.rebase).toMatchObject({ of: first?.id, replaces, by: 'account:ada', bases: [{ after: moved }] });
    expect(lab.status(sha, 'slipway/image')).toMatch(/^success: .*:latest sha256:/);
    expect(lab.context.pipelines.list({})).toHaveLength(1);
  });

  test('says in its signed records which image and base it replaces, and who asked', async () => {
    await built();
    const before = await read('latest');
    await moveBase('second');
    await rebase();
    const after = await read('latest');
    expect((await verifyRecords(images(), after, imageKey.publicKey)).findings).toEqual([]);
    const hex = after.manifest.descriptor.digest.slice('sha256:'.length);
    const envelope = (await readArtifact(images(), `sha256-${hex}.att`))?.layers[0]?.bytes.toString() ?? '';
    const { payload } = JSON.parse(envelope) as { payload: string };
    const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString());
    const { bases = [] } = last().rebase ?? {};
    expect(predicate.buildDefinition.internalParameters.rebase).toEqual({
      reason: 'the base has moved',
      replaces: { digest: { sha256: before.manifest.descriptor.digest.slice(7) } },
      baseBefore: { uri: bases[0]?.reference, digest: { sha256: bases[0]?.before.slice(7) } },
      requestedBy: 'account:ada',
    });
  });

  test('is audited under the account that asked', async () => {
    await built();
    await moveBase('second');
    await rebase();
    const pushes = [...readAudit(lab.folder.audit, { action: 'registry.push' })];
    expect(pushes.map(({ who }) => who)).toEqual(['server', 'account:ada']);
    expect(pushes.at(-1)?.details).toMatchObject({ rebaseOf: last().rebase?.replaces, digest: last().digest });
  });

  test('is only reported by a check', async () => {
    await built();
    await moveBase('second');
    expect(await rebase({ isCheck: true })).toEqual([['latest moved', undefined]]);
    expect(lab.publications()).toEqual(['latest published']);
  });

  test('keeps its tag where the rebuild fails; a schedule does not try that again, a person may', async () => {
    await built();
    const before = (await read('latest')).manifest.descriptor.digest;
    await moveBase('second');
    served.registry.disturb((line) => (line.startsWith('PUT') && line.includes('/manifests/latest') ? 403 : undefined));
    expect(await rebase()).toEqual([['latest moved', 'as latest']]);
    expect(last()).toMatchObject({ state: 'failed', rebase: { by: 'account:ada' } });
    expect((await read('latest')).manifest.descriptor.digest).toBe(before);
    const [[, message] = []] = await rebase({ by: undefined });
    expect(message).toContain(`image ${last().id} is the same rebuild, and failed`);
    served.registry.disturb(() => undefined);
    await retryPublication(lab.coordinator, lab.stack, { id: last().id });
    await lab.coordinator.settle();
    expect(last().state).toBe('published');
  });

  test('waits and is tried again while the registry is down, also after a restart', async () => {
    await built();
    await moveBase('second');
    served.registry.disturb((line) => (line.startsWith('PUT') ? 503 : undefined));
    await rebase({ by: undefined });
    expect(last()).toMatchObject({ state: 'waiting', attempts: 1, rebase: { by: 'schedule' } });
    expect((await rebase())[0]?.[1]).toContain(`image ${last().id} is being published`);
    served.registry.disturb(() => undefined);
    lab.tick(60_000);
    await lab.reopen();
    expect(lab.publications()).toEqual(['latest published', 'latest published']);
    expect(await rebase()).toEqual([['latest current', undefined]]);
  });

  test('gives way to a newer commit that was published meanwhile', async () => {
    await built();
    await moveBase('second');
    served.registry.disturb((line) => (line.startsWith('PUT') ? 503 : undefined));
    await rebase();
    served.registry.disturb(() => undefined);
    await built({ folders: [{ path: '/scratch' }] });
    const newest = (await read('latest')).manifest.descriptor.digest;
    lab.tick(60_000);
    await lab.coordinator.publish('lab');
    await lab.coordinator.settle();
    expect(lab.publications()).toEqual(['latest published', 'latest refused', 'latest published']);
    expect((await read('latest')).manifest.descriptor.digest).toBe(newest);
  });
});

describe('an image is left as it is', () => {
  test('while its base has not moved', async () => {
    await built();
    expect(await rebase()).toEqual([['latest current', undefined]]);
    expect(lab.publications()).toEqual(['latest published']);
  });

  test('if a digest pins its base, or it has none', async () => {
    await built({ base: `${served.host}/bases/small@${await moveBase('second')}` });
    await moveBase('third');
    expect(await rebase()).toEqual([['latest fixed', undefined]]);
    await built({ base: 'scratch' });
    expect(await rebase()).toEqual([['latest fixed', undefined]]);
  });

  test('if it cannot be found out what its base is now', async () => {
    await built();
    served.registry.disturb((line) => (line.includes('bases/small/manifests') ? 404 : undefined));
    const [[state, message] = []] = await rebase();
    expect(state).toBe('latest unknown');
    expect(message).toContain('bases/small');
  });

  test('if others than its rule allows ask; the schedule may', async () => {
    const rules = [{ branch: 'main', tag: 'latest', actors: ['ada'] }];
    const { event } = lab.push('main', stackFiles({ rules }));
    await lab.happens({ ...event, actor: 'ada' } as typeof event);
    await lab.workAll();
    await moveBase('second');
    for (const [actor, who] of [
      ['mallory', 'the request is by `mallory`'],
      ['schedule', 'the request is by `schedule`'],
      [undefined, 'the account of the request is unknown'],
    ] as const) {
      const [[, message] = []] = await rebase({ by: { name: 'token:ci', actor } });
      expect(message).toContain(`${who}; rule \`branch: main\` allows ada`);
    }
    expect(lab.publications()).toEqual(['latest published']);
    expect(await rebase({ by: undefined })).toEqual([['latest moved', 'as latest']]);
    expect(last()).toMatchObject({ state: 'published', actor: 'ada' });
  });

  test('while its stack is blocked', async () => {
    await built();
    await moveBase('second');
    const owner = { kind: 'stack', stack: 'lab', name: 'lab' } as const;
    await lab.context.blocks.add({ ...owner, reason: 'mined', by: 'ada', since: '2026-12-01T00:00:00.000Z' });
    const [[, message] = []] = await rebase();
    expect(message).toContain('the stack is blocked by ada: mined');
    expect(lab.publications()).toEqual(['latest published']);
  });

  test('if no rule stands for it any more, unless it is named; then the reason is given', async () => {
    await built();
    const tip = lab.push('main', { ...tinyStack, 'slipway.yaml': 'images: []\n' }).sha;
    lab.context.ledger.knownRefs = () => new Map([['refs/heads/main', tip]]);
    await moveBase('second');
    expect(await rebase()).toEqual([]);
    const [[state, message] = []] = await rebase({ images: [`${served.host}/lab/stack:latest`] });
    expect(state).toBe('latest unknown');
    expect(message).toContain('no rule of `slipway.yaml` on `main` publishes');
    await expect(rebase({ images: ['lab/none'] })).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' });
  });
});

describe('the image of a git tag', () => {
  const tagOnly = (more: object) => ({ rules: [{ gitTag: '/^v(.+)$/', tag: '$1' }], ...more });

  test('does not move its tag unless the rules permit that', async () => {
    await built(tagOnly({}), ['v1']);
    await moveBase('second');
    const [[state, message] = []] = await rebase();
    expect(state).toBe('1 moved');
    expect(message).toContain('is not to move. Set `rebase: move`');
    expect(lab.publications()).toEqual(['1 published']);
    lab.context.ledger.knownRefs = () =>
      new Map([['refs/heads/main', lab.push('main', stackFiles(tagOnly({ rebase: 'move' }))).sha]]);
    expect(await rebase()).toEqual([['1 moved', 'as 1']]);
    expect(lab.publications()).toEqual(['1 published', '1 published']);
  });

  test('gets a new tag each time with `rebase: revise`, also beside one of others', async () => {
    await built(tagOnly({ rebase: 'revise' }), ['v1']);
    const first = (await read('1')).manifest.descriptor.digest;
    await publishImage(await testImage([[{ name: 'a', text: 'of others' }]]), images(), '1-r2');
    await moveBase('second');
    expect(await rebase()).toEqual([['1 moved', 'as 1-r1']]);
    const revision = await read('1-r1');
    await moveBase('third');
    expect(await rebase()).toEqual([['1-r1 moved', 'as 1-r3']]);
    expect(lab.publications()).toEqual(['1 published', '1-r1 published', '1-r3 published']);
    expect((await read('1')).manifest.descriptor.digest).toBe(first);
    expect(packageLayers(await read('1-r3'))).toEqual(packageLayers(revision));
    expect(last().rebase).toMatchObject({ tag: '1', replaces: revision.manifest.descriptor.digest });
  });

  test('is built again for the newest tag of a rule, and for an older one that is named', async () => {
    await built(tagOnly({ rebase: 'move' }), ['v1']);
    await built(tagOnly({ rebase: 'move', folders: [{ path: '/two' }] }), ['v2']);
    await moveBase('second');
    expect(await rebase()).toEqual([['2 moved', 'as 2']]);
    expect(await rebase({ images: [`${served.host}/lab/stack:1`] })).toEqual([['1 moved', 'as 1']]);
  });
});

test('an image that a Dockerfile builds is refused with the reason', async () => {
  await built();
  const dockerfile = lab.push('main', stackFiles({ contents: 'dockerfile' })).sha;
  lab.context.ledger.knownRefs = () => new Map([['refs/heads/main', dockerfile]]);
  const [[state, message] = []] = await rebase();
  expect(state).toBe('latest unknown');
  expect(message).toContain('a Dockerfile built');
});
