// How much is measured. Footage is made in multiples of 8 s: that many seconds are whole packets of 48 kHz AAC.

export const full = {
  footageSeconds: 120,
  tenMinutes: 600,
  twoHours: 7200,
  clips: 40,
  firstClips: 5,
  pairs: 20,
  rounds: 5,
  serveSeconds: 5,
  serveRounds: 5,
  memorySeconds: 20,
  viewerSeconds: 40,
  settledEvents: 90_000,
  deliveryRounds: 20,
};

export const quick = {
  footageSeconds: 96,
  tenMinutes: 192,
  twoHours: 960,
  clips: 5,
  firstClips: 2,
  pairs: 3,
  rounds: 2,
  serveSeconds: 1,
  serveRounds: 2,
  memorySeconds: 3,
  viewerSeconds: 8,
  settledEvents: 2_000,
  deliveryRounds: 5,
};
