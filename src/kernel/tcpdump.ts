import { spawn } from 'node:child_process';
import { WeirError } from '../base/error.ts';
import { LINK_TYPE, type CapturedPacket } from '../net/capture.ts';
import { PcapReader } from '../net/pcap.ts';
import { endProcesses } from './process.ts';
import { requireTools, searchPath } from './tools.ts';

/** What every capture of Weir asks of tcpdump: no names, each packet at once, times in nanoseconds. */
export const TCPDUMP_OPTIONS: readonly string[] = [
  '-n',
  '-Z',
  'root',
  '--no-promiscuous-mode',
  '--immediate-mode',
  '--packet-buffered',
  '--time-stamp-precision=nano',
];

export interface TcpdumpOptions {
  nic: string;
  /** Program and arguments that run it elsewhere: `nsenter --net=...`. */
  within?: readonly string[];
  /** In the syntax of pcap-filter(7). */
  filter: string;
  /** Only what leaves by the interface. */
  outOnly?: boolean;
  onPacket(packet: CapturedPacket): void;
  /** It ended by itself: the interface is gone, for one. */
  onEnd(error: WeirError): void;
}

export interface Tcpdump {
  /** Ends it; what it had captured until then has been delivered. @returns packets that the kernel had to drop */
  stop(): Promise<number>;
}

/**
 * Starts tcpdump at an interface and returns when it listens.
 * @throws WeirError CAPTURE_FAILED with its words; TOOL_MISSING
 */
export async function startTcpdump(options: TcpdumpOptions): Promise<Tcpdump> {
  requireTools(['tcpdump']);
  const { nic, within = [], filter, outOnly = false } = options;
  const ways = outOnly ? ['-Q', 'out'] : [];
  const [program, ...args] = [...within, 'tcpdump', '-i', nic, ...ways, ...TCPDUMP_OPTIONS, '-w', '-', filter];
  const child = spawn(program, args, {
    env: { ...process.env, PATH: searchPath() },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C at the terminal is for this process, which then ends tcpdump in good order.
    detached: true,
  });
  let said = '';
  let stopping = false;
  const failure = (): WeirError => captureFailed(nic, said);
  const reader = new PcapReader();
  child.stdout.on('data', (chunk: Buffer) => {
    for (const packet of reader.push(new Uint8Array(chunk))) options.onPacket(packet);
  });
  const closed = new Promise<void>((resolve) => void child.on('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      // The whole line: its parts may arrive one by one.
      if (/listening on .*\n/u.test(said)) resolve();
    });
    child.on('error', reject);
    child.on('close', () => reject(failure()));
  });
  child.on('close', () => {
    if (!stopping) options.onEnd(failure());
  });
  if (!/link-type EN10MB/u.test(said)) {
    stopping = true;
    await endProcesses([child.pid!], 2_000, 'SIGINT');
    throw captureFailed(nic, `${said}\nits link type is not Ethernet (${LINK_TYPE.ethernet})`);
  }
  return {
    stop: async () => {
      stopping = true;
      await endProcesses([child.pid!], 2_000, 'SIGINT');
      await closed;
      return Number(/(\d+) packets? dropped by kernel/u.exec(said)?.[1] ?? 0);
    },
  };
}

function captureFailed(nic: string, said: string): WeirError {
  const words = said
    .split('\n')
    .filter((line) => line !== '' && !/^(?:tcpdump: )?(?:verbose output|listening on)|^\d+ packets/u.test(line))
    .join('; ');
  const fix = /permission|not permitted/iu.test(words)
    ? 'repeat the command as root'
    : 'pcap-filter(7) describes filters';
  return new WeirError('CAPTURE_FAILED', 'tcpdump does not capture', { where: nic, found: words, fix });
}
