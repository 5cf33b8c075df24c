import { defineConfig } from 'vitest/config'

// What takes long, a quiet machine, or root and strace: one file after the other, on a machine that does nothing else.
export default defineConfig({
  test: {
    globalSetup: 'dist/test/support/postgres-server.js',
    include: ['dist/test/faults/*.js', 'dist/test/e2e/durability.test.js'],
    env: { TASKPLANE_KILLS: '50' },
    testTimeout: 300_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
    fileParallelism: false,
    pool: 'forks',
  },
})
