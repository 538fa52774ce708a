// Which core does what when a server is measured: it has one for itself, and its clients another.
import { readFileSync } from 'node:fs';
import { must } from '../../e2e/lib/run.mjs';

const allowed = /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
const cores = allowed.split(',').flatMap((part) => {
  const [first, last = first] = part.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
});
export const serverCore = cores[0];
export const clientCore = cores[1] ?? cores[0];

/** Does `work`, which starts a program; the program sees and uses the server's core alone. */
export async function onServerCore(work) {
  await pin(String(serverCore));
  try {
    return await work();
  } finally {
    await pin(allowed);
  }
}

// What this thread starts inherits where it may run.
const pin = (list) => must('taskset', ['-c', '-p', list, String(process.pid)]);
