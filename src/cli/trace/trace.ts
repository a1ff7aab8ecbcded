import { Option, type Command } from 'commander';
import { WeirError } from '../../base/error.ts';
import type { Language } from '../../base/words.ts';
import { parseEndpoint } from '../../lvs/endpoint.ts';
import { loadTopology, topologyNames } from '../../lab/catalogue.ts';
import { plantFaults } from '../../lab/fault.ts';
import { requireRoot } from '../../lab/platform.ts';
import type { Topology } from '../../lab/topology.ts';
import { questionOf } from '../../lab/trace/ask.ts';
import { traceInMemory } from '../../lab/trace/in-memory.ts';
import { mermaidTrace } from '../../lab/trace/print-mermaid.ts';
import { svgTrace } from '../../lab/trace/print-svg.ts';
import { printTrace } from '../../lab/trace/print-table.ts';
import type { Question, Trace } from '../../lab/trace/trace.ts';
import { languageOption } from '../options/language.ts';
import { socketOption, type SocketOptions } from '../options/socket.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { untilInterrupted } from '../terminal/interrupt.ts';
import { print, printJson } from '../terminal/output.ts';

interface TraceFlags extends SocketOptions {
  topology: string;
  engine: 'sim' | 'netns';
  proto: 'tcp' | 'udp';
  fault: string[];
  layer: '2' | '3' | '4';
  output: 'table' | 'json' | 'mermaid' | 'svg';
  lang: Language;
}

/** Where the output is no terminal. */
const DEFAULT_WIDTH = 130;

/** `weir trace CIP[:port] VIP:port`: follows one connection hop by hop. */
export function register(program: Command): void {
  const list = (id: string, before: string[]): string[] => [...before, id];
  program
    .command('trace')
    .argument('<client>', 'CIP[:port], an address of a host of the topology')
    .argument('<service>', 'VIP:port')
    .argument('[where]', '`live`: the director of this host, as with --topology live')
    .summary('follow one connection hop by hop')
    .description('Follows one connection through a network: addresses at every NIC, ARP, decisions, and where it ends.')
    .addOption(
      new Option(
        '--topology <name>',
        `one of ${topologyNames().join(', ')}, a file, or live: the director of this host`,
      ).default('nat'),
    )
    .addOption(
      new Option('--engine <engine>', 'in memory, or in namespaces (needs root)')
        .choices(['sim', 'netns'])
        .default('sim'),
    )
    .addOption(new Option('--proto <protocol>', 'of the connection').choices(['tcp', 'udp']).default('tcp'))
    .option('--fault <id>', 'with a fault in it; may be given again', list, [])
    .addOption(
      new Option('--layer <layer>', 'rows of the table up to this layer').choices(['2', '3', '4']).default('4'),
    )
    .addOption(new Option('-o, --output <form>').choices(['table', 'json', 'mermaid', 'svg']).default('table'))
    .addOption(languageOption())
    .addOption(socketOption())
    .action(trace);
}

async function trace(client: string, service: string, where: string | undefined, flags: TraceFlags): Promise<void> {
  if (where !== undefined && where !== LIVE) {
    throw new WeirError('USAGE', `a trace is made in a topology, or ${LIVE}`, { expected: LIVE, found: where });
  }
  if (where === LIVE || flags.topology === LIVE) return await traceHere(client, service, flags);
  const topology = await plantFaults(await loadTopology(flags.topology), flags.fault);
  const question = questionOf(topology, client, service, flags.proto);
  await untilInterrupted(async (signal) => {
    const found = await follow(topology, question, flags.engine, signal);
    await show(found, flags);
    if (!found.end.delivered) process.exitCode = EXIT.failed;
  });
}

/** Where the running director is meant, and no topology. */
const LIVE = 'live';

async function traceHere(client: string, service: string, flags: TraceFlags): Promise<void> {
  if (flags.fault.length > 0 || !['table', 'json'].includes(flags.output)) {
    throw new WeirError('USAGE', 'faults and pictures are for topologies', { expected: '-o table or -o json' });
  }
  const { liveQuestion, liveTraceText, traceLive } = await import('./live.ts');
  const question = liveQuestion(parseEndpoint(client), parseEndpoint(service), flags.proto);
  const found = await traceLive(flags.socket, question);
  if (flags.output === 'json') await printJson(found);
  else await print(liveTraceText(found, flags.lang));
  const { verdict } = found;
  // A neighbour that nobody has asked for yet is resolved by the stack.
  const goes = verdict === undefined || verdict.action === 'forward' || verdict.reason === 'neighbour-unknown';
  if (!goes) process.exitCode = EXIT.failed;
}

async function follow(
  topology: Topology,
  question: Question,
  engine: TraceFlags['engine'],
  signal: AbortSignal,
): Promise<Trace> {
  if (engine === 'sim') return await traceInMemory(topology, question);
  requireRoot('a lab needs root: it is made of network namespaces');
  if (question.protocol === 'udp') {
    throw new WeirError('USAGE', 'in namespaces a connection is opened with curl, which speaks TCP', {
      fix: 'use --engine sim for UDP',
    });
  }
  const { traceInNamespaces } = await import('../../lab/trace/in-namespaces.ts');
  return await traceInNamespaces(topology, question, signal);
}

async function show(found: Trace, { output, lang, layer }: TraceFlags): Promise<void> {
  const { isTTY, columns } = process.stdout;
  switch (output) {
    case 'table': {
      const bold = isTTY && process.env['NO_COLOR'] === undefined;
      const rows = layer === '2' ? 2 : layer === '3' ? 3 : 4;
      return await print(
        printTrace(found, { language: lang, layer: rows, width: isTTY ? columns : DEFAULT_WIDTH, bold }),
      );
    }
    case 'json': {
      const { topology, ...rest } = found;
      return await printJson({ topology: topology.name, ...rest });
    }
    case 'mermaid':
      return await print(mermaidTrace(found, lang));
    case 'svg':
      return await print(svgTrace(found, lang));
  }
}
