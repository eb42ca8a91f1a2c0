// A media worker with the official Socket.IO client, for the tests of the server. Prints what it hears as JSON lines:
// {"event", "args", "at_ms"}, where the client's own events are named "@connect", "@connect_error", "@disconnect", and
// its sends "@sent". Bytes are printed as {"$bytes": base64}.
//
//   node tests/js/worker.mjs http://127.0.0.1:8000 '{"fragments": 10, "binary": true}'

import crypto from "node:crypto";

import { io } from "socket.io-client";

const [url, given] = process.argv.slice(2);
const options = {
  stream_id: "stream-js",
  worker_id: "worker-js",
  token: undefined,
  fragments: 0,
  bytes: 1000,
  binary: false,
  max_inflight: 3,
  end: true, // send stream:end when all fragments are answered
  linger_ms: 0, // after a disconnect, to see whether the client comes back
  timeout_ms: 20_000, // of this whole process
  ...JSON.parse(given ?? "{}"),
};
const sound = { format: "pcm_s16le", sample_rate_hz: 48_000, channels: 1 };

setTimeout(() => finish("the worker ran out of time", 3), options.timeout_ms).unref();

const socket = io(url, {
  transports: ["websocket"],
  auth: options.token === undefined ? {} : { token: options.token },
  extraHeaders: { "X-Stream-ID": options.stream_id, "X-Worker-ID": options.worker_id },
  reconnectionDelay: 50,
  reconnectionDelayMax: 100,
});

let sent = 0;
let answered = 0;

socket.onAny((event, ...args) => tell(event, ...args));
socket.on("connect", () => {
  sent = answered = 0;
  tell("@connect");
  socket.emit("stream:init", {
    stream_id: options.stream_id,
    worker_id: options.worker_id,
    config: { source_language: "en", target_language: "es", ...sound },
    max_inflight: options.max_inflight,
  });
});
socket.on("connect_error", (error) => {
  tell("@connect_error", { message: error.message, data: error.data ?? null, active: socket.active });
  if (!socket.active) setTimeout(finish, options.linger_ms);
});
socket.on("disconnect", (reason) => {
  tell("@disconnect", { reason, active: socket.active });
  if (!socket.active) setTimeout(finish, options.linger_ms);
});
socket.on("stream:ready", () => {
  while (sent < options.fragments && sent - answered < options.max_inflight) sendFragment();
});
socket.on("fragment:processed", (result) => {
  answered += 1;
  socket.emit("fragment:ack", { fragment_id: result.fragment_id, status: "applied", timestamp: Date.now() });
  if (sent < options.fragments) sendFragment();
  else if (answered === sent && options.end) {
    socket.emit("stream:end", { stream_id: options.stream_id, reason: "all is said" });
  }
});

function sendFragment() {
  const data = Buffer.from(Uint8Array.from({ length: options.bytes }, (_, at) => (at * 31 + sent) & 255));
  const fragment_id = crypto.randomUUID();
  tell("@sent", { fragment_id, sequence_number: sent });
  socket.emit("fragment:data", {
    fragment_id,
    stream_id: options.stream_id,
    sequence_number: sent,
    timestamp: Date.now(),
    audio: {
      ...sound,
      duration_ms: 6000,
      ...(options.binary ? { data } : { data_base64: data.toString("base64") }),
    },
  });
  sent += 1;
}

function tell(event, ...args) {
  // A Buffer turns itself into JSON before a replacer sees it, so the field is looked at in what holds it.
  const line = JSON.stringify({ event, args, at_ms: performance.now() }, function (name, value) {
    return Buffer.isBuffer(this[name]) ? { $bytes: this[name].toString("base64") } : value;
  });
  process.stdout.write(`${line}\n`);
}

function finish(problem, status = 0) {
  if (problem) process.stderr.write(`${problem}\n`);
  socket.disconnect();
  process.exitCode = status;
  if (problem) process.exit();
}
