# syntax=docker/dockerfile:1

# GraphiQL, so that its page needs no internet.
FROM node:24-slim AS graphiql
WORKDIR /build
COPY graphiql/package.json graphiql/package-lock.json graphiql/.npmrc ./
RUN npm ci
COPY graphiql/ ./
RUN npm run build

# The dependencies, apart from the code: they change less often. README.md is what the metadata points at, no more.
FROM python:3.13-slim AS dependencies
WORKDIR /build
RUN python -m venv /venv
COPY pyproject.toml ./
RUN touch README.md && /venv/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.13-slim
ENV PATH="/venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    ENVIRONMENT=production \
    DATA_DIR=/data \
    PORT=8000
# Numbers, so that an orchestrator can see that it is not root.
RUN groupadd --gid 10001 registry \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin registry \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
WORKDIR /srv
COPY --from=dependencies /venv /venv
COPY alembic.ini ./
COPY alembic/ alembic/
COPY app/ app/
COPY schema/ schema/
COPY --from=graphiql /build/dist graphiql/dist
# The code is root's and compiled here: the server can run on a read-only file system, with only /data to write to.
RUN python -m compileall -q app schema alembic
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/live', timeout=4)"]
CMD ["python", "-m", "app", "serve", "--host", "0.0.0.0"]
