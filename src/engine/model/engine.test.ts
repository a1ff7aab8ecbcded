import { describe, expect, it } from 'vitest';
import type { Operation } from '../../lvs/operation.ts';
import { DIRECT_TUNNEL, type Destination, type Service } from '../../lvs/service.ts';
import { openModelEngine } from './engine.ts';

const match = { protocol: 'tcp', address: '10.9.9.9', port: 80 } as const;
const service: Service = { match, scheduler: 'rr', schedulerFlags: 0, onePacket: false };
const server: Destination = {
  address: '10.2.0.11',
  port: 80,
  method: 'masquerade',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnel: DIRECT_TUNNEL,
};
const add: Operation[] = [
  { do: 'add-service', service },
  { do: 'add-destination', match, destination: server },
];

describe('the model behind the engine interface', () => {
  it('commits a transaction and reports its statistics from zero', async () => {
    const engine = await openModelEngine();

    const table = await engine.commit(add);

    expect(table.version).toBe(1);
    const [statistics] = await engine.statistics();
    expect(statistics?.counters.connections).toBe(0n);
    expect(statistics?.destinations.map(({ id }) => id.address)).toEqual(['10.2.0.11']);
  });

  it('changes nothing when one operation is refused', async () => {
    const engine = await openModelEngine();

    await expect(engine.commit([...add, { do: 'add-service', service }])).rejects.toMatchObject({ errno: 'EEXIST' });

    expect((await engine.table()).services).toEqual([]);
    expect(await engine.statistics()).toEqual([]);
  });

  it('refuses a commit on a table that has changed', async () => {
    const engine = await openModelEngine();
    await engine.commit(add);

    await expect(engine.commit([], 0)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
  });

  it('refuses to zero a service that is not there', async () => {
    const engine = await openModelEngine();

    await expect(engine.zero(match)).rejects.toMatchObject({ errno: 'ESRCH' });
  });

  it('judges addresses as the kernel does', async () => {
    const engine = await openModelEngine();
    const broadcast = { ...server, address: '255.255.255.255' };

    const commit = engine.commit([add[0]!, { do: 'add-destination', match, destination: broadcast }]);

    await expect(commit).rejects.toMatchObject({ errno: 'EINVAL' });
  });
});
