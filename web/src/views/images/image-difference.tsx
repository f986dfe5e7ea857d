import type { ComponentChildren } from 'preact';
import type {
  ChangedSetting,
  ImageComparison,
  ImagePackage,
  ImageView,
  PlatformDifference,
} from '../../../../src/protocol/index.ts';
import { formatBytes } from '../../format.ts';
import { Crumbs, Empty, Facts, Section, Waiting, useTitle } from '../../parts/page-parts.tsx';
import { Table } from '../../parts/table.tsx';
import { Ago } from '../../parts/times.tsx';
import { useResource } from '../../resource.ts';
import { linkTo } from '../../router.ts';
import '../../style/packages.css';
import '../../style/image.css';

/** What an image changes compared with another one. */
export function ImageDifferencePage({ id, other }: { id: string; other: string }) {
  const { data, failure } = useResource<ImageComparison>(`/images/${id}/diff/${other}`);
  useTitle('Difference of images');
  return (
    <>
      {data !== undefined && (
        <Crumbs
          steps={[
            ['Stacks', '/'],
            [data.to.stack, linkTo.stack(data.to.stack)],
            ['Images', linkTo.images(data.to.stack)],
            [nameOf(data.to), linkTo.image(id)],
            ['Difference'],
          ]}
        />
      )}
      <header class="head">
        <h1>Difference of images</h1>
        <a href={`/images/${other}/diff/${id}`}>Swap</a>
      </header>
      {data === undefined ? <Waiting failure={failure} /> : <Difference comparison={data} />}
    </>
  );
}

function Difference({ comparison: { from, to, platforms } }: { comparison: ImageComparison }) {
  return (
    <>
      <Facts
        facts={[
          ['from', <Side image={from} />],
          ['to', <Side image={to} />],
          [
            'locks',
            from.stack === to.stack && (
              <a href={linkTo.compare(to.stack, `image:${from.id}`, `image:${to.id}`)}>Why the packages changed</a>
            ),
          ],
        ]}
      />
      {platforms.map((platform) => (
        <Platform key={platform.platform} difference={platform} from={from} to={to} isOnly={platforms.length === 1} />
      ))}
    </>
  );
}

function Side({ image }: { image: ImageView }) {
  return (
    <>
      <a href={linkTo.image(image.id)}>{nameOf(image)}</a>{' '}
      <span class="faint">
        <Ago at={image.createdAt} />
      </span>
    </>
  );
}

interface PlatformOptions {
  readonly difference: PlatformDifference;
  readonly from: ImageView;
  readonly to: ImageView;
  readonly isOnly: boolean;
}

function Platform({ difference, from, to, isOnly }: PlatformOptions) {
  const { platform, added, removed, changed, same, settings, size, newBytes, newLayers } = difference;
  const rows = [
    ...changed.map((one) => ({ key: one.name + one.to.hash, mark: '~', from: one.from, to: one.to, kind: one.kind })),
    ...added.map((one) => ({ key: one.hash, mark: '+', from: undefined, to: one, kind: 'added' as const })),
    ...removed.map((one) => ({ key: one.hash, mark: '−', from: one, to: undefined, kind: 'removed' as const })),
  ];
  const isSame = rows.length + settings.length + newLayers === 0;
  const head = `${changed.length} changed, ${added.length} added, ${removed.length} removed, ${same} the same`;
  return (
    <Section id={`packages-${platform}`} title={isOnly ? head : `${platform}: ${head}`}>
      {isSame && <Empty>Both have the same layers and settings.</Empty>}
      <Facts
        facts={[
          ['size', sizeText(size)],
          ['an update downloads', `${formatBytes(newBytes)} in ${newLayers} ${newLayers === 1 ? 'layer' : 'layers'}`],
        ]}
      />
      {rows.length > 0 && (
        <Table label={`Packages for ${platform}`} class="difference" columns={['Package', 'Before', 'After', 'Change']}>
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">
                <span class={`mark ${row.kind}`} aria-hidden="true">
                  {row.mark}
                </span>{' '}
                {(row.to ?? row.from)?.name}
              </th>
              <td>
                <Build one={row.from} stack={from.stack} />
              </td>
              <td>
                <Build one={row.to} stack={to.stack} />
              </td>
              <td class="faint">{changeText(row)}</td>
            </tr>
          ))}
        </Table>
      )}
      <Settings settings={settings} />
    </Section>
  );
}

function Build({ one, stack }: { one: ImagePackage | undefined; stack: string }) {
  if (one === undefined) return null;
  const text = (
    <>
      {one.version} <code class="faint">/{one.hash.slice(0, 7)}</code>
    </>
  );
  return one.hash.length < 32 ? text : <a href={linkTo.package(stack, one.hash)}>{text}</a>;
}

interface Row {
  readonly kind: 'version' | 'variants' | 'rebuilt' | 'added' | 'removed';
  readonly from: ImagePackage | undefined;
  readonly to: ImagePackage | undefined;
}

/** Of variants those that only one of the two has. */
function changeText({ kind, from, to }: Row): ComponentChildren {
  if (kind !== 'variants') return kind;
  const [before, after] = [wordsOf(from), wordsOf(to)];
  const only = (some: readonly string[], others: readonly string[]) => some.filter((one) => !others.includes(one));
  return `${only(before, after).join(' ')} → ${only(after, before).join(' ')}`;
}

function wordsOf(one: ImagePackage | undefined): readonly string[] {
  return (one?.variants ?? '').match(/[+~][^+~\s]+|[^+~\s]\S*/g) ?? [];
}

function Settings({ settings }: { settings: readonly ChangedSetting[] }) {
  if (settings.length === 0) return null;
  return (
    <>
      <h3>Base, environment and settings</h3>
      <Table label="Settings" class="difference" columns={['Setting', 'Before', 'After']}>
        {settings.map(({ name, from, to }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="value">{from ?? <span class="faint">not set</span>}</td>
            <td class="value">{to ?? <span class="faint">not set</span>}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function sizeText({ from, to }: PlatformDifference['size']): string {
  if (from === undefined || to === undefined) return from === undefined ? 'new platform' : 'platform removed';
  const sign = to < from ? '−' : '+';
  return `${formatBytes(from)} → ${formatBytes(to)} (${sign}${formatBytes(Math.abs(to - from))})`;
}

function nameOf({ repository, tag }: ImageView): string {
  return `${repository}:${tag}`;
}
