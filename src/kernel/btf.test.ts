import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { WeirError } from '../base/error.ts';
import {
  CONNECTION4_SIZE,
  type Connection4Record,
  REASON,
  readConnection4Record,
  readSettingsRecord,
  SETTINGS_SIZE,
  writeConnection4Record,
  writeSettingsRecord,
} from './abi.generated.ts';
import { readBtf } from './btf.ts';
import { generateAbi } from './generate-abi.ts';

const path = 'bpf/objects/abi.bpf.o';

describe('the types of the compiled objects', () => {
  test('structures have the members and offsets of abi.h', () => {
    const flow = readBtf(readFileSync(path), path).find((type) => type.kind === 'struct' && type.name === 'weir_flow4');
    expect(flow).toMatchObject({
      size: 16,
      members: [
        { name: 'source', offset: 0 },
        { name: 'target', offset: 4 },
        { name: 'source_port', offset: 8 },
        { name: 'target_port', offset: 10 },
        { name: 'protocol', offset: 12 },
        { name: 'zero', offset: 13 },
      ],
    });
  });

  test('what is no object is refused with what was expected', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('no ELF'), Buffer.alloc(64)]) {
      expect(() => readBtf(bytes, 'somewhere')).toThrow(WeirError);
    }
  });
});

describe('the generated codec', () => {
  test('is what the committed object describes', () => {
    expect(generateAbi(readFileSync(path), path)).toBe(readFileSync('src/kernel/abi.generated.ts', 'utf8'));
  });

  test('addresses and ports lie in network order, the rest in the order of the host', () => {
    const buffer = Buffer.alloc(CONNECTION4_SIZE);
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    const record: Connection4Record = {
      seen: 1,
      timeout: 2,
      state: 3,
      destination: 4,
      template: 5,
      packets: 6,
      flags: 7,
      role: 1,
      method: 0,
      port: 80,
      began: 8,
      address: [0x0a01_0115],
    };
    writeConnection4Record(view, record);
    expect(buffer.toString('hex')).toBe(
      [
        '01000000',
        '02000000',
        '03000000',
        '04000000',
        '05000000',
        '06',
        '07',
        '01',
        '00',
        '0050',
        '0800',
        '0a010115',
      ].join(''),
    );
    expect(readConnection4Record(view)).toEqual(record);
  });

  test('arrays and 64-bit numbers survive', () => {
    const view = new DataView(new ArrayBuffer(SETTINGS_SIZE));
    const record = {
      ...readSettingsRecord(view),
      clockAhead: 2n ** 63n,
      timeouts: Array.from({ length: 32 }, (_, i) => i),
      services4: 1,
      shards4: 16,
      noXdpTx: 1,
      version: 9,
      added: 7,
    };
    writeSettingsRecord(view, record);
    expect(readSettingsRecord(view)).toEqual(record);
  });

  test('enumerations lose their prefix', () => {
    expect(REASON.NO_SERVICE).toBe(37);
  });
});
