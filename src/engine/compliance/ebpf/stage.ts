import { WeirError } from '../../../base/error.ts';
import { NO_NAMES } from '../../../ipvsadm/names.ts';
import { runIpvsadm } from '../../../ipvsadm/run.ts';
import type { Operation } from '../../../lvs/operation.ts';
import type { OutgoingFrame, Verdict } from '../../../lvs/verdict.ts';
import type { EbpfEngine } from '../../ebpf/engine.ts';
import type { ServiceStatistics } from '../../engine.ts';
import { type Printed, Stage, type StageOptions, operationsOf, outcomeOf } from '../stage.ts';
import { type PlayedHook, Rig, type RigPool } from './rig.ts';
import { markOperations, settingOperation } from './setup.ts';

export interface EbpfStageOptions extends StageOptions {
  hook: PlayedHook;
  /** Where the stage's engine comes from and goes to; absent: one that is made for the stage and removed with it. */
  rigs?: RigPool;
}

const SWEEP_PERIOD = 1_000;

/**
 * The eBPF engine with its command line, its cables and its clock: what a recording is played on. Frames go through the programs
 * as they are attached, and through the kernel's own stack where the programs pass them. The specification stands beside and gets
 * the same commands, frames and time, so that either can be asked about a step.
 */
export class EbpfStage extends Stage {
  readonly #rig: Rig;
  readonly #release: () => Promise<void>;

  private constructor(options: EbpfStageOptions, rig: Rig, release: () => Promise<void>) {
    super(options);
    this.#rig = rig;
    this.#release = release;
  }

  /** @throws WeirError what the machine lacks */
  static async openOn(options: EbpfStageOptions): Promise<EbpfStage> {
    const { surroundings, hook, rigs, sysctls = {}, marks = [] } = options;
    const rig = await (rigs?.take(surroundings, hook) ?? Rig.build(surroundings, hook));
    try {
      await rig.forwarding.commit([
        ...Object.entries(sysctls).map(([name, value]) => settingOperation(name, value)),
        ...markOperations(marks),
      ]);
    } catch (error) {
      await rig.remove();
      throw error;
    }
    return new EbpfStage(options, rig, () => rigs?.giveBack(rig, surroundings, hook) ?? rig.remove());
  }

  get rig(): Rig {
    return this.#rig;
  }

  get forwarding(): EbpfEngine {
    return this.#rig.forwarding;
  }

  override async close(): Promise<void> {
    await this.#release();
  }

  /** Lets time pass: the clock of packets and sweeper is moved, nobody waits. What takes a second has seen a round of the sweeper. */
  override async wait(milliseconds: number): Promise<void> {
    await super.wait(milliseconds);
    await this.forwarding.swept();
    this.forwarding.advanceClock(milliseconds);
    if (milliseconds >= SWEEP_PERIOD) await this.forwarding.sweep();
  }

  /** @returns the specification's verdict, with the frames that really left */
  override receive(arrived: string, frame: Uint8Array): Verdict {
    return { ...this.specified(arrived, frame), frames: this.forwarded(arrived, frame) };
  }

  override statistics(): Promise<ServiceStatistics[]> {
    return this.forwarding.statistics();
  }

  /** The frame through the specification alone. */
  specified(arrived: string, frame: Uint8Array): Verdict {
    return super.receive(arrived, frame);
  }

  /** The frame through the loaded programs alone: what left because of it. */
  forwarded(arrived: string, frame: Uint8Array): OutgoingFrame[] {
    return this.#rig.wire.send(arrived, frame);
  }

  /** What the loaded programs would do with an IP packet. */
  async explained(packet: Uint8Array, arrives: string): Promise<Verdict> {
    return await this.#rig.visit(() => this.forwarding.explain({ packet, interface: arrives }));
  }

  /** One ipvsadm command on the specification alone. */
  async specifiedIpvsadm(line: string): Promise<Printed> {
    return await super.ipvsadm(line);
  }

  /** Takes back time that has really passed, in milliseconds: the specification's clock moves by `wait` alone. */
  takeBack(milliseconds: number): void {
    this.forwarding.advanceClock(-milliseconds);
  }

  override async sysctl(name: string, value: number): Promise<void> {
    await this.forwarding.commit([settingOperation(name, value)]);
    await super.sysctl(name, value);
  }

  /**
   * One ipvsadm command, after a round of the sweeper, as the kernel's timers would have run by now.
   * @param line its arguments, as the recordings have them
   * @param sweeps false where there is no connection that could be over
   */
  override async ipvsadm(line: string, sweeps = true): Promise<Printed> {
    await this.specifiedIpvsadm(line);
    if (sweeps) await this.forwarding.sweep();
    const printed: Printed = { stdout: '', stderr: '', exit: 0 };
    printed.exit = await runIpvsadm(line.split(/\s+/), {
      stdout: (text) => void (printed.stdout += text),
      stderr: (text) => void (printed.stderr += text),
      stdin: async () => '',
      names: NO_NAMES,
      director: {
        table: () => this.forwarding.table(),
        statistics: () => this.forwarding.statistics(),
        connections: () => this.forwarding.connections(),
        zero: (match) => this.forwarding.zero(match),
        apply: (operations) => this.#apply(operations),
      },
    });
    return printed;
  }

  /** As the specification has it, or both have refused it for the same reason. @throws Error where one has not */
  override async rule(line: string): Promise<string | undefined> {
    const specified = await super.rule(line);
    await this.forwarding.sweep();
    const found = (await outcomeOf(async () => this.forwarding.commit(await operationsOf(line))))?.code;
    if (specified !== found)
      throw new Error(`${line}: expected ${specified ?? 'success'}, found ${found ?? 'success'}`);
    return found;
  }

  async #apply(operations: readonly Operation[]): Promise<(WeirError | undefined)[]> {
    const outcomes: (WeirError | undefined)[] = [];
    for (const operation of operations) {
      try {
        await this.forwarding.commit([operation]);
        outcomes.push(undefined);
      } catch (error) {
        if (!(error instanceof WeirError)) throw error;
        outcomes.push(error);
      }
    }
    return outcomes;
  }
}

/** Plays something on a stage that is gone afterwards. */
export async function onStage<T>(options: EbpfStageOptions, play: (stage: EbpfStage) => Promise<T>): Promise<T> {
  const stage = await EbpfStage.openOn(options);
  try {
    return await play(stage);
  } finally {
    await stage.close();
  }
}
