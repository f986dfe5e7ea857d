import type { ArtifactFile, ArtifactList } from '../../../../src/protocol/index.ts';
import { formatBytes } from '../../format.ts';
import { Empty, Waiting } from '../../parts/page-parts.tsx';
import { Table } from '../../parts/table.tsx';
import { Ago } from '../../parts/times.tsx';
import { addressWith, useQuery } from '../../query-state.ts';
import { useResource } from '../../resource.ts';
import { artifactAddress, contentOf, foldersAround } from './artifact-tree.ts';

/** Files and folders of a folder that are listed. */
const LISTED = 500;

/** The archive of a job, folder by folder. */
export function JobArtifacts({ job, isEmpty }: { job: string; isEmpty: boolean }) {
  if (isEmpty)
    return (
      <Empty>
        The job left no archive, or it has expired. <code>artifacts:paths</code> names what a job leaves.
      </Empty>
    );
  return <Archive job={job} />;
}

function Archive({ job }: { job: string }) {
  const { data, failure } = useResource<ArtifactList>(`/jobs/${job}/artifacts/files`);
  const [folder] = useQuery('folder', '');
  if (data === undefined) return <Waiting failure={failure} />;
  const { folders, files } = contentOf(data.files, folder);
  return (
    <section class="artifacts" aria-label="Artifacts">
      <p class="artifacts-head">
        <Path folder={folder} />
        <a href={`/api/v1/jobs/${job}/artifacts`} download>
          Download all
        </a>
        <span class="faint">{formatBytes(data.size)} packed</span>
        {data.expiresAt !== undefined && (
          <span class="faint">
            {Date.parse(data.expiresAt) > Date.now() ? 'kept until ' : 'expired '}
            {Date.parse(data.expiresAt) > Date.now() ? (
              new Date(data.expiresAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
            ) : (
              <Ago at={data.expiresAt} />
            )}
          </span>
        )}
      </p>
      <Table label="Files" columns={['Name', 'Size', 'Download']} right="Size">
        {folders.slice(0, LISTED).map(({ path, size, count }) => (
          <tr key={path}>
            <td>
              <a href={folderAddress(path)}>{path.slice(folder.length)}</a>{' '}
              <span class="faint">{count === 1 ? '1 file' : `${count} files`}</span>
            </td>
            <td class="right number">{formatBytes(size)}</td>
            <td />
          </tr>
        ))}
        {files.slice(0, LISTED).map((file) => (
          <FileRow key={file.name} job={job} file={file} name={file.name.slice(folder.length)} />
        ))}
      </Table>
      {(data.more || folders.length > LISTED || files.length > LISTED) && (
        <p class="faint">There are more files than are listed. Download all to see them.</p>
      )}
    </section>
  );
}

function FileRow({ job, file, name }: { job: string; file: ArtifactFile; name: string }) {
  const address = artifactAddress(job, file.name);
  if (file.kind !== 'file')
    return (
      <tr>
        <td>
          {name} <span class="faint">link</span>
        </td>
        <td />
        <td />
      </tr>
    );
  return (
    <tr>
      <td>
        <a href={address} target="_blank" rel="noreferrer noopener">
          {name}
        </a>
      </td>
      <td class="right number">{formatBytes(file.size)}</td>
      <td>
        <a href={`${address}?download=true`} download aria-label={`Download ${name}`}>
          download
        </a>
      </td>
    </tr>
  );
}

function Path({ folder }: { folder: string }) {
  const around = foldersAround(folder);
  return (
    <span class="path">
      <a href={folderAddress('')} aria-current={folder === '' ? 'page' : undefined}>
        artifacts
      </a>
      {around.map((path) => (
        <>
          {' / '}
          <a key={path} href={folderAddress(path)} aria-current={path === folder ? 'page' : undefined}>
            {path.split('/').at(-2)}
          </a>
        </>
      ))}
    </span>
  );
}

function folderAddress(path: string): string {
  return addressWith(location.href, { name: 'folder', value: path === '' ? undefined : path });
}
