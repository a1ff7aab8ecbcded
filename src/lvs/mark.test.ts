import { describe, expect, it } from 'vitest';
import { CLIENT, MemoryLab, server, service, SERVERS, VIP } from '../../test/support/memory-lab.ts';
import { packet } from '../net/packet.ts';
import type { MarkTarget } from './mark.ts';
import type { AddressMatch, MarkMatch } from './service.ts';

const MARK: MarkMatch = { mark: 7, family: 'inet' };
const HTTP: AddressMatch = { protocol: 'tcp', address: VIP, port: 80 };
const HTTPS: AddressMatch = { ...HTTP, port: 443 };
const persistence = { timeout: 300, netmask: '255.255.255.255' };

/** A service of mark 7 over three servers. */
function marked(...matches: AddressMatch[]): MemoryLab {
  return new MemoryLab()
    .apply(...matches.map((match) => ({ do: 'add-mark', mark: 7, match }) as const))
    .serve(service(MARK, { persistence }), ...SERVERS.map((address) => server(address, 0)));
}

const connect = (lab: MemoryLab, port: number, source = 40_001) =>
  lab.fromClient({ tcp: { source, destination: port, flags: 'S' } });

describe('a rule for marks', () => {
  it('lets a firewall-mark service take several ports together, without netfilter', () => {
    const lab = marked(HTTP, HTTPS);

    expect([connect(lab, 80).reason, connect(lab, 443).reason]).toEqual(['masqueraded', 'masqueraded']);

    const servers = lab.connections().map((text) => text.replace(/.*> /, '').replace(/:.*/, ''));
    expect(new Set(servers).size, 'the template of the mark holds both ports together').toBe(1);
  });

  it('says nothing about other ports, protocols and addresses', () => {
    const lab = marked(HTTP);
    expect(connect(lab, 443).reason).toBe('no-service');
    expect(lab.fromClient({ udp: { source: 5, destination: 80 } }).reason).toBe('no-service');
  });

  it('for any port stands behind the one for the very port', () => {
    const lab = marked({ ...HTTP, port: 0 }).apply({ do: 'add-mark', mark: 8, match: HTTPS });
    expect(connect(lab, 8080).reason).toBe('masqueraded');
    expect(connect(lab, 443).reason, 'mark 8 has no service').toBe('no-service');
  });

  it('goes behind the mark that netfilter has given', () => {
    const lab = new MemoryLab({ mark: () => 9 })
      .apply({ do: 'add-mark', mark: 7, match: HTTP })
      .serve(service(MARK), server(SERVERS[0], 0));
    expect(connect(lab, 80).reason).toBe('no-service');
  });

  it('no longer counts when it is removed; connections go on', () => {
    const lab = marked(HTTP);
    connect(lab, 80);
    lab.apply({ do: 'delete-mark', match: HTTP });
    expect(lab.tcp('A').reason).toBe('masqueraded');
    expect(connect(lab, 80, 40_002).reason).toBe('no-service');
  });

  it('stays when the services are flushed', () => {
    const lab = marked(HTTP).apply({ do: 'flush' });
    expect(lab.table.marks).toEqual([{ mark: 7, match: HTTP }]);
    lab.serve(service(MARK), server(SERVERS[0], 0));
    expect(connect(lab, 80).reason).toBe('masqueraded');
  });

  it('holds for IPv6', () => {
    const vip = '2001:db8:9::9';
    const lab = new MemoryLab()
      .apply({ do: 'add-mark', mark: 7, match: { protocol: 'udp', address: vip, port: 53 } })
      .serve(service({ mark: 7, family: 'inet6' }), server('2001:db8:b::11', 0));
    const ip = { source: '2001:db8:a::10', destination: vip };
    expect(lab.fromClient({ ip, udp: { source: 5, destination: 53 } }).reason).toBe('masqueraded');
  });

  it.each<[MarkTarget, string]>([
    [HTTP, 'icmp-unrelated'],
    [{ protocol: 'icmp', address: VIP, port: 0 }, 'icmp-to-server'],
  ])(
    'is of packets as they are, so that of ICMP errors that are scheduled one for ICMP counts: %o',
    (match, reason) => {
      const quoted = packet({ ip: { source: VIP, destination: CLIENT }, tcp: { source: 80, destination: 40_001 } });
      const lab = new MemoryLab({ settings: { schedule_icmp: 1 } })
        .apply({ do: 'add-mark', mark: 7, match })
        .serve(service(MARK), server(SERVERS[0], 0));
      expect(lab.fromClient({ icmp: { type: 3, code: 1 }, payload: quoted }).reason).toBe(reason);
    },
  );

  it('for ICMP has no port', () => {
    const lab = new MemoryLab();
    expect(() => lab.apply({ do: 'add-mark', mark: 7, match: { protocol: 'icmp', address: VIP, port: 1 } })).toThrow(
      'the port of the rule is out of range',
    );
  });
});
