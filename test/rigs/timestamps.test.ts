import { expect, test } from 'vitest';
import { EbpfStage } from '../../src/engine/compliance/ebpf/stage.ts';
import { SURROUNDINGS } from '../../src/engine/compliance/random/surroundings.ts';
import { directorMac } from '../../src/engine/compliance/recorded-topology.ts';
import { u32 } from '../../src/net/bytes.ts';
import { packet } from '../../src/net/packet.ts';

const DAY = 86_400_000;
/** Of the time in the option, the first of the IP header, behind Ethernet. */
const TIME_AT = 14 + 20 + 4;

test('the time that the programs put into a timestamp option is universal time', async () => {
  const stage = await EbpfStage.openOn({ surroundings: SURROUNDINGS, hook: 'tc' });
  try {
    await stage.configure(['-A -u 10.9.9.9:53 -s rr', '-a -u 10.9.9.9:53 -r 10.2.0.11:53 -m']);
    const frame = packet({
      eth: { destination: directorMac('eth0') },
      ip: { source: '10.1.0.10', destination: '10.9.9.9', options: Uint8Array.of(68, 8, 5, 0, 0, 0, 0, 0) },
      udp: { source: 40_001, destination: 53 },
    });
    const before = Date.now() % DAY;
    const [sent] = stage.forwarded('eth0', frame);
    const later = (u32(sent?.bytes ?? frame, TIME_AT) - before + DAY) % DAY;
    expect(later).toBeLessThan(2_000);
  } finally {
    await stage.close();
  }
});
