import type { Publication, PublicationLedger } from '../coordinator/index.ts';
import type { Database } from './database.ts';

/** Publications of images, and the packages that each image contains. */
export function publications(database: Database): PublicationLedger {
  const parse = ({ id, state, publication }: { id: number; state: Publication['state']; publication: string }) =>
    ({ ...JSON.parse(publication), id: String(id), state }) as Publication;
  const select = (where: string, ...values: (string | number | undefined)[]) =>
    database
      .all<Parameters<typeof parse>[0]>(`SELECT id, state, publication FROM publications WHERE ${where}`, ...values)
      .map(parse);
  return {
    addPublication: (publication) => {
      const state = 'waiting';
      const row = { stack: publication.stack, state, publication: JSON.stringify(publication) };
      return { ...publication, id: database.insert('publications', row), state };
    },
    updatePublication: (id, change) =>
      database.transaction(() => {
        const [before] = select('id = ?', Number(id));
        if (before === undefined) return;
        const next = { ...before, ...change };
        const sql = 'UPDATE publications SET state = ?, publication = ? WHERE id = ?';
        database.run(sql, next.state, JSON.stringify(next), Number(id));
      }),
    publications: (stack, state) =>
      state === undefined
        ? select('stack = ? ORDER BY id', stack)
        : select('stack = ? AND state = ? ORDER BY id', stack, state),
    publication: (id) => select('id = ?', Number(id))[0],
    searchPublications: (stack, { repository, tag, contains, before, limit }) =>
      select(
        `stack = ?1 AND (?2 IS NULL OR json_extract(publication, '$.repository') = ?2)
           AND (?3 IS NULL OR json_extract(publication, '$.tag') = ?3)
           AND (?4 IS NULL OR id IN (SELECT image FROM image_packages WHERE hash = ?4))
           AND (?5 IS NULL OR id < ?5) ORDER BY id DESC LIMIT ?6`,
        stack,
        repository,
        tag,
        contains,
        before === undefined ? undefined : Number(before),
        limit,
      ),
    setImagePackages: (id, hashes) =>
      database.run(
        'INSERT OR IGNORE INTO image_packages (hash, image) SELECT value, ? FROM json_each(?)',
        Number(id),
        JSON.stringify(hashes),
      ),
  };
}
