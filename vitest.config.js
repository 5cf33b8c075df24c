import { defineConfig } from 'vitest/config'

// The tests run as built, so that what is tested is what ships; source maps lead back to the TypeScript.
export default defineConfig({
  test: {
    globalSetup: 'dist/test/support/postgres-server.js',
    include: ['dist/test/**/*.test.js'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    pool: 'forks',
  },
})
