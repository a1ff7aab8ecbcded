import { interfaceMtu } from '../engine/host.ts';
import { NO_NAMES } from '../ipvsadm/names.ts';
import { readRules, tableOfRules } from '../ipvsadm/read-rules.ts';
import type { Table, TableContext } from '../lvs/table.ts';

/** A set of every name there can be. */
class AnyName extends Set<string> {
  override has(): boolean {
    return true;
  }
}

/**
 * Takes every name and address: whether there is such a scheduler or such an interface is for the engine to say when it gets
 * the rules, and a second opinion here could only be a wrong one.
 */
const LENIENT: TableContext = {
  schedulers: new AnyName(),
  persistenceEngines: new AnyName(),
  isUnicast: () => true,
  interfaceMtu: (name) => interfaceMtu(name) ?? 1500,
};

/**
 * The table that a text of rules describes. Names of hosts and ports are not resolved: a director that starts with the machine
 * must not wait for a name server.
 * @throws WeirError RULES_INVALID with the line
 */
export async function savedTable(text: string, source: string): Promise<Table> {
  return tableOfRules(await readRules(text, source, NO_NAMES), source, LENIENT);
}
