import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { WeirError } from '../../../base/error.ts';
import { insideNamespace } from '../../../kernel/namespace.ts';
import { run } from '../../../kernel/process.ts';
import { requireTools } from '../../../kernel/tools.ts';
import { settingOf } from '../../../lvs/settings.ts';
import type { OutgoingFrame, Verdict } from '../../../lvs/verdict.ts';
import { Bed } from '../ebpf/bed.ts';
import { wireOf, type Wire } from '../ebpf/wire.ts';
import type { MarkRule } from '../recording.ts';
import { type Load, type Printed, Stage, type StageOptions } from '../stage.ts';

/** Where Debian has it: `ipvsadm` by itself may be Weir's. */
const IPVSADM = '/usr/sbin/ipvsadm';

/** Milliseconds after which the kernel has added up what was counted (ip_vs_est.c): what it lists is that sum. */
const SUMMED_UP = 2_500;

/** @throws WeirError KERNEL_FEATURE_MISSING without IPVS, TOOL_MISSING without its command */
export async function requireIpvs(): Promise<void> {
  if (!existsSync('/proc/net/ip_vs')) await run(['modprobe', 'ip_vs']);
  if (!existsSync('/proc/net/ip_vs')) {
    throw new WeirError('KERNEL_FEATURE_MISSING', 'this kernel has no IPVS', {
      expected: 'the module ip_vs',
      fix: '--vm PROGRAM: a program that runs a command in a virtual machine whose kernel has it',
    });
  }
  requireTools(['ipvsadm', 'nft']);
}

/**
 * The kernel's own IPVS with its command line and its cables: what a recording was made of, played again. Its time is real, so waiting
 * takes as long as it says.
 */
export class KernelStage extends Stage {
  readonly #bed: Bed;
  readonly #wire: Wire;

  private constructor(options: StageOptions, bed: Bed) {
    super(options);
    this.#bed = bed;
    this.#wire = wireOf(bed, options.surroundings);
  }

  static async openOn(options: StageOptions): Promise<KernelStage> {
    const bed = await Bed.build(options.surroundings);
    try {
      const stage = new KernelStage(options, bed);
      for (const [name, value] of Object.entries(options.sysctls ?? {})) await stage.#set(name, value);
      await stage.#mark(options.marks ?? []);
      return stage;
    } catch (error) {
      await bed.remove();
      throw error;
    }
  }

  override async close(): Promise<void> {
    await this.#bed.remove();
  }

  override async wait(milliseconds: number): Promise<void> {
    await super.wait(milliseconds);
    await pause(milliseconds);
  }

  /** @returns the specification's verdict, with the frames that really left */
  override receive(arrived: string, frame: Uint8Array): Verdict {
    const frames: OutgoingFrame[] = this.#wire.send(arrived, frame);
    return { ...super.receive(arrived, frame), frames };
  }

  override async sysctl(name: string, value: number): Promise<void> {
    await this.#set(name, value);
    await super.sysctl(name, value);
  }

  override async ipvsadm(line: string): Promise<Printed> {
    await super.ipvsadm(line);
    if (/--(?:stats|rate)\b/u.test(line)) await pause(SUMMED_UP);
    const { code, stdout, stderr } = await this.#inside([IPVSADM, ...line.split(/\s+/u)]);
    return { exit: code ?? -1, stdout, stderr };
  }

  override async loads(): Promise<Load[]> {
    const { stdout } = await this.#inside([IPVSADM, '-L', '-n']);
    return [...stdout.matchAll(/^ {2}-> \S+ +[A-Z]\w+ +\d+ +(\d+) +(\d+)/gmu)].map(([, active, inactive]) => ({
      active: Number(active),
      inactive: Number(inactive),
    }));
  }

  async #set(name: string, value: number): Promise<void> {
    await this.#must(['sysctl', '-qw', `net.ipv4.vs.${settingOf(name, value).name}=${value}`]);
  }

  /** As the recorder does: in prerouting, before IPVS sees the packet. */
  async #mark(rules: readonly MarkRule[]): Promise<void> {
    if (rules.length === 0) return;
    const lines = rules.map(({ proto, family, daddr, dport, mark }) => {
      const address = `${family === 'inet6' || daddr.includes(':') ? 'ip6' : 'ip'} daddr ${daddr}`;
      const port = dport === undefined ? '' : `${proto ?? 'tcp'} dport ${dport}`;
      const protocol = proto !== undefined && port === '' ? `meta l4proto ${proto}` : '';
      return `add rule inet marks prerouting ${address} ${protocol} ${port} meta mark set ${mark}`;
    });
    const chain = 'add chain inet marks prerouting { type filter hook prerouting priority mangle; }';
    await this.#must(['nft', ['add table inet marks', chain, ...lines].join('\n')]);
  }

  async #must(argv: readonly string[]): Promise<void> {
    const { code, stderr } = await this.#inside(argv);
    if (code !== 0)
      throw new WeirError('LAB_FAILED', `${argv[0]} failed in ${this.#bed.director}`, { found: stderr.trim() });
  }

  #inside(argv: readonly string[]): ReturnType<typeof run> {
    return run(insideNamespace(this.#bed.director, argv));
  }
}
