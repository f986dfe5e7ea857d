import { useState } from 'preact/hooks';
import { ApiFailure } from '../api.ts';
import { session, signInAddress, signInWithToken, signOut } from '../session.ts';
import '../style/actions.css';

/** Who is signed in, with a button to sign out; or the ways to sign in, if that is needed. */
export function Account() {
  const known = session.value;
  if (known === undefined || known.isLocal) return null;
  if (known.isSession)
    return (
      <p class="account">
        {known.name}
        <button type="button" class="plain" onClick={() => void signOut()}>
          Sign out
        </button>
      </p>
    );
  return (
    <details class="account">
      <summary>Sign in</summary>
      <SignIn onDone={() => location.reload()} />
    </details>
  );
}

/** The providers of the server, and a field for an access token. */
export function SignIn({ onDone, returnTo }: { readonly onDone: () => void; readonly returnTo?: string }) {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string>();
  const send = async (event: Event) => {
    event.preventDefault();
    try {
      await signInWithToken(token);
      onDone();
    } catch (error) {
      setProblem(error instanceof ApiFailure ? error.message : 'The server does not answer.');
    }
  };
  return (
    <form class="question" onSubmit={(event) => void send(event)}>
      <ProviderLinks returnTo={returnTo} />
      <TokenField token={token} onInput={setToken} />
      <button type="submit">Sign in</button>
      {problem !== undefined && (
        <p class="notice" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

/** Where one signs in with a provider, and comes back. */
export function ProviderLinks({ returnTo }: { readonly returnTo?: string }) {
  return (
    <>
      {session.value?.providers.map(({ id, title }) => (
        <a key={id} href={signInAddress(id, returnTo)}>
          Sign in with {title}
        </a>
      ))}
    </>
  );
}

export function TokenField({ token, onInput }: { readonly token: string; readonly onInput: (token: string) => void }) {
  return (
    <label>
      Access token
      <input
        type="password"
        required
        autocomplete="off"
        value={token}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}
