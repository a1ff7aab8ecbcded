import { WeirError } from '../../src/base/error.ts';
import { xdpPrograms } from '../../src/kernel/hooks.ts';
import { check, libbpf } from '../../src/kernel/libbpf.ts';
import { endProcesses } from '../../src/kernel/process.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import { furnish, type FarEnds } from '../far-ends.ts';
import { trickleFrom, trickleTo } from '../frames/traffic.ts';
import type { World } from '../suite.ts';
import { buildTrio, planTrio, type Trio } from '../trio.ts';
import { restoreRules, startWeir } from '../weir.ts';
import { Trickle } from './trickle.ts';

/** Milliseconds that the daemon has to end. */
const PATIENCE = 10_000;

/** A director with Weir on XDP between a client and a real server that swallows what comes. */
export interface Bed {
  trio: Trio;
  far: FarEnds;
  /** Weir's XDP program, as it is attached to the interface to the clients. */
  program: number;
  close(): void;
  /** Closes it, and ends the daemon with its tables, so that it is in nobody's way until the run is over. */
  end(): Promise<void>;
}

export interface BedOptions {
  /** The repository whose Weir it is, `/` at its end. */
  root: string;
  connections: number;
  realServers?: number;
  /** Lines of ipvsadm. */
  rules: readonly string[];
  /** A port of the VIP that the rules serve. */
  port: number;
  /** The port of the real server whose replies pass here. */
  repliesFrom?: number;
}

/** Builds it, starts the daemon, gives it the rules; what is made is removed with the run, except what `close` closes. */
export async function buildBed(name: string, options: BedOptions, { own, signal }: World): Promise<Bed> {
  signal.throwIfAborted();
  const trio = planTrio(own.prefix, own.folder, name);
  await buildTrio(trio, true);
  const far = await furnish(trio, 'xdp');
  const daemon = await startWeir(trio, { ...options, hook: 'xdp' });
  await restoreRules(trio, options.root, options.rules);
  const program = await visitNamespace(trio.director, () => {
    const [attached] = xdpPrograms(far.ingress);
    if (attached === undefined)
      throw new WeirError('INTERNAL', `there is no XDP program on ${far.ingress.name} of ${trio.director}`);
    return check(libbpf().program_fd_by_id(attached.program), 'open the XDP program of Weir');
  });
  const trickles = [await Trickle.start(trio.client, trickleTo(far.ingress.mac, far.client.mac, options.port))];
  if (options.repliesFrom !== undefined) {
    const frames = trickleFrom(far.egress.mac, far.server.mac, options.repliesFrom);
    trickles.push(await Trickle.start(trio.server, frames));
  }
  const close = (): void => {
    for (const trickle of trickles) trickle.stop();
    libbpf().close(program);
    far.close();
  };
  return {
    trio,
    far,
    program,
    close,
    async end() {
      close();
      await endProcesses([daemon], PATIENCE);
    },
  };
}
