// What a picture really is, by its own bytes: `{ kind, width, height }`.
export function picture(bytes) {
  if (bytes.readUInt32BE(0) === 0x89504e47) return { kind: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return { kind: 'webp', ...webp(bytes) };
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
