import { describe, expect, it } from 'vitest';
import { DIRECT_TUNNEL, type ServiceMatch } from '../../../lvs/service.ts';
import type { TableService } from '../../../lvs/table.ts';
import { ConcernSet } from './interest.ts';

const web: ServiceMatch = { protocol: 'tcp', address: '10.1.1.21', port: 80 };

function service(match: ServiceMatch, rest: Partial<TableService> = {}): TableService {
  const real = { address: '10.1.2.1', method: 'masquerade', weight: 1, tunnel: DIRECT_TUNNEL } as const;
  return {
    match,
    scheduler: 'rr',
    schedulerFlags: 0,
    onePacket: false,
    destinations: [{ ...real, port: 8080, upperThreshold: 0, lowerThreshold: 0 }],
    ...rest,
  };
}

/** What `add` says of what the set has already. */
const has = (set: ConcernSet, one: TableService): boolean => !new ConcernSet(set.bytes).add({ services: [one] });

describe('what concerns the director', () => {
  it('is a port of the VIP, and no other one', () => {
    const set = new ConcernSet();
    set.add({ services: [service(web)] });
    expect(has(set, service(web))).toBe(true);
    expect(has(set, service({ ...web, port: 81 }))).toBe(false);
  });

  it('is the port that a real server answers from', () => {
    const set = new ConcernSet();
    set.add({ services: [service(web)] });
    const other = { ...service(web).destinations[0]!, port: 8081 };
    expect(has(set, service(web, { destinations: [other] }))).toBe(false);
  });

  it.each<[string, TableService]>([
    ['of any port', service({ ...web, port: 0 })],
    ['of FTP', service({ ...web, port: 21 })],
    ['of a mark', service({ mark: 7, family: 'inet' })],
    ['whose real servers call clients', service({ ...web, protocol: 'udp' }, { persistenceEngine: 'sip' })],
  ])('is every port while there is a service %s', (_, open) => {
    const set = new ConcernSet();
    set.add({ services: [service(web, { destinations: [] }), open] });
    expect(has(set, service({ ...web, port: 4711 }, { destinations: [] }))).toBe(true);
  });

  it('is an address that a rule gives a mark', () => {
    const set = new ConcernSet();
    expect(set.add({ marks: [{ mark: 7, match: { ...web, address: '10.1.1.99' } }] })).toBe(true);
    expect(set.add({ marks: [{ mark: 8, match: { ...web, address: '10.1.1.99' } }] })).toBe(false);
  });

  it('is everything once it is filled', () => {
    const set = new ConcernSet();
    expect(set.fill()).toBe(true);
    expect(set.fill()).toBe(false);
    expect(has(set, service(web))).toBe(true);
  });
});
