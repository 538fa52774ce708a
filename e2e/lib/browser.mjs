// Debian's Chromium, without a screen, and the page in it that plays and reads what is shown.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { e2e } from './paths.mjs';

const executablePath =
  process.env.CHROMIUM || ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** `hosts` are names that lead to a port of this machine, where any certificate is fine; no other name leads anywhere. */
export function openBrowser({ hosts } = {}) {
  const rules = Object.entries(hosts ?? {}).map(([name, port]) => `MAP ${name} 127.0.0.1:${port}`);
  const mapped = hosts
    ? [`--host-resolver-rules=${[...rules, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'].join(',')}`, '--ignore-certificate-errors']
    : [];
  return chromium.launch({
    executablePath,
    args: [...mapped, '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--no-first-run', '--autoplay-policy=no-user-gesture-required'],
  });
}

// What each page asked for and is not answered yet.
const open = new WeakMap();

/**
 * Runs something in a page that may wait for ever: after `seconds` it fails, and says how the page stands. `what` is what
 * was to happen.
 */
export async function within(page, what, run, argument, seconds = 45) {
  let timer;
  const tooLong = new Promise((_, reject) => {
    timer = setTimeout(async () => {
      const requests = [...open.get(page)].map((request) => request.url());
      reject(new Error(`waited in vain until it ${what}: ${JSON.stringify({ ...(await page.evaluate(() => window.standing())), requests })}`));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([page.evaluate(run, argument), tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

// Each is a file that a page asks for by its name.
const libraries = [
  'hls.js/dist/hls.min.js', '@mux/upchunk/dist/upchunk.js', 'shaka-player/dist/shaka-player.compiled.js',
  'dashjs/dist/modern/umd/dash.all.min.js', 'video.js/dist/video.min.js', '@mux/mux-player/dist/mux-player.js',
];

/** A page of its own for one test, served by `files` (a loopback origin other than Subclip's, so CORS is in play). */
export async function openPage(browser, files, html = 'players.html') {
  const page = await browser.newPage({ viewport: { width: 640, height: 360 } });
  page.setDefaultTimeout(60_000);
  const said = [];
  const asked = new Set();
  page.on('request', (request) => asked.add(request));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => asked.delete(request));
  open.set(page, asked);
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && said.push(`${message.text()} ${message.location().url}`));
  for (const library of libraries) files.url(join(e2e, 'node_modules', library));
  for (const name of ['viewer.js', 'players.js', 'upload.js']) files.url(join(e2e, 'page', name));
  await page.goto(files.url(join(e2e, 'page', html)));
  return { page, said };
}
