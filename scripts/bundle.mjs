// Joins compiled files, since finding, reading and linking hundreds of modules takes longer than what most commands do:
//   dist/ipvsadm.cjs   what the ipvsadm programs load, one file, and CommonJS, because Node starts that faster than modules
//   dist/weir/         what `weir` loads: main.js, and a few files more for each command, for each topology and fault one
// The same sources give the same bytes. Run by `npm run build` on the compiled files.      node scripts/bundle.mjs [FOLDER]
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { rolldown } from 'rolldown';

const folder = process.argv[2] ?? 'dist';

async function join(input, external, output) {
  const bundle = await rolldown({
    input,
    platform: 'node',
    external: (id) => isBuiltin(id) || external.includes(id),
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  const { output: files } = await bundle.write(output);
  await bundle.close();
  return files.flatMap(({ moduleIds = [] }) => moduleIds);
}

/** The files of a folder of which each is loaded by its name. */
const named = (name) =>
  readdirSync(`dist/lab/${name}`)
    .filter((file) => file.endsWith('.js'))
    .map((file) => [`${name}/${file.slice(0, -'.js'.length)}`, `dist/lab/${name}/${file}`]);

// A package in here would be one that every `ipvsadm` loads.
await join('dist/cli/ipvsadm/ipvsadm.js', [], {
  file: `${folder}/ipvsadm.cjs`,
  format: 'cjs',
  exports: 'named',
  codeSplitting: false,
});

rmSync(`${folder}/weir`, { recursive: true, force: true });
const modules = await join(
  Object.fromEntries([['main', 'dist/cli/main.js'], ...named('topologies'), ...named('faults')]),
  // The one finds its machine code, the other its worker, by where they lie.
  ['koffi', 'pino'],
  { dir: `${folder}/weir`, format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
);

const packages = new Set(modules.flatMap((id) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(id)?.[0] ?? []));
const licences = [...packages].sort().map((path) => {
  const { name, version } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8'));
  return `${name} ${version}\n\n${readFileSync(`${path}/LICENSE`, 'utf8')}`;
});
writeFileSync(`${folder}/weir/LICENSES`, licences.join('\n\n'));
