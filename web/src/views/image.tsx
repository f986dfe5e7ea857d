import type { ImageDetail, ImageView as Image, LayerView } from '../../../src/protocol/index.ts';
import type { LiveMessage } from '../live.ts';
import { formatBytes, shortDigest, shortSha } from '../format.ts';
import { ActionBar, type Action } from '../parts/action-bar.tsx';
import { Copyable, Crumbs, Facts, Section, Waiting, useTitle } from '../parts/page-parts.tsx';
import { Status, imageStatus } from '../parts/status.tsx';
import { Table } from '../parts/table.tsx';
import { Ago, Moment } from '../parts/times.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';
import '../style/image.css';

export function ImagePage({ id }: { id: string }) {
  const { data, failure } = useResource<ImageDetail>(`/images/${id}`, apply);
  useTitle(data === undefined ? 'Image' : `${data.image.repository}:${data.image.tag}`);
  if (data === undefined) return <Waiting failure={failure} />;
  const { image, pull, contents, unreadable } = data;
  return (
    <>
      <Crumbs
        steps={[['Stacks', '/'], [image.stack, linkTo.stack(image.stack)], [`${image.repository}:${image.tag}`]]}
      />
      <header class="head">
        <Status status={imageStatus[image.state]} />
        <h1>
          {image.repository}:{image.tag}
        </h1>
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
      {image.rebase !== undefined && <Rebase rebase={image.rebase} />}
      {image.message !== undefined && <p class="notice">{image.message}</p>}
      {image.retryAt !== undefined && (
        <p class="notice">
          Attempt {image.attempts} failed. The next attempt is at <Moment at={image.retryAt} />.
        </p>
      )}
      <ActionBar actions={actionsOfImage(image)} />
      {unreadable !== undefined && <p class="notice">The contents of the image cannot be read: {unreadable}</p>}
      {pull !== undefined && <Pull pull={pull} />}
      {contents !== undefined && <Contents contents={contents} />}
    </>
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

function Pull({ pull }: { pull: NonNullable<ImageDetail['pull']> }) {
  const podman = `podman pull ${pull.insecure ? '--tls-verify=false ' : ''}${pull.tag}`;
  return (
    <Section id="pull" title="Pull">
      <Copyable text={`docker pull ${pull.tag}`} label="the command for Docker" />
      <Copyable text={podman} label="the command for Podman" />
      <p class="faint">Exactly this image, even if the tag moves later:</p>
      <Copyable text={pull.digest} label="the reference by digest" />
      {pull.insecure && (
        <p class="faint">
          This registry uses plain HTTP. Docker accepts that only from localhost and from its `insecure-registries`.
        </p>
      )}
    </Section>
  );
}

function Contents({ contents }: { contents: NonNullable<ImageDetail['contents']> }) {
  const { layers, architecture, os, environment, entrypoint, command, user, workdir, labels } = contents;
  const largest = Math.max(...layers.map(({ size }) => size), 1);
  return (
    <>
      <Section id="layers" title={`${layers.length} layers`}>
        <Table
          label="Layers"
          columns={['Package', 'Digest', 'Size', <span class="visually-hidden">Share</span>]}
          right="Size"
        >
          {layers.map((layer) => (
            <LayerRow key={layer.digest} layer={layer} largest={largest} />
          ))}
        </Table>
      </Section>
      <Section id="configuration" title="Configuration">
        <Facts
          facts={[
            ['platform', `${os}/${architecture}`],
            ['entrypoint', entrypoint.length > 0 && <code>{entrypoint.join(' ')}</code>],
            ['command', command.length > 0 && <code>{command.join(' ')}</code>],
            ['user', user],
            ['workdir', workdir],
          ]}
        />
        <Lines title="Environment" lines={environment} />
        <Lines title="Labels" lines={Object.entries(labels).map(([name, value]) => `${name}=${value}`)} />
      </Section>
    </>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <details>
      <summary>
        {title}, {lines.length}
      </summary>
      <pre>{lines.join('\n')}</pre>
    </details>
  );
}

const ORIGINS = { base: 'base image', own: 'files and views of the stack', cache: 'build cache', packages: 'packages' };

/** Shows one name as it is, and several folded under their number. */
function LayerPackages({ layer: { from, packages } }: { layer: LayerView }) {
  const names = packages.map((one) => one.replace(/\/(\w{7})\w*$/, ' /$1'));
  if (names.length === 1) return <>{names[0]}</>;
  return (
    <details>
      <summary>
        {from === 'cache' ? 'build cache of ' : ''}
        {names.length} packages
      </summary>
      {names.join(', ')}
    </details>
  );
}

function LayerRow({ layer, largest }: { layer: LayerView; largest: number }) {
  return (
    <tr>
      <th scope="row">
        {layer.packages.length === 0 ? (
          <span class="faint">{ORIGINS[layer.from]}</span>
        ) : (
          <LayerPackages layer={layer} />
        )}
      </th>
      <td>
        <code title={layer.digest}>{shortDigest(layer.digest)}</code>
      </td>
      <td class="right number">{formatBytes(layer.size)}</td>
      <td class="share">
        <span style={{ width: `${Math.max(1, (100 * layer.size) / largest)}%` }} />
      </td>
    </tr>
  );
}

function apply(detail: ImageDetail, message: LiveMessage): ImageDetail | 'reload' {
  return message.type === 'image' && message.image.id === detail.image.id ? 'reload' : detail;
}
