import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { WeirError } from '../../../base/error.ts';
import { RawSocket } from '../../../kernel/raw-socket.ts';
import { visitNamespaceAtOnce } from '../../../kernel/visit-namespace.ts';
import { readPacket } from '../../../lvs/packet.ts';
import type { Surroundings } from '../../../lvs/routing.ts';
import type { Family } from '../../../lvs/service.ts';
import { DEFAULT_SETTINGS, settingOf } from '../../../lvs/settings.ts';
import { ETHERNET_HEADER } from '../../../net/ethernet.ts';
import type { OutgoingFrame } from '../../../lvs/verdict.ts';
import { Bed, setSysctl } from '../ebpf/bed.ts';
import { type Wire, wireOf } from '../ebpf/wire.ts';
import type { MarkRule } from '../recording.ts';
import { connectionsText } from './connection-file.ts';
import type { Printed, StageOptions } from '../stage.ts';

/** Where Debian has it: `ipvsadm` by itself may be Weir's. */
const IPVSADM = '/usr/sbin/ipvsadm';
/** The routes of what a mark delivers to the director wherever it is addressed. */
const DELIVERED = 100;
/** How often, and after how many milliseconds each time, it is looked whether connections are gone. */
const RESET_TURNS = 20;
const RESET_PAUSE = 25;

/** A network namespace with the kernel's own IPVS, its command and the far ends of its cables. */
export class KernelDirector {
  readonly #bed: Bed;
  readonly #wire: Wire;
  /** By which its own programs send. */
  readonly #own: Readonly<Record<Family, RawSocket>>;

  private constructor(bed: Bed, surroundings: Surroundings) {
    this.#bed = bed;
    this.#wire = wireOf(bed, surroundings, 1);
    this.#own = visitNamespaceAtOnce(bed.director, () => ({
      inet: new RawSocket('inet'),
      inet6: new RawSocket('inet6'),
    }));
  }

  /** @throws WeirError LAB_FAILED, and what a bed throws, with nothing left behind */
  static async build({ surroundings, marks = [], sysctls = {} }: StageOptions): Promise<KernelDirector> {
    const bed = await Bed.build(surroundings);
    try {
      const director = new KernelDirector(bed, surroundings);
      for (const [name, value] of Object.entries(sysctls)) director.sysctl(name, value);
      director.#mark(marks);
      director.#deliver(surroundings.deliveredMarks ?? []);
      return director;
    } catch (error) {
      await bed.remove();
      throw error;
    }
  }

  async remove(): Promise<void> {
    for (const socket of Object.values(this.#own)) socket.close();
    await this.#bed.remove();
  }

  /** Puts a frame on the wire to an interface of the director; by `lo`, has a program of it send the packet. @returns the frames that left because of it */
  send(arrives: string, frame: Uint8Array): OutgoingFrame[] {
    if (arrives === 'lo') {
      const packet = readPacket(frame.slice(ETHERNET_HEADER));
      if (typeof packet === 'string') throw new WeirError('LAB_FAILED', `no program can send this: ${packet}`);
      this.#own[packet.family].send(packet.bytes, packet.destination);
      return this.#wire.collect();
    }
    return this.#wire.send(arrives, frame);
  }

  /** One command. @param words its arguments @param input what it reads */
  ipvsadm(words: readonly string[], input = ''): Printed {
    return this.#inside([IPVSADM, ...words], input);
  }

  /** @throws WeirError LAB_FAILED if the kernel has no such setting of IPVS, or not this value */
  sysctl(name: string, value: number): void {
    const path = `net.ipv4.vs.${settingOf(name, value).name}`;
    const isSet = visitNamespaceAtOnce(this.#bed.director, () => setSysctl(path, value));
    if (!isSet) throw new WeirError('LAB_FAILED', `this kernel has no ${path}`);
  }

  /**
   * As new: no rules, no connections, the settings of a new director, nothing learnt of paths.
   * @returns false if a connection is left all the same
   */
  async reset(): Promise<boolean> {
    // With it, those of servers that are gone end at once (ip_vs_ctl.c, expire_nodest_conn_flush).
    this.sysctl('expire_nodest_conn', 1);
    this.ipvsadm(['-R'], '-C\n--set 900 120 300\n');
    for (let turn = 0; turn < RESET_TURNS && !this.#isEmpty(); turn++) await pause(RESET_PAUSE);
    for (const [name, value] of Object.entries(DEFAULT_SETTINGS)) this.sysctl(name, value);
    visitNamespaceAtOnce(this.#bed.director, () => {
      for (const family of ['ipv4', 'ipv6']) setSysctl(`net.${family}.route.flush`, 1);
    });
    return this.#isEmpty();
  }

  /** As `ipvsadm -L -n -c` has them, which loses its way in long or odd Call-IDs. */
  connections(): string {
    return connectionsText(this.#connectionFile());
  }

  #connectionFile(): string {
    return visitNamespaceAtOnce(this.#bed.director, () => readFileSync('/proc/thread-self/net/ip_vs_conn', 'latin1'));
  }

  #isEmpty(): boolean {
    return this.#connectionFile().trim().split('\n').length === 1;
  }

  /** As the recorder does: in prerouting, before IPVS sees the packet. */
  #mark(rules: readonly MarkRule[]): void {
    if (rules.length === 0) return;
    const lines = rules.map(({ proto, family, daddr, dport, mark }) => {
      const address = `${family === 'inet6' || daddr.includes(':') ? 'ip6' : 'ip'} daddr ${daddr}`;
      const port = dport === undefined ? '' : `${proto ?? 'tcp'} dport ${dport}`;
      const protocol = proto !== undefined && port === '' ? `meta l4proto ${proto}` : '';
      return `add rule inet marks prerouting ${address} ${protocol} ${port} meta mark set ${mark}`;
    });
    const chain = 'add chain inet marks prerouting { type filter hook prerouting priority mangle; }';
    this.#must(['nft', ['add table inet marks', chain, ...lines].join('\n')]);
  }

  /** Packets of these marks come to the director wherever they are addressed. */
  #deliver(marks: readonly number[]): void {
    if (marks.length === 0) return;
    const rules = marks.map((mark) => `rule add fwmark ${mark} lookup ${DELIVERED}\n`);
    for (const [family, all] of [
      ['-4', '0.0.0.0/0'],
      ['-6', '::/0'],
    ] as const)
      this.#must(['ip', family, '-batch', '-'], `${rules.join('')}route add local ${all} dev lo table ${DELIVERED}\n`);
  }

  #must(argv: readonly string[], input = ''): void {
    const { exit, stderr } = this.#inside(argv, input);
    if (exit !== 0) throw new WeirError('LAB_FAILED', `${argv[0]} failed in the director`, { found: stderr.trim() });
  }

  #inside([program = '', ...words]: readonly string[], input: string): Printed {
    const { status, stdout, stderr } = visitNamespaceAtOnce(this.#bed.director, () =>
      spawnSync(program, words, { input, encoding: 'utf8' }),
    );
    return { exit: status ?? -1, stdout, stderr };
  }
}
