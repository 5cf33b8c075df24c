import { defineConfig } from 'vitest/config'

// The tests run as built, so that what is tested is what ships; source maps lead back to the TypeScript.
export default defineConfig({
  test: {
    globalSetup: 'dist/test/support/postgres-server.js',
    include: ['dist/test/**/*.test.js'],
    // For machines that stall: what should happen is waited for long, and what takes long is said by the tests where that matters.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
    maxWorkers: 2,
    pool: 'forks',
  },
})
