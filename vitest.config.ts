import { defineConfig } from 'vitest/config';

/**
 * Three suites. `unit`: everything beside its source and in test/unit, no root needed, in parallel.
 * `kernel`: real namespaces, real eBPF, real servers; one file after another, because two cores are shared with the traffic.
 * `random`: specification and loaded programs on random packets, which need processors and no cables; in parallel.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      { test: { name: 'random', include: ['test/random/**/*.test.ts'], hookTimeout: 120_000 } },
    ],
  },
});
