// What `npm test` runs, the checks before the rest. A `check` is one test: it passes when its command ends with 0. A `vitest` suite brings
// its own count; `{report}` in its command stands for the file that scripts/vitest-report.mjs writes.

const tool = (name) => `node_modules/.bin/${name}`;
const vitest = (project) => [
  tool('vitest'),
  'run',
  `--project=${project}`,
  '--reporter=default',
  '--reporter=./scripts/vitest-report.mjs',
  '--outputFile.weir={report}',
];

export default [
  { name: 'format', kind: 'check', command: [tool('prettier'), '--check', '--cache', '--log-level', 'warn', '.'] },
  { name: 'lint', kind: 'check', command: [tool('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'types', kind: 'check', command: [tool('tsc'), '-p', 'tsconfig.json', '--noEmit'] },
  { name: 'bpf', kind: 'check', command: ['sh', 'scripts/build-bpf.sh', '--check'] },
  {
    name: 'bench-bpf',
    kind: 'check',
    command: ['sh', 'scripts/build-bpf.sh', '--sources', 'bench/bpf', '--check'],
  },
  { name: 'abi', kind: 'check', command: ['node', 'dist/kernel/generate-abi.js', '--check'] },
  { name: 'unit', kind: 'vitest', command: vitest('unit'), minutes: 15 },
  { name: 'kernel', kind: 'vitest', command: vitest('kernel'), minutes: 45 },
  { name: 'rigs', kind: 'vitest', command: vitest('rigs'), minutes: 15 },
];
