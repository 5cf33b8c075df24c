# Taskplane as an image: the build has compilers and every dependency, what ships has neither.
FROM node:20-bookworm AS build
WORKDIR /taskplane
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY proto ./proto
COPY gen ./gen
COPY src ./src
COPY test ./test
RUN npm run build && rm -rf dist/test && npm prune --omit=dev

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /taskplane
COPY --from=build /taskplane/package.json ./
COPY --from=build /taskplane/node_modules ./node_modules
COPY --from=build /taskplane/gen ./gen
COPY --from=build /taskplane/proto ./proto
COPY --from=build /taskplane/dist ./dist
RUN mkdir data && chown node:node data
USER node
EXPOSE 50051 8080 9090
HEALTHCHECK --interval=2s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9090/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["serve"]
