import type { ServerSettingsView, SettingEntry } from '../../../src/protocol/index.ts';
import { Crumbs, Section, Waiting, useTitle } from '../parts/page-parts.tsx';
import { useResource } from '../resource.ts';
import '../style/settings.css';

/** The configuration as the server sees it, without secrets. */
export function SettingsView() {
  useTitle('Settings');
  const { data, failure } = useResource<ServerSettingsView>('/settings');
  return (
    <>
      <Crumbs steps={[['Stacks', '/'], ['Settings']]} />
      <header class="head">
        <h1>Settings</h1>
        <span class="faint">
          read at the start of the server; <a href="/docs/reference/configuration.html">the reference</a> explains each
        </span>
      </header>
      {data === undefined ? (
        <Waiting failure={failure} />
      ) : (
        <div class="settings">
          {data.groups.map(({ title, entries }) => (
            <Section key={title} id={title.toLowerCase().replaceAll(' ', '-')} title={title}>
              {entries.map((entry) => (
                <Entry key={entry.name} entry={entry} />
              ))}
            </Section>
          ))}
        </div>
      )}
    </>
  );
}

function Entry({ entry: { name, facts } }: { entry: SettingEntry }) {
  return (
    <>
      <h3>{name}</h3>
      <dl>
        {facts.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
