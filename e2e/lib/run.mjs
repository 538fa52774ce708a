// Running a program to its end.
import { spawn } from 'node:child_process';

/**
 * Runs `command` and gives `{ code, signal, stdout, stderr }`, whatever the outcome.
 * With `binary`, stdout is a Buffer; `input` is written to stdin; after `withinMs` the program is killed.
 */
export function run(command, args, { env, cwd, input, binary = false, withinMs = 600_000, uid, gid } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, cwd, uid, gid, timeout: withinMs, killSignal: 'SIGKILL' });
    const out = [];
    const err = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const stdout = Buffer.concat(out);
      resolve({ code, signal, stdout: binary ? stdout : stdout.toString(), stderr: Buffer.concat(err).toString() });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** As `run`, but an exit code other than 0 is an error that quotes the last lines the program said. */
export async function must(command, args, options) {
  const done = await run(command, args, options);
  if (done.code !== 0) {
    const said = `${done.stderr}${options?.binary ? '' : done.stdout}`.trim().split('\n').slice(-6).join('\n');
    throw new Error(`${command} ${args.join(' ')}: exit ${done.code ?? done.signal}\n${said}`);
  }
  return done;
}

export const ffmpeg = (args, options) => must('ffmpeg', ['-hide_banner', '-nostdin', '-v', 'error', '-y', ...args], options);
