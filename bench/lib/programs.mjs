// The programs compared with, and how long a program takes from its start to its end.
import { must } from '../../e2e/lib/run.mjs';

/** Where `bench/run` installed it. */
export const smartcut = process.env.SMARTCUT || 'smartcut';

/** Runs a program to its successful end and gives the milliseconds it took, and what it said. */
export async function timed(command, args, options) {
  const began = performance.now();
  const { stdout } = await must(command, args, options);
  return { ms: performance.now() - began, stdout };
}
