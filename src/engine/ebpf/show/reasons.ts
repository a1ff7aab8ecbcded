import { REASON } from '../../../kernel/abi.generated.ts';
import { type BpfMap, possibleCpus } from '../../../kernel/bpf-map.ts';
import { REASONS, type Reason } from '../../../lvs/reason.ts';
import type { EngineStatus } from '../../engine.ts';
import { viewOf } from '../maps/tables.ts';

/** Text name of a reason, as logs and documents have it: `no-service`. */
export function reasonText(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** The class of a reason is its number divided by 32 (bpf/abi.h). */
const VERDICTS = ['forward', 'pass', 'drop'] as const;

const NAMES = new Map<number, string>(Object.entries(REASON).map(([name, number]) => [number, reasonText(name)]));

/** The reason of a number of `enum weir_reason`, 'internal' for one that is none. */
export function reasonOf(number: number): Reason {
  const name = NAMES.get(number) ?? '';
  return isReason(name) ? name : 'internal';
}

function isReason(name: string): name is Reason {
  return Object.hasOwn(REASONS, name);
}

/** Packets by reason, those that never occurred left out. */
export function readReasons(map: BpfMap): EngineStatus['reasons'] {
  const cpus = possibleCpus();
  const view = viewOf(map.range(map.maxEntries));
  return Object.entries(REASON).flatMap(([name, number]) => {
    const verdict = VERDICTS[number >> 5];
    if (verdict === undefined || number === REASON.NONE) return [];
    let packets = 0n;
    for (let cpu = 0; cpu < cpus; cpu++) packets += view.getBigUint64((number * cpus + cpu) * 8, true);
    return packets === 0n ? [] : [{ reason: reasonText(name), verdict, packets }];
  });
}
