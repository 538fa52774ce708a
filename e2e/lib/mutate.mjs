// Damages media files in the ways that break parsers: the same damage for the same seed.

const mutations = {
  bytes(file, random) {
    for (let n = random.between(1, 40); n > 0; n--) file[random.below(file.length)] = random.below(256);
    return file;
  },
  /** Most of a file is media; its tables are at the ends, and that is where to hit. */
  tables(file, random) {
    const reach = Math.min(file.length, 6000);
    const base = random.chance(0.5) ? 0 : file.length - reach;
    for (let n = random.between(1, 30); n > 0; n--) file[base + random.below(reach)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
    return file;
  },
  truncate: (file, random) => file.subarray(0, random.below(file.length)),
  /** An absurd 32-bit number where a size, count or offset is likely: right before or after a four-letter name. */
  numbers(file, random) {
    const names = [];
    for (let at = 4; at < Math.min(file.length - 16, 200_000); at++)
      if (file.subarray(at, at + 4).every((c) => (c >= 97 && c <= 122) || (c >= 48 && c <= 57))) names.push(at);
    if (names.length === 0) return mutations.bytes(file, random);
    for (let n = random.between(1, 4); n > 0; n--) {
      const at = random.pick(names) + random.pick([-4, 4, 8, 12]);
      file.writeUInt32BE(random.pick([0, 1, 7, 8, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, random.below(2 ** 32)]), at);
    }
    return file;
  },
  hole(file, random) {
    const at = random.below(file.length);
    file.subarray(at, at + random.between(1, 4000)).fill(random.pick([0, 0xff]));
    return file;
  },
  repeat(file, random) {
    const at = random.below(file.length);
    const piece = file.subarray(at, at + random.between(1, 20_000));
    return Buffer.concat([file.subarray(0, at), piece, piece, file.subarray(at)]);
  },
  remove(file, random) {
    const at = random.below(file.length);
    return Buffer.concat([file.subarray(0, at), file.subarray(at + random.between(1, 20_000))]);
  },
};

/** A damaged copy of `file`, and the name of what was done to it. */
export function mutate(file, random) {
  const kinds = Object.keys(mutations);
  const kind = random.pick(kinds);
  let damaged = mutations[kind](Buffer.from(file), random);
  if (random.chance(0.2)) damaged = mutations.bytes(Buffer.from(damaged.length ? damaged : file), random);
  return { kind, damaged };
}
