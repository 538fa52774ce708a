// What is on disk under a server's data folder.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

// The database grows and shrinks as it likes; everything else has to be accounted for.
const database = /\.(db|sqlite3?)(-wal|-shm|-journal)?$/;

/**
 * Every file but the database's, as `{ path: size }` with paths relative to `folder`. What each run of the server
 * names anew (`run-…`) is listed under one name, and a second one as `… again`.
 */
export function contents(folder) {
  const found = {};
  const visit = (directory) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) existsSync(path) && visit(path);
      else if (!database.test(entry.name)) {
        // A file may go between the listing and the look.
        const size = statSync(path, { throwIfNoEntry: false })?.size;
        if (size === undefined) continue;
        let name = relative(folder, path).replace(/\brun-[^/.]+/, 'run-*');
        while (name in found) name += ' again';
        found[name] = size;
      }
    }
  };
  visit(folder);
  return found;
}

/** Files of `now` that were not there `before`. */
export const added = (before, now) => Object.keys(now).filter((path) => !(path in before));

export const bytes = (listing) => Object.values(listing).reduce((sum, size) => sum + size, 0);

/** Whether some file in the folder holds exactly these bytes. */
export function holds(folder, wanted) {
  const digest = (buffer) => createHash('sha256').update(buffer).digest('hex');
  const want = digest(wanted);
  return Object.entries(contents(folder)).some(
    ([path, size]) => size === wanted.length && existsSync(join(folder, path)) && digest(readFileSync(join(folder, path))) === want,
  );
}
