// What it was measured on.
import { cpus, release, totalmem } from 'node:os';
import { binary } from '../../e2e/lib/paths.mjs';
import { run } from '../../e2e/lib/run.mjs';
import { smartcut } from './programs.mjs';

/** Lines of `[what, which]`. */
export async function machine() {
  const cores = cpus();
  const said = async (command, args, pattern) => {
    const { stdout, stderr } = await run(command, args);
    return pattern.exec(stdout + stderr)?.[1] ?? 'unknown';
  };
  return [
    ['Processor', `${cores.length} cores of ${cores[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB of memory`],
    ['Kernel', `Linux ${release()}`],
    ['Subclip', await said(binary, ['--version'], /(\d\S*)/)],
    ['FFmpeg', await said('ffmpeg', ['-version'], /version (\S+)/)],
    ['nginx', await said('nginx', ['-v'], /nginx\/(\S+)/)],
    ['wrk', await said('wrk', ['-v'], /wrk (?:debian\/)?(\S+)/)],
    ['smartcut', await said(smartcut, ['--version'], /(\d+\.\d\S*)/)],
  ];
}
