import { SignIn } from '../parts/account.tsx';
import { Crumbs, Waiting, useTitle } from '../parts/page-parts.tsx';
import { useQuery } from '../query-state.ts';
import { session, signOut } from '../session.ts';
import '../style/sign-in.css';

/** Signs people in, and returns them to the page that `return` names. */
export function SignInView() {
  useTitle('Sign in');
  const [wanted] = useQuery('return', '/');
  const known = session.value;
  // Only a path of this server is followed.
  const target = /^\/(?![/\\])/.test(wanted) ? wanted : '/';
  if (known === undefined) return <Waiting />;
  return (
    <div class="sign-in">
      <Crumbs steps={[['Stacks', '/'], ['Sign in']]} />
      <h1>Sign in</h1>
      {known.isLocal ? (
        <p>
          This server accepts all requests of this machine. Configure <a href="/docs/operations/access.html">sign-in</a>{' '}
          before others can reach it.
        </p>
      ) : known.isSession ? (
        <>
          <p>You are signed in as {known.name}.</p>
          <p>
            <a href={target}>Continue</a>{' '}
            <button type="button" onClick={() => void signOut()}>
              Sign out
            </button>
          </p>
        </>
      ) : (
        <>
          <SignIn returnTo={target} onDone={() => location.assign(target)} />
          <p class="faint">
            An administrator creates access tokens with <code>slipway token create</code>.
          </p>
        </>
      )}
    </div>
  );
}
