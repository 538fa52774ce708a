// What a log of deliveries that were settled long ago costs those that are made now.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { receive } from '../../e2e/lib/receiver.mjs';
import { until } from '../../e2e/lib/poll.mjs';
import { atMost, fact, median, note } from '../lib/stats.mjs';

export const name = 'deliveries';
export const title = 'Deliveries beside a log that has grown';
export const how =
  'Ten endpoints on this machine. An upload is made by POST, and it is counted until all ten have been told of it; then a ' +
  'hundred uploads are made one right after the other. First with an empty log, then with many events of a week that all ' +
  'ten have long got, written into the stopped server\u2019s database.';

const endpoints = 10;
const burst = 100;

export async function measure(scene) {
  const { settledEvents, deliveryRounds } = scene.sizes;
  const { server, api } = await scene.server();
  const receivers = await Promise.all(Array.from({ length: endpoints }, () => receive()));
  try {
    for (const { url } of receivers) await api.call('POST', '/webhooks', { url });
    const before = await seen(api, receivers, deliveryRounds);
    await server.stop();
    execFileSync('python3', ['-c', settle, join(server.data, 'subclip.db'), String(settledEvents)]);
    await server.restart();
    const beside = await seen(api, receivers, deliveryRounds);
    const facts = (of, which) => [
      fact(`${which}: one event until all have it`, of.one, 'ms'),
      fact(`${which}: POST in the burst`, of.post, 'ms'),
      fact(`${which}: ${burst} events until all have them`, [of.all], 'ms'),
    ];
    return {
      facts: [
        note('settled deliveries', String(settledEvents * endpoints)),
        ...facts(before, 'empty log'),
        ...facts(beside, 'grown log'),
      ],
      verdicts: [
        atMost('one event, against an empty log, medians', 2, median(beside.one) / median(before.one), 'times'),
      ],
    };
  } finally {
    await Promise.all(receivers.map((receiver) => receiver.close()));
  }
}

async function seen(api, receivers, rounds) {
  const told = async (count) => {
    const begun = receivers.map(({ got }) => got.length);
    return () => until('all are told', () => receivers.every(({ got }, n) => got.length >= begun[n] + count), {
      withinMs: 300_000, everyMs: 2,
    });
  };
  const one = [];
  for (let round = 0; round < rounds; round++) {
    const all = await told(1);
    const began = performance.now();
    await api.call('POST', '/uploads', {});
    await all();
    one.push(performance.now() - began);
  }
  const post = [];
  const all = await told(burst);
  const began = performance.now();
  for (let n = 0; n < burst; n++) {
    const asked = performance.now();
    await api.call('POST', '/uploads', {});
    post.push(performance.now() - asked);
  }
  await all();
  return { one, post, all: performance.now() - began };
}

/** Events of the last week, each delivered to every webhook. */
const settle = `
import json, os, sqlite3, sys, time
db = sqlite3.connect(sys.argv[1])
workspace, = db.execute("SELECT id FROM workspace").fetchone()
hooks = [row[0] for row in db.execute("SELECT id FROM webhook")]
data, = db.execute("SELECT data FROM event WHERE kind = 'upload.created' LIMIT 1").fetchone()
count, now = int(sys.argv[2]), int(time.time() * 1000)
with db:
    for n in range(count):
        at, event, subject = now - 7 * 86400000 + n, os.urandom(16), os.urandom(16)
        db.execute("INSERT INTO event (id, workspace, kind, subject_type, subject, number, data, created_ms) "
                   "VALUES (?, ?, 'upload.created', 'upload', ?, 1, ?, ?)", (event, workspace, subject, data, at))
        db.executemany("INSERT INTO delivery (id, webhook, event, subject, number, state, attempts, failures, claims, "
                       "created_ms, first_attempt_ms, finished_ms) VALUES (?, ?, ?, ?, 1, 'delivered', 1, 0, 1, ?, ?, ?)",
                       [(os.urandom(16), hook, event, subject, at, at, at) for hook in hooks])
`;
