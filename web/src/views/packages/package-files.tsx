import type { PackageFile, PackageFiles } from '../../../../src/protocol/index.ts';
import { formatBytes } from '../../format.ts';
import { LabelledSearch } from '../../parts/labelled-search.tsx';
import { Empty, Waiting } from '../../parts/page-parts.tsx';
import { VirtualList, type Column } from '../../parts/virtual-list.tsx';
import { useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { useSettled } from '../../use-settled.ts';
import '../../style/search.css';

/** The most that are loaded. */
const MOST = 10_000;

const columns: readonly Column<PackageFile>[] = [
  {
    name: 'path',
    title: 'Path',
    cell: ({ path, kind, target }) => (
      <span title={path}>
        {path}
        {kind === 'folder' && '/'}
        {target !== undefined && <span class="faint"> → {target}</span>}
      </span>
    ),
  },
  { name: 'kind', title: 'Kind', cell: ({ kind, executable }) => (kind === 'file' && executable ? 'program' : kind) },
  { name: 'size', title: 'Size', cell: ({ kind, size }) => (kind === 'file' ? formatBytes(size) : '') },
];

/** The files in a package's tarball. The server reads all of it for them, so it may take a while. */
export function PackageFilesView({ path }: { path: string }) {
  const [search, setSearch] = useQuery('path', '');
  const query = new URLSearchParams({ q: useSettled(search), limit: String(MOST) });
  const { data, failure } = useResource<PackageFiles>(`${path}/files?${query.toString()}`);
  return (
    <>
      <div class="search">
        <LabelledSearch id="path" label="Path" value={search} placeholder="lib/libhdf5" onSearch={setSearch} />
        <span role="status" class="faint">
          {data && `${data.total.toLocaleString()} entries, ${formatBytes(data.installedSize)} installed`}
        </span>
      </div>
      {data === undefined ? <Waiting failure={failure} /> : <Files list={data} />}
    </>
  );
}

function Files({ list: { prefix, files, total } }: { list: PackageFiles }) {
  if (files.length === 0) return <Empty>No path matches.</Empty>;
  return (
    <>
      <p class="faint">
        in <code>{prefix}</code>
        {files.length < total && `, the first ${files.length.toLocaleString()}`}
      </p>
      <VirtualList label="Files" class="file-rows" columns={columns} rows={files} keyOf={({ path }) => path} />
    </>
  );
}
