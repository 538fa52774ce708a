// Runs in the page: plays one thing in the <video> and writes down what a viewer would see.
/* global Hls, VideoFrame */
const video = document.getElementById('video');
const canvas = document.createElement('canvas');
const context = canvas.getContext('2d', { willReadFrequently: true });
const faults = [];

video.addEventListener('error', () => faults.push(`video: ${video.error.code} ${video.error.message}`));

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

/** The picture now shown: its own time in seconds and the number on it. */
function shown() {
  const frame = new VideoFrame(video);
  const seen = { time: frame.timestamp / 1e6, number: numberIn(frame) };
  frame.close();
  return seen;
}

const once = (name) => new Promise((resolve) => video.addEventListener(name, resolve, { once: true }));
const nextPicture = () => new Promise((resolve) => video.requestVideoFrameCallback((_, about) => resolve(about)));

/** Opens an HLS address through hls.js, or a file by itself, and waits for the first picture. */
window.openMedia = async (url, { hls }) => {
  const first = nextPicture();
  if (hls) {
    // The whole of these short clips is wanted in the buffer, so that joins show up as gaps if they are any.
    const player = new Hls({ maxBufferLength: 600, backBufferLength: Infinity });
    player.on(Hls.Events.ERROR, (_, data) => faults.push(`hls.js: ${data.type} ${data.details} ${data.error?.message ?? ''}`));
    player.loadSource(url);
    player.attachMedia(video);
  } else video.src = url;
  await first;
  return { duration: video.duration, first: shown(), width: video.videoWidth, height: video.videoHeight };
};

/** Plays to the end at normal speed; gives every picture whose callback came, and the player's own figures. */
window.playThrough = async () => {
  const pictures = [];
  const note = (_, about) => {
    pictures.push({ ...shown(), presented: about.presentedFrames });
    if (!video.ended) video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  const ended = once('ended');
  await video.play();
  await ended;
  const quality = video.getVideoPlaybackQuality();
  return {
    pictures,
    faults,
    dropped: quality.droppedVideoFrames,
    corrupted: quality.corruptedVideoFrames ?? 0,
    total: quality.totalVideoFrames,
    buffered: Array.from({ length: video.buffered.length }, (_, i) => [video.buffered.start(i), video.buffered.end(i)]),
    duration: video.duration,
  };
};

/** Seeks to each time in turn and reads the picture shown there. */
window.lookAt = async (times) => {
  video.pause();
  const pictures = [];
  for (const time of times) {
    const picture = nextPicture();
    const seeked = once('seeked');
    video.currentTime = time;
    await seeked;
    await picture;
    pictures.push(shown());
  }
  return { pictures, faults };
};
