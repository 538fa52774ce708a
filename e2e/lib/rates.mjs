// What playing takes, reckoned from segments as they came: `{ bits, seconds }` each, in order. Plainly, set by set.
import assert from 'node:assert/strict';
import { get } from './http.mjs';
import { mediaPlaylist } from './playlist.mjs';

/** The segments of a media playlist as they are sent, one after the other, and its target duration. */
export async function sent(url) {
  const fetch = async (address) => {
    const answer = await get(address);
    assert.equal(answer.status, 200, `${address}: ${answer.status} ${answer.body.subarray(0, 200)}`);
    return answer.body;
  };
  const text = (await fetch(url)).toString();
  const segments = [];
  for (const { url: address, duration } of mediaPlaylist(text, url).segments)
    segments.push({ bits: (await fetch(address)).length * 8, seconds: duration });
  return { segments, targetSeconds: Number(/^#EXT-X-TARGETDURATION:(\d+)$/m.exec(text)[1]) };
}

const sum = (segments) => segments.reduce((all, one) => ({ bits: all.bits + one.bits, seconds: all.seconds + one.seconds }), { bits: 0, seconds: 0 });

/** Bits per second of them all (RFC 8216, 4.1). */
export const average = ({ segments }) => sum(segments).bits / sum(segments).seconds;

/** The largest rate of segments that follow each other for a half to one and a half of the target duration (RFC 8216, 4.1). */
export function peak({ segments, targetSeconds }) {
  const rates = segments.flatMap((_, from) => segments.slice(from).map((__, more) => sum(segments.slice(from, from + more + 1)))).filter(
    ({ seconds }) => seconds >= targetSeconds / 2 && seconds <= targetSeconds * 1.5,
  );
  return Math.max(0, ...rates.map(({ bits, seconds }) => bits / seconds));
}

/** The least rate of a channel with which who begins anywhere, and waits, has every segment when it is due (ISO/IEC 23009-1, 5.3.5.2). */
export function steady({ segments }, waitSeconds) {
  const rates = segments.flatMap((_, from) =>
    segments.slice(from).map((__, more) => sum(segments.slice(from, from + more + 1)).bits / (waitSeconds + sum(segments.slice(from, from + more)).seconds)),
  );
  return Math.max(0, ...rates);
}
