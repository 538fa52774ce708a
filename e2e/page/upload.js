// Runs in the page: sends a file with UpChunk, as a customer's web page would.
/* global UpChunk */
window.sendFile = async ({ from, endpoint, chunkSize }) => {
  const bytes = await (await fetch(from)).blob();
  const upload = UpChunk.createUpload({
    endpoint, chunkSize, file: new File([bytes], 'video.mp4', { type: 'video/mp4' }), attempts: 20, delayBeforeAttempt: 0.25,
    // 0 is what a connection that broke looks like.
    retryCodes: [0, 408, 502, 503, 504],
  });
  const seen = { chunks: 0, failures: [], progress: 0 };
  upload.on('progress', ({ detail }) => (seen.progress = detail));
  upload.on('attemptFailure', ({ detail }) => seen.failures.push(detail.message));
  upload.on('chunkSuccess', () => (seen.chunks += 1));
  await new Promise((resolve, reject) => {
    upload.on('success', resolve);
    upload.on('error', ({ detail }) => reject(new Error(detail.message)));
  });
  return seen;
};
