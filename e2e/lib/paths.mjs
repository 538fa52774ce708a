// Where things are: the repository, its media, the binary under test, and folders outside the tree.
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const e2e = dirname(dirname(fileURLToPath(import.meta.url)));
export const root = dirname(e2e);
export const media = (name) => join(e2e, 'media', name);
export const framecodeTool = join(root, 'tools', 'framecode');

/** A folder that outlives the run: made media is kept there. */
export const cache = firstWritable([
  join(process.env.XDG_CACHE_HOME || join(homedir() || tmpdir(), '.cache'), 'subclip', 'e2e'),
  join(tmpdir(), 'subclip-e2e-cache'),
]);

/** The release binary: `SUBCLIP_BIN`, or where `./test` and `./run` build it. */
export const binary =
  process.env.SUBCLIP_BIN ||
  [process.env.CARGO_TARGET_DIR, join(dirname(cache), 'target'), join(root, 'target')]
    .filter(Boolean)
    .map((target) => join(target, 'release', 'subclip'))
    .find(existsSync) ||
  'subclip';

/** A new empty folder that goes when the process ends. */
export function scratch(name) {
  const folder = mkdtempSync(join(tmpdir(), `subclip-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where pictures for a person to look at are left; it outlives the run. */
export function gallery() {
  const folder = process.env.SUBCLIP_SHOTS || join(tmpdir(), 'subclip-shots');
  mkdirSync(folder, { recursive: true });
  return folder;
}

function firstWritable(folders) {
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      return folder;
    } catch {
      continue;
    }
  }
  throw new Error(`none of ${folders.join(', ')} can be made`);
}
