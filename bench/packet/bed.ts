import { WeirError } from '../../src/base/error.ts';
import { loadObject } from '../../src/kernel/bpf-object.ts';
import { attachXdp, xdpProgram } from '../../src/kernel/hooks.ts';
import { findInterface, type Interface } from '../../src/kernel/interfaces.ts';
import { check, libbpf } from '../../src/kernel/libbpf.ts';
import { ipBatch } from '../../src/kernel/namespace.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import type { World } from '../suite.ts';
import { ADDRESS, buildTrio, NIC, planTrio, type Trio } from '../trio.ts';
import { restoreRules, startWeir } from '../weir.ts';
import { benchObject } from './harness.ts';
import { Trickle } from './trickle.ts';
import { CLIENTS, frameTo } from './traffic.ts';

/** A director with Weir on XDP between a client and a real server that swallows what comes. */
export interface Bed {
  trio: Trio;
  /** The director's interface to the clients. */
  ingress: Interface;
  /** MAC of the client's end. */
  clientMac: string;
  /** Weir's XDP program, as it is attached to that interface. */
  program: number;
  close(): void;
}

export interface BedOptions {
  /** The repository whose Weir it is, `/` at its end. */
  root: string;
  connections: number;
  /** Lines of ipvsadm. */
  rules: readonly string[];
  /** A port of the VIP that the rules serve. */
  port: number;
}

/** Builds it, starts the daemon, gives it the rules; what is made is removed with the run, except what `close` closes. */
export async function buildBed(name: string, options: BedOptions, { own, signal }: World): Promise<Bed> {
  signal.throwIfAborted();
  const trio = planTrio(own.prefix, own.folder, name);
  await buildTrio(trio, true);
  const sink = loadObject(benchObject('sink'), { reuse: new Map(), sizes: new Map() });
  const server = await visitNamespace(trio.server, () => {
    const nic = findInterface('eth0');
    attachXdp(sink.program('sink_xdp'), nic);
    return nic;
  });
  const client = await visitNamespace(trio.client, () => findInterface('eth0'));
  await ipBatch(
    [
      `neigh replace ${ADDRESS.rip} lladdr ${server.mac} dev ${NIC.servers} nud permanent`,
      `neigh replace ${ADDRESS.client} lladdr ${client.mac} dev ${NIC.clients} nud permanent`,
      `route add ${CLIENTS} via ${ADDRESS.client}`,
    ],
    trio.director,
  );
  await startWeir(trio, { root: options.root, hook: 'xdp', connections: options.connections });
  await restoreRules(trio, options.root, options.rules);
  const { ingress, program } = await visitNamespace(trio.director, () => {
    const nic = findInterface(NIC.clients);
    const id = xdpProgram(nic);
    if (id === 0) throw new WeirError('INTERNAL', `there is no XDP program on ${NIC.clients} of ${trio.director}`);
    return { ingress: nic, program: check(libbpf().program_fd_by_id(id), 'open the XDP program of Weir') };
  });
  const trickle = await Trickle.start(trio.client, frameTo(ingress.mac, client.mac, options.port));
  return {
    trio,
    ingress,
    clientMac: client.mac,
    program,
    close() {
      trickle.stop();
      libbpf().close(program);
      sink.close();
    },
  };
}
