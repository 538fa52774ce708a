// What a picture really is, by its own bytes: `{ kind, width, height }`.
export function picture(bytes) {
  if (bytes.readUInt32BE(0) === 0x89504e47) return { kind: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return { kind: 'webp', ...webp(bytes) };
  if (bytes.toString('latin1', 0, 4) === 'GIF8') return { kind: 'gif', width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  if (bytes.readUInt16BE(0) === 0xffd8) return { kind: 'jpg', ...jpeg(bytes) };
  throw new Error(`no picture: ${bytes.subarray(0, 16).toString('hex')}`);
}

/** The size in the frame header, the first SOFn marker (ITU-T T.81, B.2.2). */
function jpeg(bytes) {
  let at = 2;
  for (;;) {
    const marker = bytes[at + 1];
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
}

/** The size in the first chunk: lossy, lossless or extended (RFC 9649). */
function webp(bytes) {
  const chunk = bytes.toString('latin1', 12, 16);
  if (chunk === 'VP8 ') return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  if (chunk === 'VP8L') {
    const bits = bytes.readUInt32LE(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
}

/**
 * The frames of an animated WebP (RFC 9649, 2.7.1.1): `[{ duration_ms, width, height, still }…]`, of which `still` is the
 * frame's own part of the picture as a WebP file that does not move.
 */
export function webpFrames(bytes) {
  const frames = [];
  for (let at = 12; at < bytes.length; ) {
    const size = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === 'ANMF') {
      const body = bytes.subarray(at + 8 + 16, at + 8 + size);
      const riff = Buffer.alloc(12);
      riff.write('RIFF', 0, 'latin1');
      riff.writeUInt32LE(body.length + 4, 4);
      riff.write('WEBP', 8, 'latin1');
      frames.push({
        duration_ms: bytes.readUIntLE(at + 8 + 12, 3),
        width: bytes.readUIntLE(at + 8 + 6, 3) + 1,
        height: bytes.readUIntLE(at + 8 + 9, 3) + 1,
        still: Buffer.concat([riff, body]),
      });
    }
    at += 8 + size + (size % 2);
  }
  return frames;
}
