# One image for api, worker and migrate; only DATABASE_URL differs from the embedded default.
FROM python:3.11-slim-bookworm AS build
WORKDIR /source
COPY requirements-build.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY .gitignore pyproject.toml hatch_build.py README.md ./
COPY engine engine
COPY hotline hotline
COPY api api
COPY web web
COPY minhu minhu
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PROCESSES_ROOT=/app \
    PROCESSES_DIR=/app/processes \
    MINHU_VAR=/var/lib/minhu \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-deps --no-index /wheels/*.whl \
    && rm -r /wheels \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin minhu \
    && install -d -o minhu -g minhu -m 0700 /var/lib/minhu /var/lib/minhu/attachments
COPY processes processes
COPY forms forms
USER 10001:10001
EXPOSE 8000
CMD ["minhu", "serve"]
