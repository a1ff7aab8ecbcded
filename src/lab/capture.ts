import { mkdirSync, readFileSync } from 'node:fs';
import { insideNamespace } from '../kernel/namespace.ts';
import { endProcesses, start, type StartedProgram } from '../kernel/process.ts';
import { TCPDUMP_OPTIONS } from '../kernel/tcpdump.ts';
import { requireTools } from '../kernel/tools.ts';
import { PcapReader } from '../net/pcap.ts';
import { labFolder, type LabRecord } from './registry.ts';
import { hostOfRole, placedNics, type PlacedNic } from './topology.ts';
import { waitForLog } from './wait.ts';
import type { CapturedFrame, CapturePoint } from './walk.ts';

/** tcpdump at several NICs of a lab at once. */
export interface Capture {
  /** The NICs, each with the capture file that tcpdump writes. */
  readonly points: readonly (CapturePoint & { file: string })[];
  /** Everything captured so far, at all points. */
  frames(): CapturedFrame[];
  /** Ends tcpdump and returns what it saw. */
  stop(): Promise<CapturedFrame[]>;
}

/**
 * Starts tcpdump at every NIC of these hosts and returns when all of them listen.
 * @param filter in the syntax of pcap-filter(7)
 * @throws WeirError LAB_FAILED with tcpdump's words (a wrong filter, for one); TOOL_MISSING
 */
export async function startCapture(record: LabRecord, filter: string, hosts: readonly string[]): Promise<Capture> {
  requireTools(['tcpdump']);
  const folder = `${labFolder(record.id)}/captures/${process.hrtime.bigint()}`;
  mkdirSync(folder, { recursive: true });
  const nics = placedNics(record.topology).filter(({ host }) => hosts.includes(host));
  const points = nics.map(({ host, name, mac }) => ({ host, nic: name, mac, file: `${folder}/${host}-${name}.pcap` }));
  const started = await Promise.allSettled(nics.map((nic, index) => listen(record, nic, points[index]!.file, filter)));
  const programs = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const end = async (): Promise<void> => {
    await endProcesses(
      programs.map(({ pid }) => pid),
      2_000,
      'SIGINT',
    );
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await end();
    throw failed.reason;
  }
  const frames = (): CapturedFrame[] => points.flatMap(({ file, ...point }) => readCapture(file, point));
  return {
    points,
    frames,
    stop: async () => {
      await end();
      return frames();
    },
  };
}

async function listen(record: LabRecord, nic: PlacedNic, file: string, filter: string): Promise<StartedProgram> {
  const [namespace, name] = tapOf(record, nic);
  const log = `${file}.log`;
  const argv = ['tcpdump', '-i', name, ...TCPDUMP_OPTIONS, '-w', file, ...filter.split(/\s+/)];
  const program = await start(
    insideNamespace(
      namespace,
      argv.filter((word) => word !== ''),
    ),
    { log },
  );
  await waitForLog(program, log, 'listening on', `tcpdump at ${nic.host} ${nic.name}`);
  return program;
}

/**
 * Where to listen for a NIC. XDP takes frames before tcpdump sees them, and sends them past it; then the other end of the same
 * cable shows what goes in and out.
 */
export function tapOf(record: LabRecord, { host, name, port }: PlacedNic): [namespace: string, nic: string] {
  const byXdp = record.hook === 'xdp' && host === hostOfRole(record.topology, 'director');
  return byXdp ? [record.wire, port] : [record.namespaces[host]!, name];
}

/** The whole packets of a file that tcpdump may still be writing to. */
function readCapture(file: string, point: CapturePoint): CapturedFrame[] {
  return new PcapReader().push(readFileSync(file)).map(({ time, bytes }) => ({ point, time, bytes }));
}
