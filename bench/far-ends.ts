import { BpfMap, mapInfo, possibleCpus } from '../src/kernel/bpf-map.ts';
import { loadObject } from '../src/kernel/bpf-object.ts';
import { attachClsact, attachTcx, attachXdp } from '../src/kernel/hooks.ts';
import { findInterface, type Interface } from '../src/kernel/interfaces.ts';
import { check, libbpf } from '../src/kernel/libbpf.ts';
import { ipBatch } from '../src/kernel/namespace.ts';
import { visitNamespace } from '../src/kernel/visit-namespace.ts';
import { benchObject } from './objects.ts';
import { ADDRESS, NIC, type Trio } from './trio.ts';

/** Where the clients of crafted frames live; the director has a route to them. */
export const CLIENTS = '10.64.0.0/16';

/** What stands around a director that crafted frames are sent through. */
export interface FarEnds {
  /** The client's interface, the director's to the clients and to the servers, the server's. */
  client: Interface;
  ingress: Interface;
  egress: Interface;
  server: Interface;
  /** Packets that the server has swallowed. */
  sunk(): number;
  /** Number of the map that counts them, a u64 for each processor. */
  sunkMap: number;
  close(): void;
}

/** By clsact where the kernel has no tcx. */
export function attachTc(program: number, to: Interface): number | undefined {
  const link = attachTcx(program, to);
  if (link === undefined) attachClsact(program, to);
  return link;
}

/**
 * Makes a real server of a trio (or its director) swallow IPv4 packets and count them, and the director know its neighbours for good.
 * @param hook how it swallows: `xdp` for what XDP sends, which is faster there; `tc` for what the stack sends
 */
export async function furnish(
  trio: Trio,
  hook: 'xdp' | 'tc',
  host: 'server' | 'director' = 'server',
): Promise<FarEnds> {
  const sink = loadObject(benchObject('sink'), { reuse: new Map(), sizes: new Map() });
  const [client, ingress, egress, server] = [
    await visitNamespace(trio.client, () => findInterface('eth0')),
    await visitNamespace(trio.director, () => findInterface(NIC.clients)),
    await visitNamespace(trio.director, () => findInterface(NIC.servers)),
    await visitNamespace(trio.server, () => findInterface('eth0')),
  ];
  const at = host === 'server' ? server : ingress;
  const link = await visitNamespace(trio[host], () =>
    hook === 'xdp' ? attachXdp(sink.program('sink_xdp'), at) : attachTc(sink.program('sink_tc'), at),
  );
  await ipBatch(
    [
      `neigh replace ${ADDRESS.rip} lladdr ${server.mac} dev ${NIC.servers} nud permanent`,
      `neigh replace ${ADDRESS.client} lladdr ${client.mac} dev ${NIC.clients} nud permanent`,
      `route add ${CLIENTS} via ${ADDRESS.client}`,
    ],
    trio.director,
  );
  const counter = new BpfMap(check(sink.maps.get('sunk') ?? -1, 'find the counter of the sink'), 'sunk');
  return {
    client,
    ingress,
    egress,
    server,
    sunk() {
      const counts = counter.at(0);
      let sum = 0n;
      for (let cpu = 0; cpu < possibleCpus(); cpu++) sum += counts.readBigUInt64LE(cpu * 8);
      return Number(sum);
    },
    sunkMap: mapInfo(counter.fd).id,
    close() {
      if (link !== undefined) libbpf().close(link);
      sink.close();
    },
  };
}
