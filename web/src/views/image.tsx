import type { ImageDetail, ImageView as Image, LayerView } from '../../../src/protocol/index.ts';
import type { LiveMessage } from '../live.ts';
import { formatBytes, shortDigest, shortSha } from '../format.ts';
import { ActionBar, type Action } from '../parts/action-bar.tsx';
import { Copyable, Crumbs, Facts, Waiting, useTitle } from '../parts/page-parts.tsx';
import { Status, imageStatus } from '../parts/status.tsx';
import { Ago } from '../parts/times.tsx';
import { useResource } from '../resource.ts';
import { linkTo } from '../router.ts';

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
          [
            'pipeline',
            image.pipeline === undefined ? undefined : <a href={linkTo.pipeline(image.pipeline)}>#{image.pipeline}</a>,
          ],
          ['asked for', <Ago at={image.createdAt} />],
          ['size', image.bytesTotal === undefined ? undefined : formatBytes(image.bytesTotal)],
          [
            'uploaded',
            image.layersUploaded === undefined
              ? undefined
              : `${image.layersUploaded} of ${image.layers} layers, ${formatBytes(image.bytesUploaded ?? 0)}`,
          ],
        ]}
      />
      {image.message !== undefined && <p class="notice">{image.message}</p>}
      {image.retryAt !== undefined && (
        <p class="notice">
          Attempt {image.attempts} failed; tried again at {image.retryAt.slice(0, 16).replace('T', ' ')} UTC.
        </p>
      )}
      <ActionBar actions={actionsOfImage(image)} />
      {unreadable !== undefined && <p class="notice">Its contents cannot be read: {unreadable}</p>}
      {pull !== undefined && <Pull pull={pull} />}
      {contents !== undefined && <Contents contents={contents} />}
    </>
  );
}

function actionsOfImage({ id, state, retryAt }: Image): readonly Action[] {
  const isRetryable = state === 'failed' || state === 'refused' || retryAt !== undefined;
  return isRetryable ? [{ word: 'Retry', to: `image ${id}`, path: `/images/${id}/retry` }] : [];
}

function Pull({ pull }: { pull: NonNullable<ImageDetail['pull']> }) {
  const podman = `podman pull ${pull.insecure ? '--tls-verify=false ' : ''}${pull.tag}`;
  return (
    <section aria-labelledby="pull">
      <h2 id="pull">Pull</h2>
      <Copyable text={`docker pull ${pull.tag}`} label="the command for Docker" />
      <Copyable text={podman} label="the command for Podman" />
      <p class="faint">These very bytes, whatever the tag says later:</p>
      <Copyable text={pull.digest} label="the reference by digest" />
      {pull.insecure && (
        <p class="faint">
          This registry speaks plain HTTP: Docker takes that from localhost, or from hosts in its `insecure-registries`.
        </p>
      )}
    </section>
  );
}

function Contents({ contents }: { contents: NonNullable<ImageDetail['contents']> }) {
  const { layers, architecture, os, environment, entrypoint, command, user, workdir, labels } = contents;
  const largest = Math.max(...layers.map(({ size }) => size), 1);
  return (
    <>
      <section aria-labelledby="layers">
        <h2 id="layers">{layers.length} layers</h2>
        <div class="table-box" tabIndex={0} role="region" aria-label="Layers">
          <table>
            <thead>
              <tr>
                <th scope="col">Package</th>
                <th scope="col">Digest</th>
                <th scope="col" class="right">
                  Size
                </th>
                <th scope="col">
                  <span class="only-heard">Share</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {layers.map((layer) => (
                <LayerRow key={layer.digest} layer={layer} largest={largest} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section aria-labelledby="configuration">
        <h2 id="configuration">Configuration</h2>
        <Facts
          facts={[
            ['platform', `${os}/${architecture}`],
            ['entrypoint', entrypoint.length === 0 ? undefined : <code>{entrypoint.join(' ')}</code>],
            ['command', command.length === 0 ? undefined : <code>{command.join(' ')}</code>],
            ['user', user],
            ['workdir', workdir],
          ]}
        />
        {environment.length > 0 && (
          <details>
            <summary>Environment, {environment.length}</summary>
            <pre>{environment.join('\n')}</pre>
          </details>
        )}
        {Object.keys(labels).length > 0 && (
          <details>
            <summary>Labels, {Object.keys(labels).length}</summary>
            <pre>
              {Object.entries(labels)
                .map(([name, value]) => `${name}=${value}`)
                .join('\n')}
            </pre>
          </details>
        )}
      </section>
    </>
  );
}

const ORIGINS = { base: 'base image', own: 'files and views of the stack', cache: 'build cache', packages: 'packages' };

/** One name as it is; several folded under how many they are. */
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
