# The speech service that dubs, on a GPU with CUDA 12 (driver 525 or newer, NVIDIA's container toolkit on the host).
#   docker build --file deploy/sts-cuda.Dockerfile --tag livedub-sts-cuda .
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
COPY apps/sts-service apps/sts-service
RUN /opt/building/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir wheels \
        libs/dubbing-protocol libs/service-kit libs/fragment-audio apps/sts-service \
    && /opt/livedub/bin/python -m pip install --no-cache-dir --no-index --no-deps wheels/*.whl
# The engines beyond the embedded ones, by the extras of sts-service; docs/engines.md tells what each is good for
# and its licence.
ARG EXTRAS=whisper,deepl,ctranslate2,elevenlabs,trace
COPY deploy/requirements-cuda.txt ./
RUN /opt/livedub/bin/python -m pip install --no-cache-dir --constraint requirements-dev.txt \
        --requirement requirements-cuda.txt --find-links wheels "sts-service[$EXTRAS]"

FROM debian:12.12-slim
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends \
        apertium \
        apertium-eng-spa \
        ca-certificates \
        espeak-ng-data \
        libespeak-ng1 \
        python3 \
        rubberband-cli \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --create-home --home-dir /var/lib/livedub livedub \
    && install --directory --owner livedub --group livedub /models
COPY --from=build /opt/livedub /opt/livedub
ENV PATH=/opt/livedub/bin:$PATH \
    LD_LIBRARY_PATH=/opt/livedub/lib/python3.11/site-packages/nvidia/cublas/lib \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    MODEL_PATH=/models \
    HF_HOME=/models/hub
USER 10001
WORKDIR /var/lib/livedub
VOLUME ["/models", "/var/lib/livedub"]
EXPOSE 8000
# Loading a large model takes a while; until then /ready, which is for load balancers, says 503.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/health', timeout=4)"]
# To be reached from outside: HOST=0.0.0.0, and STS_API_KEY.
ENTRYPOINT ["python", "-m", "sts_service.full"]
