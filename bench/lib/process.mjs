// What the kernel says of a process: its processor time and its memory.
import { readFileSync } from 'node:fs';

// USER_HZ: what the kernel counts processor time in for programs, on every architecture this runs on.
const ticksPerSecond = 100;

/** Seconds of processor time of a process and its living children. */
export function cpuSeconds(pid) {
  return [pid, ...children(pid)].reduce((sum, one) => sum + ownSeconds(one), 0);
}

/** The living children of a process. */
export function children(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
}

function ownSeconds(pid) {
  // The name, in brackets, may hold spaces; user and system time are the 12th and 13th fields after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The memory a process holds and the most it ever held, without its children's, in MB. */
export function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name) => (Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)[1]) * 1024) / 1e6;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}
