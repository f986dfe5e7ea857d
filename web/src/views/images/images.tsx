import type { ImageList, ImageView } from '../../../../src/protocol/index.ts';
import { shortDigest } from '../../format.ts';
import { Crumbs, Empty, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { Status, imageStatus } from '../../parts/status.tsx';
import { Ago } from '../../parts/times.tsx';
import { useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { linkTo } from '../../router.ts';
import { useSettled } from '../../use-settled.ts';
import '../../style/packages.css';
import '../../style/search.css';

/** All images of a stack, the newest first; with `compare` each leads to its difference from that one. */
export function ImagesView({ stack }: { stack: string }) {
  useTitle(`Images of ${stack}`);
  const [tag, setTag] = useQuery('tag', '');
  const [repository] = useQuery('repository', '');
  const [contains] = useQuery('contains', '');
  const [compare] = useQuery('compare', '');
  const [before, setBefore] = useQuery('before', '');
  const wanted = Object.entries({ tag: useSettled(tag), repository, contains, before });
  const query = new URLSearchParams(wanted.filter(([, value]) => value !== ''));
  const { data, failure } = useResource<ImageList>(
    `/stacks/${encodeURIComponent(stack)}/images?${query.toString()}`,
    (list, { type }) => (type === 'image' ? 'reload' : list),
  );
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], [stack, linkTo.stack(stack)], ['Images']]} />
      <header class="head">
        <h1>Images</h1>
        {repository !== '' && <span class="faint">of {repository}</span>}
        {contains !== '' && (
          <span class="faint">
            that contain package <a href={linkTo.package(stack, contains)}>/{contains.slice(0, 7)}</a>
          </span>
        )}
        {compare !== '' && (
          <span class="faint">
            to compare with <a href={linkTo.image(compare)}>image {compare}</a>
          </span>
        )}
      </header>
      <div class="search">
        <label for="tag">Tag</label>
        <input
          id="tag"
          type="search"
          value={tag}
          placeholder="latest"
          onInput={(event) => setTag(event.currentTarget.value)}
        />
      </div>
      {data === undefined ? <Waiting failure={failure} /> : <Rows images={data.images} compare={compare} />}
      {data !== undefined && (before !== '' || data.next !== undefined) && (
        <p class="pager">
          <button type="button" disabled={before === ''} onClick={() => setBefore('')}>
            newest
          </button>
          <button type="button" disabled={data.next === undefined} onClick={() => setBefore(data.next ?? '')}>
            older
          </button>
        </p>
      )}
    </>
  );
}

function Rows({ images, compare }: { images: readonly ImageView[]; compare: string }) {
  if (images.length === 0) return <Empty>No image matches. A rule of `slipway.yaml` decides what is published.</Empty>;
  return (
    <ul class="package-links image-rows">
      {images.map((image) => (
        <li key={image.id}>
          <Status status={imageStatus[image.state]} />
          <a href={linkTo.image(image.id)}>
            {image.repository}:{image.tag}
          </a>
          <code class="faint">{image.digest === undefined ? image.state : shortDigest(image.digest)}</code>
          <span class="faint">{image.ref}</span>
          {image.pipeline !== undefined && <a href={linkTo.pipeline(image.pipeline)}>pipeline #{image.pipeline}</a>}
          <span class="faint end">
            {compare !== '' && compare !== image.id && image.state === 'published' && (
              <>
                <a href={differenceOf(compare, image.id)}>Difference</a>{' '}
              </>
            )}
            <Ago at={image.createdAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What the newer one of two images changes. */
function differenceOf(a: string, b: string): string {
  return Number(a) > Number(b) ? linkTo.imageDifference(a, b) : linkTo.imageDifference(b, a);
}
