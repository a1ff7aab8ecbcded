// Joins what the ipvsadm programs load into one file, dist/ipvsadm.cjs: scripts call them often, and finding, reading and linking
// some forty modules takes longer than what they do. CommonJS, because Node starts that faster than modules. The same sources
// give the same bytes. Run by `npm run build` on the compiled files.      node scripts/bundle.mjs [FILE]
import { isBuiltin } from 'node:module';
import { rolldown } from 'rolldown';

const file = process.argv[2] ?? 'dist/ipvsadm.cjs';
const bundle = await rolldown({
  input: 'dist/cli/ipvsadm/ipvsadm.js',
  platform: 'node',
  external: (id) => isBuiltin(id),
  // A package in here would be one that every `ipvsadm` loads.
  onLog: (level, log) => {
    if (level === 'warn') throw new Error(log.message);
  },
});
await bundle.write({ file, format: 'cjs', exports: 'named', codeSplitting: false });
await bundle.close();
