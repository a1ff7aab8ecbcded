import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { WeirError } from '../../../base/error.ts';
import { run } from '../../../kernel/process.ts';
import { requireTools } from '../../../kernel/tools.ts';
import type { Verdict } from '../../../lvs/verdict.ts';
import { KernelDirector } from './director.ts';
import { type Load, type Printed, Stage, type StageOptions } from '../stage.ts';

/** Milliseconds after which the kernel has added up what was counted (ip_vs_est.c): what it lists is that sum. */
export const SUMMED_UP = 2_500;

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
 * What the recorder of the golden recordings has loaded: schedulers that have settings, tunnels, and SCTP, which the host then answers itself.
 * Modules that this kernel does not have are passed over: what needs them differs.
 * @throws WeirError as requireIpvs
 */
export async function loadAsRecorder(): Promise<void> {
  await requireIpvs();
  await run(['modprobe', '-a', 'sctp', 'fou', 'ip6_udp_tunnel', 'ip_vs_lblc', 'ip_vs_lblcr']);
}

/**
 * The kernel's own IPVS with its command line and its cables: what a recording was made of, played again. Its time is real, so waiting
 * takes as long as it says.
 */
export class KernelStage extends Stage {
  readonly #director: KernelDirector;

  private constructor(options: StageOptions, director: KernelDirector) {
    super(options);
    this.#director = director;
  }

  static async openOn(options: StageOptions): Promise<KernelStage> {
    return new KernelStage(options, await KernelDirector.build(options));
  }

  override async close(): Promise<void> {
    await this.#director.remove();
  }

  override async wait(milliseconds: number): Promise<void> {
    await super.wait(milliseconds);
    await pause(milliseconds);
  }

  /** @returns the specification's verdict, with the frames that really left */
  override receive(arrived: string, frame: Uint8Array): Verdict {
    const frames = this.#director.send(arrived, frame);
    return { ...super.receive(arrived, frame), frames };
  }

  override async sysctl(name: string, value: number): Promise<void> {
    this.#director.sysctl(name, value);
    await super.sysctl(name, value);
  }

  override async ipvsadm(line: string): Promise<Printed> {
    await super.ipvsadm(line);
    if (/--(?:stats|rate)\b/u.test(line)) await pause(SUMMED_UP);
    return this.#director.ipvsadm(line.split(/\s+/u));
  }

  override async loads(): Promise<Load[]> {
    const { stdout } = this.#director.ipvsadm(['-L', '-n']);
    return [...stdout.matchAll(/^ {2}-> \S+ +[A-Z]\w+ +\d+ +(\d+) +(\d+)/gmu)].map(([, active, inactive]) => ({
      active: Number(active),
      inactive: Number(inactive),
    }));
  }
}
