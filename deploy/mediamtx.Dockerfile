# MediaMTX with the hook that tells the orchestrator who publishes. Its own image has neither a shell nor curl.
#   docker build --file deploy/mediamtx.Dockerfile --tag livedub-mediamtx .
FROM bluenviron/mediamtx:1.15.1 AS mediamtx

FROM debian:12.12-slim
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home livedub
COPY --from=mediamtx /mediamtx /usr/local/bin/mediamtx
COPY deploy/mediamtx-hook /usr/local/bin/mediamtx-hook
COPY deploy/mediamtx.yml /etc/mediamtx.yml
USER 10001
EXPOSE 1935 8554 8888 8890/udp
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["curl", "--silent", "--fail", "--output", "/dev/null", "http://127.0.0.1:9997/v3/paths/list"]
ENTRYPOINT ["mediamtx", "/etc/mediamtx.yml"]
