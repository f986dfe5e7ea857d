import type { ImageList, ImageView } from '../../../../src/protocol/index.ts';
import { formatBytes, shortDigest } from '../../format.ts';
import { LabelledSearch } from '../../parts/labelled-search.tsx';
import { Crumbs, Empty, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { Status, imageStatus } from '../../parts/status.tsx';
import { Ago } from '../../parts/times.tsx';
import { VirtualList, type Column } from '../../parts/virtual-list.tsx';
import { useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { linkTo } from '../../router.ts';
import { useSettled } from '../../use-settled.ts';
import '../../style/image.css';
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
        <LabelledSearch id="tag" label="Tag" value={tag} placeholder="latest" onSearch={setTag} />
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
  if (images.length === 0)
    return (
      <Empty>
        No image matches. A rule of <code>slipway.yaml</code> decides what is published.
      </Empty>
    );
  return (
    <VirtualList
      label="Images"
      class="image-rows"
      columns={compare === '' ? columns : [...columns, differenceColumn(compare)]}
      rows={images}
      keyOf={({ id }) => id}
    />
  );
}

const columns: readonly Column<ImageView>[] = [
  {
    name: 'image',
    title: 'Image',
    cell: ({ id, repository, tag, state }) => (
      <>
        <Status status={imageStatus[state]} />{' '}
        <a href={linkTo.image(id)}>
          {repository}:{tag}
        </a>
      </>
    ),
  },
  {
    name: 'digest',
    title: 'Digest',
    cell: ({ digest, state }) => (digest === undefined ? state : <code title={digest}>{shortDigest(digest)}</code>),
  },
  { name: 'ref', title: 'Of', cell: ({ ref }) => ref },
  {
    name: 'pipeline',
    title: 'Pipeline',
    cell: ({ pipeline }) => pipeline && <a href={linkTo.pipeline(pipeline)}>#{pipeline}</a>,
  },
  { name: 'size', title: 'Size', cell: ({ bytesTotal }) => bytesTotal && formatBytes(bytesTotal) },
  { name: 'age', title: 'Requested', cell: ({ createdAt }) => <Ago at={createdAt} /> },
];

function differenceColumn(compare: string): Column<ImageView> {
  return {
    name: 'difference',
    title: 'Difference',
    cell: ({ id, state }) =>
      id === compare || state !== 'published' ? '' : <a href={differenceOf(compare, id)}>Show difference</a>,
  };
}

/** What the newer one of two images changes. */
function differenceOf(a: string, b: string): string {
  return Number(a) > Number(b) ? linkTo.imageDifference(a, b) : linkTo.imageDifference(b, a);
}
