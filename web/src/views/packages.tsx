import { useState } from 'preact/hooks';
import type { PackageDetail, PackageList, PackageView } from '../../../src/protocol/index.ts';
import { formatBytes } from '../format.ts';
import { Crumbs, Empty, Facts, Waiting, useTitle } from '../parts/page-parts.tsx';
import { Table } from '../parts/table.tsx';
import { useQuery } from '../query-state.ts';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import { useSettled } from '../use-settled.ts';
import '../style/search.css';

const PAGE = 100;

/** The packages on a stack's mirror. */
export function PackagesView({ stack }: { stack: string }) {
  useTitle(`Packages of ${stack}`);
  const [request] = useQuery('request', '');
  const [search, setSearch] = useQuery('q', '');
  const [first, setFirst] = useQuery('offset', '0');
  const offset = Number(first);
  const query = new URLSearchParams({
    q: useSettled(search),
    offset: String(offset),
    limit: String(PAGE),
    ...(request !== '' && { request }),
  });
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
      </header>
      <div class="search">
        <label for="search">Search</label>
        <input
          id="search"
          type="search"
          value={search}
          placeholder="name or start of a hash"
          onInput={(event) => {
            setSearch(event.currentTarget.value);
            setFirst('0');
          }}
        />
        <span role="status" class="faint">
          {data === undefined ? '' : `${data.total} ${data.total === 1 ? 'package' : 'packages'}`}
        </span>
      </div>
      {data === undefined ? (
        <Waiting failure={failure} />
      ) : (
        <PackageTable list={data} stack={stack} request={request} />
      )}
      {data !== undefined && data.total > PAGE && (
        <p class="pager">
          <button type="button" disabled={offset === 0} onClick={() => setFirst(String(offset - PAGE))}>
            previous
          </button>
          <span class="number">
            {offset + 1}–{Math.min(offset + PAGE, data.total)}
          </span>
          <button type="button" disabled={offset + PAGE >= data.total} onClick={() => setFirst(String(offset + PAGE))}>
            next
          </button>
        </p>
      )}
    </>
  );
}

function PackageTable({ list, stack, request }: { list: PackageList; stack: string; request: string }) {
  const query = request === '' ? '' : `?request=${request}`;
  if (list.packages.length === 0) return <Empty>No package matches.</Empty>;
  return (
    <>
      {list.signedBy !== undefined && (
        <p class="faint">
          Signed by <code>{list.signedBy}</code>
        </p>
      )}
      <Table label="Packages" columns={['Name', 'Version', 'Hash', 'Architecture', 'Depends on']} right="Depends on">
        {list.packages.map((one) => (
          <Row key={one.hash} one={one} path={`/stacks/${encodeURIComponent(stack)}/packages/${one.hash}${query}`} />
        ))}
      </Table>
    </>
  );
}

/** A package. Its details are loaded from `path` when it is unfolded. */
function Row({ one, path }: { one: PackageView; path: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <tr>
        <th scope="row">
          <button type="button" class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {one.name}
          </button>
        </th>
        <td class="number">{one.version}</td>
        <td>
          <code title={one.hash}>{one.hash.slice(0, 7)}</code>
        </td>
        <td class="faint">{one.architecture}</td>
        <td class="right number">{one.dependencies}</td>
      </tr>
      {isOpen && (
        <tr class="more">
          <td colSpan={5}>
            <Detail path={path} />
          </td>
        </tr>
      )}
    </>
  );
}

function Detail({ path }: { path: string }) {
  const { data, failure } = useResource<PackageDetail>(path);
  if (data === undefined) return <Waiting failure={failure} />;
  const { tarball, signedBy, dependencies } = data;
  return (
    <Facts
      facts={[
        ['hash', <code>{data.package.hash}</code>],
        ['tarball', formatBytes(tarball.size)],
        ['SHA-256', <code>{tarball.sha256}</code>],
        ['signed by', signedBy === undefined ? 'not signed' : <code>{signedBy}</code>],
        [
          'depends on',
          dependencies
            .map(({ name, hash, types }) => `${name} /${hash.slice(0, 7)} (${types.join(', ')})`)
            .join(', ') || 'nothing',
        ],
      ]}
    />
  );
}
