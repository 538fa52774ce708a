// Runs in the page, after viewer.js: the common players, each as its users drive it.
/* global video:writable, faults, watch, once, nextPicture, firstShown, activeTexts */

/** Adds a player's own script. */
const script = (name) =>
  new Promise((resolve, reject) => {
    const tag = Object.assign(document.createElement('script'), { src: `/plain/${name}`, onload: resolve });
    tag.onerror = () => reject(new Error(`${name} did not load`));
    document.head.append(tag);
  });

const fault = (player) => (said) => faults.push(`${player}: ${typeof said === 'string' ? said : JSON.stringify(said)}`);

/** The first of a list for which something holds; a player without one has not understood what it was given. */
function chosen(list, what, holds) {
  const one = Array.from(list).find(holds);
  if (!one) throw new Error(`there is no ${what} among ${JSON.stringify(Array.from(list, (item) => [item.height, item.language, item.label]))}`);
  return one;
}

// A lower quality is encoded when it is asked for, which takes its time on a busy machine.
const patience_ms = 60_000;

/**
 * The players. `load(url, ahead, captions)` begins to play an address in `video`, or in a <video> that it puts in its place,
 * fetches `ahead` seconds in advance, and knows the language of `captions` that will be chosen. `now(height)` changes the
 * quality of what is shown, `next(height)` of what is fetched from then on. `captions(language)` shows captions, `texts()`
 * are those shown. `sound(name)` chooses a sound of `sounds()`.
 */
const players = {
  'hls.js': {
    async load(url, ahead) {
      await script('hls.min.js');
      const hls = (this.hls = new window.Hls({ maxBufferLength: ahead, maxMaxBufferLength: ahead, backBufferLength: Infinity }));
      hls.config.fragLoadPolicy.default.maxTimeToFirstByteMs = patience_ms;
      hls.on('hlsError', (_, { type, details, error }) => {
        // A load that the player itself gives up when it changes quality or sound is no fault, nor what it loads again for a
        // place that it has in another quality.
        if (this.switched && ['aborted', 'bufferAppendNoProgress'].includes(details)) return;
        // Who is the first to ask for a lower quality may have to wait for it.
        const top = Math.max(...hls.levels.map(({ height }) => height));
        if (details === 'bufferStalledError' && hls.levels[hls.loadLevel].height < top) return;
        fault('hls.js')(`${type} ${details} ${error?.message ?? ''}`);
      });
      // hls.js (1.7) notices a few times a second that its first sound is heard, and does not come to the end before: a
      // viewer is slower than that, a test may not be.
      const heard = new Promise((resolve) => {
        hls.once('hlsManifestParsed', (_, { audioTracks }) => audioTracks.length || resolve());
        hls.once('hlsAudioTrackSwitched', resolve);
      });
      hls.loadSource(url);
      hls.attachMedia(video);
      await heard;
    },
    level(height) {
      this.switched = true;
      return this.hls.levels.indexOf(chosen(this.hls.levels, height, (level) => level.height === height));
    },
    now(height) {
      this.hls.currentLevel = this.level(height);
    },
    next(height) {
      this.hls.nextLoadLevel = this.level(height);
    },
    captions(language) {
      this.hls.subtitleTrack = this.hls.subtitleTracks.indexOf(chosen(this.hls.subtitleTracks, language, ({ lang }) => lang === language));
    },
    texts: () => activeTexts(video.textTracks),
    sounds() {
      return this.hls.audioTracks.map(({ name, lang }) => [name, lang]);
    },
    sound(name) {
      this.switched = true;
      this.hls.audioTrack = this.hls.audioTracks.indexOf(chosen(this.hls.audioTracks, name, (track) => track.name === name));
    },
  },
  shaka: {
    async load(url, ahead, captions) {
      await script('shaka-player.compiled.js');
      const player = (this.player = new window.shaka.Player());
      player.configure({ streaming: { bufferingGoal: ahead, bufferBehind: 600, retryParameters: { timeout: patience_ms } } });
      // Shaka (5.2) places captions by HLS beside the pictures that it takes in after they were chosen; in a film that is
      // all there already, none come. So they are chosen before.
      if (captions) player.configure({ preferredText: [{ language: captions }] });
      player.addEventListener('error', ({ detail }) => fault('shaka')(`${detail.code} ${detail.data}`));
      await player.attach(video);
      await player.load(url);
    },
    select(height, clear) {
      this.player.configure('abr.enabled', false);
      const tracks = this.player.getVariantTracks();
      this.player.selectVariantTrack(chosen(tracks, height, (track) => track.height === height), clear);
    },
    now(height) {
      this.select(height, true);
    },
    next(height) {
      this.select(height, false);
    },
    captions(language) {
      this.player.selectTextTrack(chosen(this.player.getTextTracks(), language, (track) => track.language === language));
    },
    texts: () => activeTexts(video.textTracks),
    sounds() {
      return this.player.getAudioTracks().map(({ label, language }) => [label, language]);
    },
    sound(name) {
      this.player.selectAudioTrack(chosen(this.player.getAudioTracks(), name, ({ label }) => label === name));
    },
  },
  'dash.js': {
    async load(url, ahead) {
      await script('dash.all.min.js');
      const player = (this.player = window.dashjs.MediaPlayer().create());
      player.on('error', ({ error }) => fault('dash.js')(`${error.code} ${error.message}`));
      player.updateSettings({
        streaming: {
          buffer: { bufferTimeDefault: ahead, bufferTimeAtTopQuality: ahead, bufferTimeAtTopQualityLongForm: ahead, bufferToKeep: 600 },
          fragmentRequestTimeout: patience_ms,
        },
      });
      this.captioned = new Promise((resolve) =>
        player.on('fragmentLoadingCompleted', ({ request }) => request.mediaType === 'text' && resolve()));
      player.initialize(video, url, false);
    },
    select(height, replace) {
      this.player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } });
      const list = this.player.getRepresentationsByType('video');
      this.player.setRepresentationForTypeById('video', chosen(list, height, (one) => one.height === height).id, replace);
    },
    now(height) {
      this.select(height, true);
    },
    next(height) {
      this.select(height, false);
    },
    async captions(language) {
      const list = this.player.getTracksFor('text');
      this.player.setTextTrack(list.indexOf(chosen(list, language, (track) => track.lang === language)));
      // dash.js (5.2) gives captions that are on their way up when one seeks, and does not ask for them again.
      await this.captioned;
    },
    texts: () => activeTexts(video.textTracks),
    sounds() {
      return this.player.getTracksFor('audio').map(({ labels, lang }) => [labels[0]?.text, lang]);
    },
    sound(name) {
      this.player.setCurrentTrack(chosen(this.player.getTracksFor('audio'), name, ({ labels }) => labels[0]?.text === name));
    },
  },
  'video.js': {
    async load(url, ahead) {
      await script('video.min.js');
      const { videojs } = window;
      videojs.Vhs.GOAL_BUFFER_LENGTH = videojs.Vhs.MAX_GOAL_BUFFER_LENGTH = ahead;
      const player = (this.player = videojs(video, { html5: { vhs: { overrideNative: true }, nativeAudioTracks: false } }));
      player.on('error', () => fault('video.js')(player.error()));
      player.src({ src: url, type: url.includes('.mpd') ? 'application/dash+xml' : 'application/vnd.apple.mpegurl' });
      video = document.querySelector('video');
    },
    next(height) {
      const list = this.player.tech({ IWillNotUseThisInPlugins: true }).vhs.representations();
      const one = chosen(list, height, (representation) => representation.height === height);
      one.enabled(true);
      for (const other of list) if (other !== one) other.enabled(false);
    },
    captions(language) {
      chosen(this.player.textTracks(), language, (track) => track.language === language && track.kind !== 'metadata').mode = 'showing';
    },
    texts() {
      return activeTexts(this.player.textTracks());
    },
    sounds() {
      return Array.from(this.player.audioTracks(), ({ label, language }) => [label, language]);
    },
    sound(name) {
      chosen(this.player.audioTracks(), name, ({ label }) => label === name).enabled = true;
    },
  },
  // Takes a playback id and makes the address itself: https://stream.{domain}/{id}.m3u8 and its parameters.
  'mux-player': {
    async load(url, ahead) {
      await script('mux-player.js');
      const { hostname, pathname, searchParams } = new URL(url);
      const player = (this.player = document.createElement('mux-player'));
      const attributes = {
        'playback-id': pathname.slice(1).replace('.m3u8', ''), 'custom-domain': hostname.replace('stream.', ''),
        'extra-source-params': String(searchParams), 'prefer-playback': 'mse', 'stream-type': 'on-demand',
        muted: '', 'disable-tracking': '', 'disable-cookies': '', crossorigin: 'anonymous',
      };
      player._hlsConfig = { maxBufferLength: ahead, maxMaxBufferLength: ahead };
      for (const [name, value] of Object.entries(attributes)) player.setAttribute(name, value);
      player.addEventListener('error', ({ detail }) => fault('mux-player')(detail?.message ?? 'error'));
      document.getElementById('stage').replaceChildren(player);
      await window.customElements.whenDefined('mux-player');
      video = player.media.nativeEl ?? player.media;
    },
    next(height) {
      const list = [...this.player.videoRenditions];
      this.player.videoRenditions.selectedIndex = list.indexOf(chosen(list, height, (one) => one.height === height));
    },
    captions(language) {
      chosen(this.player.textTracks, language, (track) => track.language === language && track.kind === 'subtitles').mode = 'showing';
    },
    texts() {
      return activeTexts(this.player.textTracks);
    },
    sounds() {
      return [...this.player.audioTracks].map(({ label, language }) => [label, language]);
    },
    sound(name) {
      const one = chosen(this.player.audioTracks, name, ({ label }) => label === name);
      // The first one that is enabled is heard.
      for (const track of this.player.audioTracks) track.enabled = track === one;
    },
  },
  // Chromium's own: HLS, and files.
  native: {
    async load(url) {
      video.src = url;
    },
  },
};

let playing;

window.playsItself = () => video.canPlayType('application/vnd.apple.mpegurl') !== '';

/** Opens an address in one of the players, and waits for the first picture. */
window.openIn = async (name, url, { ahead = 600, captions } = {}) => {
  const [before, drawn] = [video, nextPicture()];
  playing = players[name];
  await playing.load(url, ahead, captions);
  if (video !== before) watch();
  video.muted = true;
  while (video.readyState < 2) await Promise.race([once('loadeddata'), once('canplay')]);
  // Who plays before the first picture stands on the screen may lose the next.
  if (video === before) await drawn;
  return { duration: video.duration, first: await firstShown(), width: video.videoWidth, height: video.videoHeight };
};

/**
 * Winds in Shaka, which fetches key pictures alone meanwhile, until the end. Little may be in the buffer before, since what
 * is there is played first.
 */
window.windInShaka = async () => {
  const ended = once('ended');
  await video.play();
  playing.player.trickPlay(8);
  await ended;
  return faults;
};
