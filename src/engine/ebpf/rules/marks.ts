import { SERVICE_KEY_SIZE, readServiceKeyRecord, writeServiceKeyRecord } from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { type MarkRule, markTarget } from '../../../lvs/mark.ts';
import { markKeyRecord, markTargetOf } from '../maps/records.ts';
import { viewOf } from '../maps/tables.ts';

/** The rules of a table, as the map `marks` has them: written where they differ, and read back. */

export function writeMarks(map: BpfMap, before: readonly MarkRule[], after: readonly MarkRule[]): void {
  const wanted = new Map(after.map((rule) => [markTarget(rule.match), rule]));
  const present = new Map(before.map((rule) => [markTarget(rule.match), rule.mark]));
  for (const rule of before) if (!wanted.has(markTarget(rule.match))) map.delete(keyOf(rule));
  for (const [key, rule] of wanted) {
    if (present.get(key) === rule.mark) continue;
    const value = Buffer.alloc(4);
    value.writeUInt32LE(rule.mark);
    map.update(keyOf(rule), value);
  }
}

export function readMarks(map: BpfMap): MarkRule[] {
  const rules: MarkRule[] = [];
  for (const { count, keys, values } of map.batches()) {
    for (let i = 0; i < count; i++) {
      const match = markTargetOf(readServiceKeyRecord(viewOf(keys), i * SERVICE_KEY_SIZE));
      rules.push({ mark: values.readUInt32LE(i * 4), match });
    }
  }
  return rules;
}

function keyOf({ match }: MarkRule): Buffer {
  const key = Buffer.alloc(SERVICE_KEY_SIZE);
  writeServiceKeyRecord(viewOf(key), markKeyRecord(match));
  return key;
}
