# One image for the worker, the bridge, the codec endpoint and the simulator: which one, the command says.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    LOG_FORMAT=json \
    WORKFLOW_BUNDLE=/app/dist/workflow-bundle.js
# The SDK's native core brings its own TLS, and looks for the system's certificates.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app/dist
COPY --from=build /app/package.json /app/
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
USER node
ENTRYPOINT ["node"]
CMD ["worker/main.js"]
