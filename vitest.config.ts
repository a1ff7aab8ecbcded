import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Three suites. `unit`: everything beside its source and in test/unit, no root needed, in parallel.
 * `kernel`: real namespaces, real eBPF, real servers; one file after another, because two cores are shared with the traffic.
 * `rigs`: the loaded programs against recordings and specification, each file between cables of its own and with a clock that is moved;
 * in parallel.
 */
export default defineConfig({
  test: {
    // Vitest leaves one processor alone, which of two is half of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
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
      { test: { name: 'rigs', include: ['test/rigs/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
    ],
  },
});
