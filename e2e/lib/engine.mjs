// The engine under a server: found, and exchanged for one that fails or waits.
import { chmodSync, copyFileSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './paths.mjs';
import { must } from './run.mjs';

/**
 * An FFmpeg of the test's own for `SUBCLIP_FFMPEG`, exchangeable while the server runs: `die` has it end by a signal when it
 * is started, `hang` do nothing for ever, `go` be missing, and `live` work again. The sandbox lets it start no other program.
 */
export async function exchangeable() {
  const folder = scratch('engine');
  const program = join(folder, 'ffmpeg');
  const real = (await must('sh', ['-c', 'command -v ffmpeg'])).stdout.trim();
  const built = async (name, code) => {
    writeFileSync(join(folder, `${name}.c`), code);
    await must('cc', ['-o', join(folder, name), join(folder, `${name}.c`)]);
    return join(folder, name);
  };
  const dies = await built('dies', '#include <stdio.h>\nint main(void) { fputs("half a pic", stdout); fflush(stdout); __builtin_trap(); }\n');
  const hangs = await built('hangs', '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n');
  const become = (from) => {
    copyFileSync(from, `${program}.new`);
    chmodSync(`${program}.new`, 0o755);
    renameSync(`${program}.new`, program);
  };
  become(real);
  return { program, die: () => become(dies), hang: () => become(hangs), go: () => rmSync(program), live: () => become(real) };
}

/** The process ids of each FFmpeg among a server's descendants. */
export function enginesOf(server) {
  const parents = new Map();
  const engines = [];
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    let stat;
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    } catch {
      continue; // It ended while we looked.
    }
    const [, command, rest] = /\((.*)\) (.*)/s.exec(stat);
    const [state, parent] = rest.split(' ');
    parents.set(Number(name), Number(parent));
    if (command === 'ffmpeg' && state !== 'Z') engines.push(Number(name));
  }
  const descends = (pid) => pid > 1 && (pid === server.pid || descends(parents.get(pid) ?? 0));
  return engines.filter(descends);
}
