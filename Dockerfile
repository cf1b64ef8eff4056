# Fairground without a database of its own: DATABASE_URL says where PostgreSQL 15 or later is.
#
#   docker build --tag fairground .
#   docker run --env DATABASE_URL=postgres://… --publish 8080:8080 fairground
#   docker run --env DATABASE_URL=postgres://… fairground game add wheel --title "Wheel of fortune"

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without what only development needs, and without the optional packages: they hold the Node.js and the PostgreSQL that a
# clone brings along, 250 MB of them. Nothing here reads source maps and types while it runs; they are half of the rest.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && find node_modules -type f \( -name "*.map" -o -name "*.d.ts" -o -name "*.d.cts" -o -name "*.d.mts" \) -delete

# Builds the pages. A whole install: the optional packages hold the bundler's binaries. What pages are made of does not reach the image.
FROM node:24-bookworm-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
COPY src/web/package.json src/web/package-lock.json src/web/.npmrc ./src/web/
RUN npm ci --prefix src/web --ignore-scripts --no-audit --no-fund
COPY src ./src
COPY scripts/web.ts scripts/webTexts.ts scripts/web.mjs scripts/packages.mjs ./scripts/
RUN node scripts/web.ts \
  && cd src/web && rm -rf node_modules admin game package.json package-lock.json tsconfig.json .npmrc

FROM node:24-bookworm-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Fairground" \
  org.opencontainers.image.description="The open backend for promotional games." \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=8080
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY migrations ./migrations
COPY --from=pages /app/src ./src
COPY --from=pages /app/dist ./dist
USER node
EXPOSE 8080
# The exec form: Node.js is process 1 and gets SIGTERM itself. It finishes what is running within SHUTDOWN_GRACE.
STOPSIGNAL SIGTERM
# Alive, not ready: a container does not get better by a restart while the database is away.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Without bounds V8 lets garbage pile up on a large machine; with these the process stays below 300 MB under load. Left to
# itself, V8 also begins to allocate parts of each request among its old objects, which keeps the rest of the request alive
# over collections: a play then costs a fifth more.
ENTRYPOINT ["node", "--max-old-space-size=1024", "--initial-old-space-size=64", "--max-semi-space-size=16", "--no-allocation-site-pretenuring", "src/main.ts"]
CMD ["serve"]
