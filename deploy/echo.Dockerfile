# The echo service: the whole protocol without an engine, to test against.
#   docker build --file deploy/echo.Dockerfile --tag livedub-echo .
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

FROM debian:12.12-slim
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home livedub
COPY --from=build /opt/livedub /opt/livedub
ENV PATH=/opt/livedub/bin:$PATH
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/health', timeout=4)"]
# To be reached from outside: HOST=0.0.0.0, and STS_API_KEY.
ENTRYPOINT ["python", "-m", "sts_service.echo"]
