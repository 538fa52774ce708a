// Runs in the page: what a viewer does with the <video> and sees in it, whatever plays it (see players.js).
/* global VideoFrame, MediaStreamTrackProcessor, playing */
let video = document.getElementById('video');
const canvas = document.createElement('canvas');
const context = canvas.getContext('2d', { willReadFrequently: true });
const faults = [];

const watch = () => video.addEventListener('error', () => faults.push(`video: ${video.error.code} ${video.error.message}`));
watch();

/** Reads the 20 squares in the top eighth of a picture (see tools/framecode); -1 when they can't be read. */
function numberIn(frame) {
  const width = frame.displayWidth;
  const row = Math.round(frame.displayHeight / 16);
  canvas.width = width;
  canvas.height = 1;
  context.drawImage(frame, 0, row, width, 1, 0, 0, width, 1);
  const pixels = context.getImageData(0, 0, width, 1).data;
  const square = Math.floor(width / 20);
  let number = 0;
  for (let bit = 0; bit < 20; bit++) {
    const at = 4 * (bit * square + Math.floor(square / 2));
    const light = 0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
    if (light > 80 && light < 175) return -1;
    number = number * 2 + (light >= 175 ? 1 : 0);
  }
  return number;
}

/** The picture now shown: its own time in seconds, the number on it and its lines. */
function shown() {
  const frame = new VideoFrame(video);
  const seen = { time: frame.timestamp / 1e6, number: numberIn(frame), height: frame.displayHeight };
  frame.close();
  return seen;
}

const once = (name) => new Promise((resolve) => video.addEventListener(name, resolve, { once: true }));
const nextPicture = () => new Promise((resolve) => video.requestVideoFrameCallback((_, about) => resolve(about)));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Goes to a time, in seconds. */
async function seek(time) {
  const seeked = once('seeked');
  video.currentTime = time;
  await seeked;
}

/** There may be data and no picture of it yet. */
async function firstShown() {
  const drawn = nextPicture();
  try {
    return shown();
  } catch {
    await drawn;
    return shown();
  }
}

/** Plays to the end and gives every picture whose callback came before it; `each` is called with it. */
async function playOut(each = () => {}) {
  const pictures = [];
  const note = (_, about) => {
    pictures.push({ ...shown(), presented: about.presentedFrames });
    each(pictures.at(-1));
    if (!video.ended) video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  const ended = atEnd();
  await video.play();
  await ended;
  return pictures;
}

/** Where dash.js (5.2) sees that the end has come before the browser does, it goes there and pauses, and nothing ends. */
function atEnd() {
  const paused = new Promise((resolve) => {
    const look = () => video.paused && !video.seeking && video.currentTime > video.duration - 0.001 && resolve();
    for (const name of ['pause', 'seeked']) video.addEventListener(name, look);
  });
  return Promise.race([once('ended'), paused]);
}

const buffered = () => Array.from({ length: video.buffered.length }, (_, i) => [video.buffered.start(i), video.buffered.end(i)]);

/** Plays to the end; gives every picture whose callback came, the one that stands there then, and the browser's own figures. */
window.playThrough = async (rate = 1) => {
  video.playbackRate = rate;
  const pictures = await playOut();
  const quality = video.getVideoPlaybackQuality();
  return {
    pictures,
    last: shown(),
    faults,
    dropped: quality.droppedVideoFrames,
    corrupted: quality.corruptedVideoFrames ?? 0,
    total: quality.totalVideoFrames,
    buffered: buffered(),
    duration: video.duration,
  };
};

/**
 * Plays to the end and asks for one of these qualities after the other, for what is fetched from then on: for the next when
 * the one before is shown, and a second and a half have passed. Not with little in the buffer: a quality that nobody asked
 * for before must be encoded first. And not in the last seconds: Video.js (8.24) throws away what it has, and may come to
 * the end before it has it again.
 */
window.playSwitching = async (heights) => {
  let [asked, due] = [0, 0];
  const pictures = await playOut(({ time, height }) => {
    if (asked && height !== heights[asked - 1]) return;
    if (asked === heights.length || time < due || time > video.duration - 4) return;
    if (!(buffered().at(-1)?.[1] > time + 2)) return;
    playing.next(heights[asked++]);
    due = time + 1.5;
  });
  return { pictures, last: shown(), faults };
};

/** Seeks to each time in turn and reads the picture shown there. */
window.lookAt = async (times) => {
  video.pause();
  const pictures = [];
  for (const time of times) {
    const picture = nextPicture();
    await seek(time);
    await picture;
    pictures.push(shown());
  }
  return { pictures, faults };
};

/** Sets one quality after the other, `[{ height, times }…]`, and reads the picture at each time in it. */
window.lookInQualities = async (plan) => {
  video.pause();
  const steps = [];
  for (const { height, times } of plan) {
    await playing.now(height);
    const pictures = [];
    for (const wanted of times) {
      // What is in the buffer is thrown away when the quality changes, and a picture that stands still is not drawn anew:
      // so the place is gone to again until it is shown in this quality.
      for (let nudge = 0; ; nudge = nudge ? 0 : 0.001) {
        await seek(wanted + nudge);
        const seen = shown();
        if (seen.height === height && seen.time < wanted + 0.001 && wanted - seen.time < 0.05) break;
        await pause(100);
      }
      pictures.push({ ...shown(), wanted });
    }
    steps.push({ height, pictures });
  }
  return { steps, faults };
};

/**
 * Chooses captions and reads those shown at each time in turn, `[{ time, texts }…]`, for which a player may take a while.
 * Captions that come after the place was gone to, dash.js (5.2) shows when the time moves next, and here nothing moves it:
 * so the place is gone to again now and then.
 */
window.readCaptions = async (language, plan) => {
  video.pause();
  await playing.captions(language);
  const read = [];
  for (const { time, texts } of plan) {
    await seek(time);
    for (let tries = 1; String(playing.texts()) !== String(texts) && tries <= 200; tries++) {
      await pause(50);
      if (tries % 40 === 0) await seek(time);
    }
    read.push(playing.texts());
  }
  return { read, faults };
};

/** The cues that the browser shows; a player that draws them itself has its own. */
const activeTexts = (tracks) =>
  Array.from(tracks).filter((track) => track.mode === 'showing').flatMap((track) => Array.from(track.activeCues ?? [], (cue) => cue.text));

/**
 * Chooses a sound by its name at each time in turn, `[{ sound, time, pitches: [before, after] }…]`, and gives the pitch of
 * what is heard from there on, `{ heard, wanted, at }`, in Hz and seconds. Pitches change at `step`. What was in the buffer may
 * be played first, and a player may go back on its own to change the sound: so it is listened to for a while, and begun
 * again a few times.
 */
window.listen = async (plan, step) => {
  video.pause();
  // Only what is heard can be captured.
  video.muted = false;
  const pitches = [];
  let before;
  for (const { sound, time, pitches: [low, high] } of plan) {
    // What is on its way in the sound before, dash.js (5.2) and Video.js (8.24) put beside what comes in the new one.
    for (let had; had !== String(buffered()); await pause(400)) had = String(buffered());
    if (sound !== before) await playing.sound(sound);
    before = sound;
    let last;
    const isWanted = () => last && Math.abs(last.heard - last.wanted) < 25;
    for (let tries = 0; tries < 4 && !isWanted(); tries++) {
      await seek(time);
      await video.play();
      do {
        const heard = await heardPitch();
        const at = video.currentTime;
        last = { heard, wanted: at > step ? high : low, at };
      } while (!isWanted() && video.currentTime < Math.min(time + 3, video.duration - 1.5));
      video.pause();
    }
    pitches.push(last);
  }
  return { pitches, sounds: playing.sounds(), faults };
};

/** The pitch of half a second of what the video now sounds like, in Hz. Not a number where another sound takes its place. */
async function heardPitch() {
  const [track] = video.captureStream().getAudioTracks();
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  let [crossings, passed, seconds, before] = [0, 0, 0, 0];
  while (seconds < 0.5) {
    const { value, done } = await reader.read();
    if (done) return NaN;
    const samples = new Float32Array(value.numberOfFrames);
    value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
    // What was in the pipes before is not counted, and silence neither.
    const counts = passed > 0.3;
    for (const sample of samples) {
      if (sample === 0) continue;
      if (counts && before < 0 !== sample < 0) crossings++;
      before = sample;
      passed += 1 / value.sampleRate;
      if (counts) seconds += 1 / value.sampleRate;
    }
    value.close();
  }
  track.stop();
  return crossings / 2 / seconds;
}

/** What the page knows by now, for who waited in vain. */
window.standing = () => ({
  faults, time: video.currentTime, duration: video.duration, ready: video.readyState, paused: video.paused, seeking: video.seeking,
  tracks: [...video.textTracks].map(({ mode, language, cues }) => [mode, language, cues?.length]), buffered: buffered(),
});
