import type { LayerView } from '../../../../src/protocol/index.ts';
import { formatBytes, shortDigest } from '../../format.ts';
import { LabelledSearch } from '../../parts/labelled-search.tsx';
import { Empty, Section } from '../../parts/page-parts.tsx';
import { Table } from '../../parts/table.tsx';
import { useQuery } from '../../query-state.ts';
import { linkTo } from '../../router.ts';
import '../../style/search.css';

const ORIGINS = { base: 'base image', own: 'files and views of the stack', cache: 'build cache', packages: 'packages' };

interface LayersOptions {
  readonly stack: string;
  readonly layers: readonly LayerView[];
}

/** The layers of an image with their packages, which can be searched. */
export function Layers({ stack, layers }: LayersOptions) {
  const [search, setSearch] = useQuery('package', '');
  const word = search.trim().toLowerCase();
  const largest = Math.max(...layers.map(({ size }) => size), 1);
  const matching = layers.filter(({ packages }) => word === '' || packages.some((one) => one.includes(word)));
  const count = new Set(layers.flatMap(({ packages }) => packages)).size;
  return (
    <Section id="layers" title={`${layers.length} layers, ${count} packages`}>
      <div class="search">
        <LabelledSearch id="package" label="Package" value={search} placeholder="name or hash" onSearch={setSearch} />
        <span role="status" class="faint">
          {word !== '' && `in ${matching.length} ${matching.length === 1 ? 'layer' : 'layers'}`}
        </span>
      </div>
      {matching.length === 0 ? (
        <Empty>No layer has such a package.</Empty>
      ) : (
        <Table
          label="Layers"
          class="layers"
          columns={['Contents', 'Digest', 'Size', <span class="visually-hidden">Share</span>]}
          right="Size"
        >
          {matching.map((layer) => (
            <LayerRow key={layer.digest} layer={layer} stack={stack} word={word} share={layer.size / largest} />
          ))}
        </Table>
      )}
    </Section>
  );
}

interface LayerRowOptions {
  readonly layer: LayerView;
  readonly stack: string;
  /** What the shown packages contain. */
  readonly word: string;
  readonly share: number;
}

function LayerRow({ layer, stack, word, share }: LayerRowOptions) {
  return (
    <tr>
      <th scope="row">
        {layer.packages.length === 0 ? (
          <span class="faint">{ORIGINS[layer.from]}</span>
        ) : (
          <LayerPackages layer={layer} stack={stack} word={word} />
        )}
      </th>
      <td>
        <code title={layer.digest}>{shortDigest(layer.digest)}</code>
      </td>
      <td class="right number">{formatBytes(layer.size)}</td>
      <td class="share">
        <span style={{ width: `${Math.max(1, 100 * share)}%` }} />
      </td>
    </tr>
  );
}

/** Shows one or the found packages as they are, and several folded under their number. */
function LayerPackages({ layer: { from, packages }, stack, word }: Omit<LayerRowOptions, 'share'>) {
  const shown = packages.filter((one) => word === '' || one.includes(word));
  const links = (
    <ul class="layer-packages">
      {shown.map((one) => (
        <li key={one}>
          <PackageLink text={one} stack={stack} />
        </li>
      ))}
    </ul>
  );
  if (packages.length === 1 || word !== '') return links;
  return (
    <details>
      <summary>
        {from === 'cache' ? 'build cache of ' : ''}
        {packages.length} packages
      </summary>
      {links}
    </details>
  );
}

/** A package as `name@version/hash`. Images in Docker’s format have the beginning of the hash only. */
function PackageLink({ text, stack }: { text: string; stack: string }) {
  const [, title = text, hash = ''] = /^(.*)\/(\w+)$/.exec(text) ?? [];
  const short = <code class="faint">/{hash.slice(0, 7)}</code>;
  if (hash.length < 32)
    return (
      <>
        {title} {short}
      </>
    );
  return (
    <>
      <a href={linkTo.package(stack, hash)}>{title}</a> {short}
    </>
  );
}
