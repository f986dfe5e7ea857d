import type { ComparedLock, ComparedPackage, LockComparison } from '../../../../src/protocol/index.ts';
import { formatBytes } from '../../format.ts';
import { VirtualList, type Column } from '../../parts/virtual-list.tsx';
import { Switch } from '../../parts/switch.tsx';
import { useChoice, useQuery } from '../../query-state.ts';
import { linkTo } from '../../router.ts';

const kinds = ['added', 'removed', 'version', 'variants', 'rebuilt'] as const;
type Kind = (typeof kinds)[number];

interface DifferenceRow {
  readonly kind: Kind;
  readonly name: string;
  readonly from?: ComparedPackage;
  readonly to?: ComparedPackage;
  readonly detail: string;
  /** Of the package on the newer side that has it. */
  readonly page: string;
}

/** The packages that differ, each with its kind of difference; they can be filtered by name and kind. */
export function DifferenceList({ comparison, stack }: { comparison: LockComparison; stack: string }) {
  const [search, setSearch] = useQuery('q', '');
  const [kind, setKind] = useChoice('kind', { choices: ['all', ...kinds], standard: 'all' });
  const all = rowsOf(comparison, stack);
  if (all.length === 0) return null;
  const named = all.filter(({ name }) => name.includes(search.trim().toLowerCase()));
  const rows = named.filter((row) => kind === 'all' || row.kind === kind);
  return (
    <>
      <div class="compare-filters">
        <label>
          Name <input type="search" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
        </label>
        <Switch
          label="Kind of difference"
          choices={['all', ...kinds]}
          chosen={kind}
          onChoose={setKind}
          text={(one) => `${one} ${one === 'all' ? named.length : named.filter((row) => row.kind === one).length}`}
        />
      </div>
      <VirtualList
        label="Packages that differ"
        class="differences"
        columns={columns}
        rows={rows}
        keyOf={({ from, to }) => `${from?.hash} ${to?.hash}`}
      />
    </>
  );
}

const columns: readonly Column<DifferenceRow>[] = [
  { name: 'package', title: 'Package', cell: ({ name, page }) => <a href={page}>{name}</a> },
  { name: 'kind', title: 'Difference', cell: ({ kind }) => <span class={`kind ${kind}`}>{kind}</span> },
  { name: 'version', title: 'Version', cell: versionText },
  { name: 'size', title: 'Size', cell: sizeText },
  { name: 'why', title: 'Why', cell: ({ detail }) => <span title={detail}>{detail}</span> },
];

function versionText({ from, to }: DifferenceRow): string {
  if (from === undefined || to === undefined || from.version === to.version) return (to ?? from)?.version ?? '';
  return `${from.version} → ${to.version}`;
}

function sizeText({ from, to }: DifferenceRow): string {
  const text = (one: ComparedPackage | undefined) => (one?.size === undefined ? '?' : formatBytes(one.size));
  if (from === undefined || to === undefined) return text(to ?? from);
  return from.size === to.size ? text(to) : `${text(from)} → ${text(to)}`;
}

function rowsOf(
  { from: first, to: second, added, removed, changed }: LockComparison,
  stack: string,
): readonly DifferenceRow[] {
  const pageOf = ({ hash }: ComparedPackage, { ref }: ComparedLock) =>
    linkTo.package(stack, hash, /^pull\/(\d+)$/.exec(ref)?.[1]);
  return [
    ...added.map((to): DifferenceRow => {
      return { kind: 'added', name: to.name, to, detail: to.variants ?? '', page: pageOf(to, second) };
    }),
    ...removed.map((from): DifferenceRow => {
      return { kind: 'removed', name: from.name, from, detail: from.variants ?? '', page: pageOf(from, first) };
    }),
    ...changed.map(({ from, to, kind, reason }): DifferenceRow => {
      return { kind, name: to.name, from, to, detail: reason, page: pageOf(to, second) };
    }),
  ];
}
