import { describe, expect, test } from 'vitest';
import { ModelEngine } from '../../../src/engine/model/engine.ts';
import { startDirector } from '../../support/director.ts';
import { weir } from '../../support/weir.ts';

describe('weir status', () => {
  test('labels every fact, and counts packets by reason, the most frequent first', async () => {
    const reasons = [
      { reason: 'no-service', verdict: 'pass', packets: 12n },
      { reason: 'masquerade', verdict: 'forward', packets: 34_567n },
    ] as const;
    const status = async () => ({
      engine: 'model',
      facts: [{ name: 'hook', value: 'tc on eth0' }],
      connections: { used: 3, size: 1024 },
      reasons: [...reasons],
      faults: [],
    });
    const { socket } = await startDirector({ engine: Object.assign(new ModelEngine(), { status }) });
    const lines = (await weir(['status'], { socket })).stdout.split('\n');
    expect(lines).toContain('hook         tc on eth0');
    expect(lines).toContain('connections  3 of 1024');
    expect(lines.slice(-4)).toEqual([
      'packets  verdict  reason',
      '  34567  forward  masquerade',
      '     12  pass     no-service',
      '',
    ]);
    expect(JSON.parse((await weir(['status', '--json'], { socket })).stdout).reasons[1].packets).toBe('34567');
  });
});
