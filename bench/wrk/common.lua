-- What wrk saw, as one line of JSON at the end of its output. Loaded by the other scripts.
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"seconds":%.6f,"requests":%.0f,"bytes":%.0f,"refused":%.0f,"broken":%.0f}\n',
    summary.duration / 1e6, summary.requests, summary.bytes,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
