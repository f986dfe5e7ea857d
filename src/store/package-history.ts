import type { PackageHistory, PhaseHistory } from '../coordinator/index.ts';
import type { Database } from './database.ts';

/** The least weight of the newest run in a mean. */
const NEWEST = 0.25;

const MEASURES = ['seconds', 'cpu_seconds', 'memory', 'disk'] as const;
type Measure = (typeof MEASURES)[number];

const largest = (measure: Measure) => `max_${measure}`;

/** Merges a run into a mean and a maximum; either side may lack the measure. */
const merged = (measure: Measure) => `
  ${measure} = COALESCE(
    ${measure} + (excluded.${measure} - ${measure}) * MAX(1.0 / (runs + 1), ${NEWEST}), ${measure}, excluded.${measure}),
  ${largest(measure)} = COALESCE(
    MAX(${largest(measure)}, excluded.${measure}), ${largest(measure)}, excluded.${measure})`;

const COLUMNS = [...MEASURES, ...MEASURES.map(largest)];
const RECORD = `
  INSERT INTO package_history (package, version, phase, runs, method, at, ${COLUMNS.join(', ')})
  VALUES (?, ?, ?, 1, ?, ?, ${COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT DO UPDATE SET ${MEASURES.map(merged).join(',')},
    method = COALESCE(excluded.method, method), at = excluded.at, runs = runs + 1`;

/** Reads and writes the history of packages in SQLite. */
export function createPackageHistory(database: Database): PackageHistory {
  return {
    record: (measure) => {
      const values = [measure.seconds, measure.cpuSeconds, measure.memory, measure.disk];
      const { package: name, version, phase, method, at } = measure;
      database.run(RECORD, name, version, phase, method, at, ...values, ...values);
    },
    phases: (phase) =>
      database.all<PhaseHistory>(
        `SELECT package, version, phase, runs, method, at, seconds, max_seconds AS maxSeconds,
           cpu_seconds AS cpuSeconds, max_cpu_seconds AS maxCpuSeconds, memory, max_memory AS maxMemory,
           disk, max_disk AS maxDisk
         FROM package_history WHERE phase = ? ORDER BY package, version`,
        phase,
      ),
  };
}
