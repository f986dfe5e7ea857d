import type { PackageList, PackageView } from '../../../../src/protocol/index.ts';
import { LabelledSearch } from '../../parts/labelled-search.tsx';
import { Crumbs, Empty, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { VirtualList, type Column } from '../../parts/virtual-list.tsx';
import { useChoice, useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { linkTo } from '../../router.ts';
import { useSettled } from '../../use-settled.ts';
import '../../style/packages.css';
import '../../style/search.css';

const PAGE = 200;
const orders = ['name', 'newest', 'dependents'] as const;
const orderWords = { name: 'name', newest: 'newest first', dependents: 'most used first' };

/** The packages on a stack's mirror. */
export function PackagesView({ stack }: { stack: string }) {
  useTitle(`Packages of ${stack}`);
  const [request] = useQuery('request', '');
  const [search, setSearch] = useQuery('q', '');
  const [sort, setSort] = useChoice('sort', { choices: orders, standard: 'name' });
  const [first, setFirst] = useQuery('offset', '0');
  const offset = /^\d+$/.test(first) ? Number(first) : 0;
  const parameters = { q: useSettled(search), sort, offset: String(offset), limit: String(PAGE) };
  const query = new URLSearchParams({ ...parameters, ...(request !== '' && { request }) });
  const { data, failure } = useResource<PackageList>(
    `/stacks/${encodeURIComponent(stack)}/packages?${query.toString()}`,
    (list, { type }) => (type === 'image' ? 'reload' : list),
  );
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], [stack, linkTo.stack(stack)], ['Packages']]} />
      <header class="head">
        <h1>Packages</h1>
        <span class="faint">
          {request === '' ? 'on the protected mirror' : `pushed by pull request ${request}, unsigned`}
        </span>
        {data?.signedBy !== undefined && (
          <span class="faint">
            signed by <code title={data.signedBy}>{data.signedBy.slice(-16)}</code>
          </span>
        )}
      </header>
      <div class="search">
        <LabelledSearch
          id="search"
          label="Search"
          value={search}
          placeholder="hdf5@1.14 +mpi ^openmpi"
          describedBy="search-help"
          onSearch={(text) => {
            setSearch(text);
            setFirst('0');
          }}
        />
        <label for="sort">Order</label>
        <select id="sort" value={sort} onChange={(event) => setSort(event.currentTarget.value as typeof sort)}>
          {orders.map((one) => (
            <option key={one} value={one}>
              {orderWords[one]}
            </option>
          ))}
        </select>
        <span role="status" class="faint">
          {data === undefined ? '' : countText(data.total)}
        </span>
      </div>
      <p id="search-help" class="faint search-help">
        Parts of a name, a version or a hash; variants (<code>+mpi</code>), compiler (<code>%gcc@13</code>) and
        dependencies (<code>^zlib</code>) as in Spack.
      </p>
      {data === undefined ? (
        <Waiting failure={failure} />
      ) : (
        <PackageTable list={data} stack={stack} request={request} isSearch={search !== ''} />
      )}
      {data !== undefined && <Pager offset={offset} total={data.total} onMove={(next) => setFirst(String(next))} />}
    </>
  );
}

function Pager({ offset, total, onMove }: { offset: number; total: number; onMove: (offset: number) => void }) {
  if (total <= PAGE) return null;
  return (
    <p class="pager">
      <button type="button" disabled={offset === 0} onClick={() => onMove(Math.max(0, offset - PAGE))}>
        previous
      </button>
      <span class="number">
        {offset + 1}–{Math.min(offset + PAGE, total)}
      </span>
      <button type="button" disabled={offset + PAGE >= total} onClick={() => onMove(offset + PAGE)}>
        next
      </button>
    </p>
  );
}

function countText(count: number): string {
  return `${count.toLocaleString()} ${count === 1 ? 'package' : 'packages'}`;
}

interface TableOptions {
  readonly list: PackageList;
  readonly stack: string;
  readonly request: string;
  readonly isSearch: boolean;
}

function PackageTable({ list, stack, request, isSearch }: TableOptions) {
  if (list.packages.length === 0)
    return (
      <Empty>
        {isSearch
          ? 'No package matches. Leave out a version or a variant.'
          : 'The mirror is empty. The first pipeline that builds a package puts it here.'}
      </Empty>
    );
  return (
    <VirtualList
      label="Packages"
      class="package-rows"
      columns={columnsFor(stack, request)}
      rows={list.packages}
      keyOf={({ hash }) => hash}
    />
  );
}

function columnsFor(stack: string, request: string): readonly Column<PackageView>[] {
  return [
    {
      name: 'package',
      title: 'Package',
      cell: ({ name, version, hash }) => (
        <a href={linkTo.package(stack, hash, request)}>
          {name}
          <span class="faint">@{version}</span>
        </a>
      ),
    },
    { name: 'variants', title: 'Variants', cell: ({ variants }) => <span title={variants}>{variants}</span> },
    { name: 'architecture', title: 'Architecture', cell: ({ architecture }) => architecture },
    { name: 'hash', title: 'Hash', cell: ({ hash }) => <code title={hash}>{hash.slice(0, 7)}</code> },
    { name: 'count', title: 'Depends on', cell: ({ dependencies }) => dependencies },
    { name: 'users', title: 'Used by', cell: ({ dependents }) => dependents },
  ];
}
