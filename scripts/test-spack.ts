/**
 * `npm run test:spack`: the tests that drive a real Spack. There are none yet; this says so, and what is looked for,
 * so that nobody takes the silence for a pass.
 */
const place = process.env.SPACK_ROOT;
console.log(`skipped: no test drives a real Spack yet (SPACK_ROOT is ${place === undefined ? 'not set' : place})`);
