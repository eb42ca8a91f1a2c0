# The orchestrator with its workers and the control room. No GPU, no models.
#   docker build --file deploy/media.Dockerfile --tag livedub-media .
FROM debian:12.12-slim AS page
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /page
COPY apps/media-service/page ./
# What the page takes from others, as scripts/setup puts it into the tree: the page asks nothing of the internet.
RUN npm ci --ignore-scripts --no-audit --no-fund && mkdir -p vendor/hls vendor/uplot vendor/swagger-ui
WORKDIR /page/node_modules
RUN cp hls.js/dist/hls.light.min.mjs hls.js/dist/hls.worker.js hls.js/LICENSE ../vendor/hls/ \
    && cp uplot/dist/uPlot.esm.js uplot/dist/uPlot.min.css uplot/LICENSE ../vendor/uplot/ \
    && cp swagger-ui-dist/swagger-ui-bundle.js swagger-ui-dist/swagger-ui.css swagger-ui-dist/LICENSE \
        swagger-ui-dist/NOTICE ../vendor/swagger-ui/

FROM debian:12.12-slim AS build
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements.txt requirements-dev.txt ./
RUN python3 -m venv /opt/livedub && python3 -m venv /opt/building \
    && /opt/livedub/bin/python -m pip install --no-cache-dir --requirement requirements.txt \
    && /opt/building/bin/python -m pip install --no-cache-dir --constraint requirements-dev.txt setuptools wheel
COPY libs libs
COPY apps/media-service apps/media-service
COPY --from=page /page/vendor apps/media-service/media_service/page/static/vendor
RUN /opt/building/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir wheels \
        libs/dubbing-protocol libs/service-kit libs/fragment-audio apps/media-service \
    && /opt/livedub/bin/python -m pip install --no-cache-dir --no-index --no-deps wheels/*.whl \
    && /opt/livedub/bin/python -m pip install --no-cache-dir --constraint requirements-dev.txt \
        --find-links wheels "media-service[trace]" \
    # Debian's binding to GStreamer is built for Debian's Python, which this environment has.
    && ln -s /usr/lib/python3/dist-packages/gi /opt/livedub/lib/python3.11/site-packages/gi

FROM debian:12.12-slim
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends \
        ca-certificates \
        gir1.2-gst-plugins-base-1.0 \
        gir1.2-gstreamer-1.0 \
        gstreamer1.0-plugins-bad \
        gstreamer1.0-plugins-base \
        gstreamer1.0-plugins-good \
        gstreamer1.0-rtsp \
        gstreamer1.0-tools \
        python3 \
        python3-gi \
        python3-gst-1.0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --create-home --home-dir /var/lib/livedub livedub
COPY --from=build /opt/livedub /opt/livedub
ENV PATH=/opt/livedub/bin:$PATH \
    LIVEDUB_STATE_DIR=/var/lib/livedub/state
USER 10001
WORKDIR /var/lib/livedub
VOLUME /var/lib/livedub
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('LIVEDUB_PORT', '8080') + '/healthz', timeout=4)"]
# LIVEDUB_STS_SERVICE_URL is needed; to be reached from outside, LIVEDUB_HOST=0.0.0.0 and LIVEDUB_TOKEN too.
ENTRYPOINT ["python", "-m", "media_service.orchestrator"]
