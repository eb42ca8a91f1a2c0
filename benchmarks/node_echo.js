// The yardstick: a Socket.IO echo as a Node engineer writes it, speaking the same events. It checks nothing, keeps no
// order, no limits and no metrics; it only has to be quick.
//
//   node benchmarks/node_echo.js PORT
"use strict";

const http = require("node:http");
const path = require("node:path");
const { createRequire } = require("node:module");
const { randomUUID } = require("node:crypto");

// socket.io is installed for the JavaScript tests; there is no second copy of it.
const { Server } = createRequire(path.join(__dirname, "../tests/js/package.json"))("socket.io");

const web = http.createServer((request, response) => {
  response.writeHead(request.url === "/ready" ? 200 : 404, { "content-type": "application/json" });
  response.end('{"status":"ready"}\n');
});

const io = new Server(web, {
  transports: ["websocket"],
  perMessageDeflate: false,
  maxHttpBufferSize: 50e6,
  pingInterval: 25_000,
  pingTimeout: 10_000,
  serveClient: false,
});

io.on("connection", (socket) => {
  let streamId;
  let fragments = 0;
  let durationMs = 0;
  let workMs = 0;
  let slowestMs = 0;

  socket.on("stream:init", (stream) => {
    streamId = stream.stream_id;
    socket.emit("stream:ready", {
      stream_id: streamId,
      session_id: randomUUID(),
      max_inflight: stream.max_inflight ?? 3,
      capabilities: { batch_processing: false, async_delivery: true, binary_audio: true, protocol_version: "1.1" },
    });
  });

  socket.on("fragment:data", (fragment) => {
    const began = performance.now();
    socket.emit("fragment:ack", { fragment_id: fragment.fragment_id, status: "processing" });
    const tookMs = Math.round(performance.now() - began);
    fragments += 1;
    durationMs += fragment.audio.duration_ms;
    workMs += tookMs;
    slowestMs = Math.max(slowestMs, tookMs);
    socket.emit("fragment:processed", {
      fragment_id: fragment.fragment_id,
      stream_id: fragment.stream_id,
      sequence_number: fragment.sequence_number,
      status: "success",
      dubbed_audio: fragment.audio,
      transcript: `[ECHO] fragment ${fragment.sequence_number}`,
      translated_text: `[ECHO] fragment ${fragment.sequence_number}`,
      processing_time_ms: tookMs,
    });
  });

  socket.on("fragment:ack", () => {});

  socket.on("stream:end", () => {
    socket.emit("stream:complete", {
      stream_id: streamId,
      total_fragments: fragments,
      total_duration_ms: durationMs,
      statistics: {
        success_count: fragments,
        partial_count: 0,
        failed_count: 0,
        avg_processing_time_ms: fragments ? Math.round(workMs / fragments) : 0,
        p95_processing_time_ms: slowestMs,
      },
    });
    socket.disconnect(true);
  });
});

process.on("SIGTERM", () => process.exit(0));
web.listen(Number(process.argv[2]), "127.0.0.1");
