import { SIGNALS_SIZE, type SignalsRecord, readSignalsRecord } from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { ANSWER_UNIT, ICMP_KINDS, newSignals, type Signals } from '../../../lvs/signals.ts';
import { viewOf } from '../maps/tables.ts';

const NOTHING = Buffer.alloc(SIGNALS_SIZE);

/** What the programs have noticed of the first `end` destinations, by index. */
export function readSignals(map: BpfMap, end: number): (index: number) => Signals {
  const view = viewOf(map.range(end));
  return (index) => signalsOf(readSignalsRecord(view, index * SIGNALS_SIZE));
}

/** Takes down everything anew. What the programs add at the very instant may be lost, or stay. */
export function zeroSignals(map: BpfMap, index: number): void {
  map.set(index, NOTHING);
}

function signalsOf(record: SignalsRecord): Signals {
  return {
    attempts: Number(record.attempts),
    completed: Number(record.completed),
    retransmissions: Number(record.retransmissions),
    answered: Number(record.answered),
    refused: Number(record.refused),
    reset: Number(record.reset),
    uncompleted: Number(record.waiting & 0xffff_ffffn),
    unanswered: Number(record.waiting >> 32n),
    answerTimes: { total: Number(record.answerTime) * ANSWER_UNIT, counts: record.answerTimes },
    requests: Number(record.requests),
    replied: Number(record.replied),
    icmp: icmpOf(record),
  };
}

function icmpOf({ icmp }: SignalsRecord): Signals['icmp'] {
  const counts = newSignals().icmp;
  for (const [place, kind] of ICMP_KINDS.entries()) counts[kind] = icmp[place] ?? 0;
  return counts;
}
