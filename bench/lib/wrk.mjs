// Load: as many requests as a server answers, from one core that is not the server's.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from '../../e2e/lib/run.mjs';
import { clientCore } from './cores.mjs';

const scripts = join(dirname(dirname(fileURLToPath(import.meta.url))), 'wrk');
export const connections = 16;

/** Asks `origin` for paths in turn, over so many connections; `list` is where the list may be written. */
export function paths(list, names, many = connections) {
  writeFileSync(list, `${names.join('\n')}\n`);
  return (origin, seconds) => load(origin, seconds, many, 'paths.lua', list);
}

/** Asks for 1 MB at random places of a file of `size` bytes. */
export function ranges(path, size) {
  return (origin, seconds) => load(origin + path, seconds, connections, 'ranges.lua', String(size));
}

/** Runs wrk: `{ seconds, requests, bytes }`. An answer that was no success is an error. */
async function load(url, seconds, many, script, argument) {
  const { stdout } = await must('taskset', ['-c', String(clientCore), 'wrk', '-t', '1', '-c', String(many),
    '-d', `${seconds}s`, '--timeout', '30s', '-s', join(scripts, script), url, '--', argument]);
  const seen = JSON.parse(stdout.trim().split('\n').pop());
  if (seen.refused || seen.broken) throw new Error(`wrk ${url}: ${stdout}`);
  return seen;
}
