#!/usr/bin/env node
// Runs a command beside a server of its own, and tells it where by its environment: SUBCLIP_URL, SUBCLIP_TOKEN_ID,
// SUBCLIP_TOKEN_SECRET, and SUBCLIP_MEDIA, the paths of one media file of every kind, separated by colons.
//
//   node e2e/with-server.mjs COMMAND [ARGS…]
import { spawn } from 'node:child_process';
import { hevc10, interlaced, portrait } from './lib/media.mjs';
import { media } from './lib/paths.mjs';
import { Server } from './lib/server.mjs';
import { token } from './lib/token.mjs';

const [command, ...args] = process.argv.slice(2);
const given = ['rabbit.mp4', 'crystal.mp4', 'crystal.webm', 'viper.mp3', 'car-detection.mp4'].map(media);
const files = [...given, await portrait(), await hevc10(), await interlaced()];
const server = await Server.start();
const child = spawn(command, args, {
  stdio: 'inherit',
  env: {
    ...process.env,
    SUBCLIP_URL: server.url,
    SUBCLIP_TOKEN_ID: token.id,
    SUBCLIP_TOKEN_SECRET: token.secret,
    SUBCLIP_MEDIA: files.join(':'),
  },
});
const code = await new Promise((resolve) => child.on('exit', (status, signal) => resolve(signal ? 1 : status)));
server.assertWell();
await server.stop();
process.exitCode = code;
