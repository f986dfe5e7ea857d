import type { SecretSource } from '../../kit/index.ts';
import { sharesRepository, type ForgeLedger, type Stack, type StackConfiguration } from '../../coordinator/index.ts';
import { createIdentityVerifier } from '../../identity/index.ts';
import type { SignText } from '../../mirror/index.ts';
import { createNotary } from '../../notary/index.ts';
import { mirrorStorage } from './mirror-storage.ts';
import { openForge } from './open-forge.ts';
import { stackIncludes, type IncludeLibrary } from './open-includes.ts';
import type { ServerParts } from './server-parts.ts';
import { mirrorChangeOf } from './spack-mirror.ts';
import type { NotaryLink } from '../notary/notary-link.ts';
import { fillLayoutV2, repairMirror, publishMirrorKeys, stackMirror } from './stack-mirror.ts';

interface StackParts extends ServerParts {
  readonly ledger: ForgeLedger;
  readonly notary: NotaryLink;
  readonly includes: IncludeLibrary;
}

/** Opens what serves one stack: its forge, its mirror (repaired after a crash), its notary, its secrets. */
export async function openStack(configuration: StackConfiguration, parts: StackParts): Promise<Stack> {
  const { notary: link, settings, clock } = parts;
  const { name, layouts, hookToken, triggerToken, triggerTokens } = configuration;
  const { verifier } = link.keys;
  const storage = await mirrorStorage(configuration, parts);
  const sign: SignText = (text) => link.signing.signStatement({ stack: name, root: '', text });
  const mirror = stackMirror({ storage, layouts, verifier, sign, clock });
  const notary = createNotary({ signing: link.signing, store: mirror.root(''), verifier, index: mirror.publisher('') });
  await repairMirror(storage, mirror, link.keys.keys);
  await fillLayoutV2(mirror, { stack: name, notary, log: parts.log });
  link.keys.onChange(({ keys }) => publishMirrorKeys(mirror, keys));
  const reveal = async (source: SecretSource | undefined, purpose: string) =>
    source && settings.reveal(source, `${purpose} of stack \`${name}\``);
  const forge = await openForge(configuration, parts);
  return {
    configuration,
    mirror,
    forge,
    sharesRepository: sharesRepository(configuration, settings.configuration.stacks),
    mirrorChange: mirrorChangeOf(configuration, forge, settings),
    notary,
    includes: await stackIncludes(configuration, parts.includes, settings),
    identities: createIdentityVerifier(configuration.identities, { clock }),
    hookToken: await reveal(hookToken, 'the hook'),
    triggerToken: await reveal(triggerToken, 'triggers'),
    accounts: await Promise.all(
      triggerTokens.map(async ({ actor, token }) => ({
        actor,
        token: await settings.reveal(token, `triggers by \`${actor}\` of stack \`${name}\``),
      })),
    ),
    secrets: await Promise.all(
      configuration.secrets.map(async ({ name: variable, from, scope, type }) => ({
        name: variable,
        scope,
        isFile: type === 'file',
        value: await settings.reveal(from, `variable \`${variable}\` of stack \`${name}\``),
      })),
    ),
  };
}
