import { WeirError } from '../base/error.ts';
import { NO_NAMES } from '../ipvsadm/names.ts';
import { readRules } from '../ipvsadm/read-rules.ts';
import { SCHEDULER_NAMES } from '../lvs/schedulers/index.ts';
import { emptyTable, Transaction, type TableContext } from '../lvs/table.ts';
import type { Problem } from './check.ts';
import { ownerProblemOfRule } from './owners.ts';
import { ruleLines, type Topology } from './topology.ts';

/** A line of ipvsadm or weir, and where it stands in the topology. */
interface PlacedLine {
  where: string;
  line: string;
}

/**
 * Rules of the director, and of hosts that are directors besides: lines that ipvsadm would not take, real servers and VIPs of nobody, and the
 * first line that does not fit to those before it.
 */
export async function ruleProblems(topology: Topology): Promise<Problem[]> {
  const tables = [commandLines(topology), ...Object.entries(topology.hosts).map(secondTable)];
  return (await Promise.all(tables.map((lines) => tableProblems(topology, lines)))).flat();
}

function commandLines(topology: Topology): PlacedLine[] {
  return topology.commands.flatMap((command, index) =>
    ruleLines({ ...topology, commands: [command] }).map((line) => ({ where: `commands[${index}].line`, line })),
  );
}

function secondTable([name, { directs = [] }]: [string, Topology['hosts'][string]]): PlacedLine[] {
  return directs.map((line, index) => ({ where: `hosts.${name}.directs[${index}]`, line }));
}

async function tableProblems(topology: Topology, lines: readonly PlacedLine[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  const table = new Transaction(emptyTable(), ANYWHERE);
  for (const { where, line } of lines) {
    try {
      for (const { operation } of await readRules(line, 'line', NO_NAMES)) {
        const message = ownerProblemOfRule(topology, operation);
        if (message !== undefined) problems.push({ where, message });
        if (problems.length === 0) table.apply(operation);
      }
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      problems.push({ where, message: error.message.replace('the rules cannot be read: ', '') });
    }
  }
  return problems;
}

/** What depends on the host that the rules are typed on is left to it. */
const ANYWHERE: TableContext = {
  schedulers: SCHEDULER_NAMES,
  persistenceEngines: new Set(['sip']),
  isUnicast: () => true,
  interfaceMtu: () => 1500,
};
