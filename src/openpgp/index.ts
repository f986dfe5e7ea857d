/**
 * A small reader of OpenPGP for jobs: it accepts the signatures and keys that gpg, Spack and the notary make by default,
 * with the cryptography of Node.js, and decides nothing about anything else. It refuses nothing: whatever it does not
 * accept is left to the notary's verifier, which knows all of OpenPGP but takes longer to load than most jobs run.
 */
export { clearsignedAcceptor } from './accept-clearsigned.ts';
