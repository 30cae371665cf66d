# The HTTP service. Build from the root of the project: docker build -f docker/Dockerfile.app .
ARG BASE_IMAGE=djp-base:bookworm
FROM ${BASE_IMAGE}

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="djp-workflow app" \
      org.opencontainers.image.description="HTTP service of djp-workflow: health, readiness, tasks" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

WORKDIR /opt/djp
COPY LICENSE ./
COPY config ./config
COPY src ./src
# The named volumes take the owner of the folder they are mounted on.
RUN install -d -o 10001 -g 10001 /opt/djp/artifacts /opt/djp/var

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJP_HTTP_HOST=0.0.0.0 \
    DJP_HTTP_PORT=8080
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=2)"]
CMD ["python3", "-m", "src.app"]
