import { Option, type Command } from 'commander';
import { loadTopology, topologyNames } from '../../lab/catalogue.ts';
import { mermaidGraph } from '../../lab/graph/print-mermaid.ts';
import { svgGraph } from '../../lab/graph/print-svg.ts';
import { textGraph } from '../../lab/graph/print-text.ts';
import type { Topology } from '../../lab/topology.ts';
import { print } from '../terminal/output.ts';

const FORMS = { text: textGraph, mermaid: mermaidGraph, svg: svgGraph } satisfies Record<
  string,
  (topology: Topology) => string
>;

/** `weir lab graph` and `weir lab schema`: topologies as pictures, and what may stand in a file of one. */
export function registerGraph(lab: Command): void {
  lab
    .command('graph')
    .description('draw a topology: hosts, NICs, segments, addresses')
    .argument('<topology>', `one of ${topologyNames().join(', ')}, or a file`)
    .addOption(new Option('-o, --output <form>', 'of the picture').choices(Object.keys(FORMS)).default('text'))
    .action(graph);
  lab.command('schema').description('print the JSON schema of topology files').action(schema);
}

async function graph(name: string, { output }: { output: keyof typeof FORMS }): Promise<void> {
  await print(FORMS[output](await loadTopology(name)));
}

async function schema(): Promise<void> {
  const { topologyJsonSchema } = await import('../../lab/topology-schema.ts');
  await print(`${JSON.stringify(topologyJsonSchema(), undefined, 2)}\n`);
}
