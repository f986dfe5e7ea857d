import type { ComponentChildren } from 'preact';
import type { ImageDetail, ImageView as Image } from '../../../../src/protocol/index.ts';
import type { LiveMessage } from '../../live.ts';
import { formatBytes, shortDigest, shortSha } from '../../format.ts';
import { ActionBar, type Action } from '../../parts/action-bar.tsx';
import { Crumbs, Facts, Section, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { Status, imageStatus } from '../../parts/status.tsx';
import { Ago, Moment } from '../../parts/times.tsx';
import { Switch } from '../../parts/switch.tsx';
import { useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { linkTo } from '../../router.ts';
import { Configuration } from './image-configuration.tsx';
import { Layers } from './image-layers.tsx';
import { Pull } from './image-pull.tsx';
import { Records } from './image-records.tsx';
import '../../style/image.css';
import '../../style/packages.css';

export function ImagePage({ id }: { id: string }) {
  const { data, failure } = useResource<ImageDetail>(`/images/${id}`, apply);
  useTitle(data === undefined ? 'Image' : nameOf(data.image));
  if (data === undefined)
    return (
      <>
        <h1>Image {id}</h1>
        <Waiting failure={failure} />
      </>
    );
  return <ImageView detail={data} />;
}

function ImageView({ detail }: { detail: ImageDetail }) {
  const { image, pull, contents = [], unreadable } = detail;
  const [wanted, setWanted] = useQuery('platform', contents[0]?.platform ?? '');
  const shown = contents.find(({ platform }) => platform === wanted) ?? contents[0];
  const isPublished = image.state === 'published' && unreadable === undefined;
  return (
    <>
      <ImageHead image={image} />
      {image.rebase !== undefined && <Rebase rebase={image.rebase} />}
      {image.message !== undefined && <p class="notice">{image.message}</p>}
      {image.retryAt !== undefined && (
        <p class="notice">
          Attempt {image.attempts} failed. The next attempt is at <Moment at={image.retryAt} />.
        </p>
      )}
      <ActionBar actions={actionsOfImage(image)} />
      {unreadable !== undefined && <p class="notice">The contents of the image cannot be read: {unreadable}</p>}
      <div class="package-columns">
        <div>
          {pull !== undefined && <Pull pull={pull} />}
          <Neighbours detail={detail} />
        </div>
        <div>{isPublished && pull !== undefined && <Records id={image.id} pull={pull} />}</div>
      </div>
      {contents.length > 1 && (
        <Switch
          class="switch plain-words"
          label="Platform"
          choices={contents.map(({ platform }) => platform)}
          chosen={shown?.platform}
          onChoose={setWanted}
        />
      )}
      {shown !== undefined && (
        <>
          <Layers stack={image.stack} layers={shown.layers} />
          <Configuration contents={shown} />
        </>
      )}
    </>
  );
}

function ImageHead({ image }: { image: Image }) {
  return (
    <>
      <Crumbs
        steps={[
          ['Stacks', '/'],
          [image.stack, linkTo.stack(image.stack)],
          ['Images', linkTo.images(image.stack)],
          [nameOf(image)],
        ]}
      />
      <header class="head">
        <Status status={imageStatus[image.state]} />
        <h1>{nameOf(image)}</h1>
        <span class="tag">{image.state}</span>
      </header>
      <Facts
        facts={[
          [image.refType, image.ref],
          ['commit', <code title={image.commit}>{shortSha(image.commit)}</code>],
          ['pipeline', image.pipeline && <a href={linkTo.pipeline(image.pipeline)}>#{image.pipeline}</a>],
          [
            'rebuild of',
            image.rebase && <a href={linkTo.image(image.rebase.of)}>{shortDigest(image.rebase.replaces)}</a>,
          ],
          ['requested', <Ago at={image.createdAt} />],
          ['size', image.bytesTotal && formatBytes(image.bytesTotal)],
          [
            'uploaded',
            image.layersUploaded !== undefined &&
              `${image.layersUploaded} of ${image.layers} layers, ${formatBytes(image.bytesUploaded ?? 0)}`,
          ],
        ]}
      />
    </>
  );
}

/** The images before and after this one, with what changed. */
function Neighbours({ detail: { image, previous, next } }: { detail: ImageDetail }) {
  const { stack, repository, id } = image;
  const others = new URLSearchParams({ repository, compare: id });
  const isComparable = image.state === 'published';
  return (
    <Section id="history" title="Before and after">
      <ul class="package-links">
        {next !== undefined && (
          <Neighbour word="next" image={next} of={image}>
            {isComparable && <a href={linkTo.imageDifference(next.id, id)}>What it changed</a>}
          </Neighbour>
        )}
        {previous !== undefined && (
          <Neighbour word="previous" image={previous} of={image}>
            {isComparable && <a href={linkTo.imageDifference(id, previous.id)}>What changed since</a>}
          </Neighbour>
        )}
      </ul>
      <p>
        <a href={`${linkTo.images(stack)}?${others.toString()}`}>Compare with another image</a>
      </p>
    </Section>
  );
}

interface NeighbourOptions {
  readonly word: string;
  readonly image: Image;
  readonly of: Image;
  readonly children: ComponentChildren;
}

/** Another image; of the same tag its digest is its name. */
function Neighbour({ word, image, of, children }: NeighbourOptions) {
  return (
    <li>
      <span class="faint">{word}</span>
      <a href={linkTo.image(image.id)}>{image.tag === of.tag ? shortDigest(image.digest ?? '') : nameOf(image)}</a>
      <span class="faint">
        <Ago at={image.createdAt} />
      </span>
      <span class="end">{children}</span>
    </li>
  );
}

/** Shows why an image was built again: its base before and after. */
function Rebase({ rebase: { bases, by } }: { rebase: NonNullable<Image['rebase']> }) {
  return (
    <p class="notice mild">
      Rebuilt on a new base, requested by {by}:{' '}
      {bases
        .filter(({ before, after }) => before !== after)
        .map(({ platform, reference, before, after }, index) => (
          <span key={platform}>
            {index > 0 && ', '}
            {reference} for {platform} changed from <code title={before}>{shortDigest(before)}</code> to{' '}
            <code title={after}>{shortDigest(after)}</code>
          </span>
        ))}
      .
    </p>
  );
}

function actionsOfImage({ id, state, retryAt }: Image): readonly Action[] {
  const isRetryable = state === 'failed' || state === 'refused' || retryAt !== undefined;
  return isRetryable ? [{ word: 'Retry', to: `image ${id}`, path: `/images/${id}/retry` }] : [];
}

function nameOf({ repository, tag }: Image): string {
  return `${repository}:${tag}`;
}

function apply(detail: ImageDetail, message: LiveMessage): ImageDetail | 'reload' {
  return message.type === 'image' && message.image.stack === detail.image.stack ? 'reload' : detail;
}
