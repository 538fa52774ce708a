// Debian's Chromium, without a screen, and the page in it that plays and reads what is shown.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { e2e } from './paths.mjs';

const executablePath =
  process.env.CHROMIUM || ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export function openBrowser() {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--no-first-run', '--autoplay-policy=no-user-gesture-required'],
  });
}

/** A page of its own for one test, served by `files` (a loopback origin other than Subclip's, so CORS is in play). */
export async function openPage(browser, files, html = 'player.html', script = 'player.js') {
  const page = await browser.newPage({ viewport: { width: 640, height: 360 } });
  page.setDefaultTimeout(60_000);
  const said = [];
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  for (const library of ['hls.js/dist/hls.min.js', '@mux/upchunk/dist/upchunk.js']) files.url(join(e2e, 'node_modules', library));
  files.url(join(e2e, 'page', script));
  await page.goto(files.url(join(e2e, 'page', html)));
  return { page, said };
}
