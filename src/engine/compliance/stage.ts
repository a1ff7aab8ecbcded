import { WeirError } from '../../base/error.ts';
import type { Director as CommandLineDirector } from '../../ipvsadm/director.ts';
import { NO_NAMES } from '../../ipvsadm/names.ts';
import { readRules } from '../../ipvsadm/read-rules.ts';
import { runIpvsadm } from '../../ipvsadm/run.ts';
import type { Operation } from '../../lvs/operation.ts';
import type { Packet } from '../../lvs/packet.ts';
import type { Surroundings } from '../../lvs/routing.ts';
import { settingOf } from '../../lvs/settings.ts';
import type { Verdict } from '../../lvs/verdict.ts';
import { parseInterfaceAddress } from '../../net/address.ts';
import { portsAt } from '../../lvs/transport.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import type { ServiceStatistics } from '../engine.ts';
import { ModelEngine } from '../model/engine.ts';
import type { MarkRule } from './recording.ts';

export interface Printed {
  stdout: string;
  stderr: string;
  exit: number;
}

/** Connections of a real server. */
export interface Load {
  active: number;
  inactive: number;
}

export interface StageOptions {
  surroundings: Surroundings;
  marks?: readonly MarkRule[];
  sysctls?: Readonly<Record<string, number>>;
}

/** Opens a stage for one recording, with a director that has an empty table. @throws WeirError what the engine cannot do */
export type OpenStage = (options: StageOptions) => Promise<Stage>;

/** Plays something on a stage that is gone afterwards. */
export async function onStage<T>(
  open: OpenStage,
  options: StageOptions,
  play: (stage: Stage) => Promise<T>,
): Promise<T> {
  const stage = await open(options);
  try {
    return await play(stage);
  } finally {
    await stage.close();
  }
}

/**
 * A director with its command line and its clock: what a recording is played on. This one is the specification's; that of another
 * engine overrides what concerns its packets and its table.
 */
export class Stage {
  readonly engine: ModelEngine;
  #now = 0;

  constructor({ surroundings, marks = [], sysctls = {} }: StageOptions) {
    this.engine = new ModelEngine({
      surroundings,
      settings: sysctls,
      clock: () => this.#now,
      random: sequence(),
      mark: (packet) => markOf(packet, marks),
      context: { schedulers: RECORDED_SCHEDULERS },
    });
  }

  /** The specification's stage. */
  static readonly open: OpenStage = async (options) => new Stage(options);

  /** Milliseconds since the start. */
  get now(): number {
    return this.#now;
  }

  /** Lets time pass. */
  async wait(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    this.engine.director.advance(this.#now);
  }

  receive(arrived: string, frame: Uint8Array): Verdict {
    return this.engine.director.receive(frame, arrived);
  }

  /** Counts of connections, packets and bytes of every service. */
  statistics(): Promise<ServiceStatistics[]> {
    return this.engine.statistics();
  }

  /** Connections of every real server, in any order. */
  async loads(): Promise<Load[]> {
    return (await this.statistics()).flatMap((service) => service.destinations);
  }

  async sysctl(name: string, value: number): Promise<void> {
    const setting = settingOf(name, value);
    await this.engine.commit([{ do: 'set-settings', settings: { [setting.name]: setting.value } }]);
  }

  /** One ipvsadm command. @param line its arguments, as the recordings have them */
  async ipvsadm(line: string): Promise<Printed> {
    const printed: Printed = { stdout: '', stderr: '', exit: 0 };
    printed.exit = await runIpvsadm(line.split(/\s+/), {
      stdout: (text) => void (printed.stdout += text),
      stderr: (text) => void (printed.stderr += text),
      stdin: async () => '',
      names: NO_NAMES,
      director: commandLineDirector(this.engine),
    });
    return printed;
  }

  /** One line of saved rules, as `weir rule` takes it. @returns the code of the error that refused it */
  async rule(line: string): Promise<string | undefined> {
    return (await outcomeOf(async () => this.engine.commit(await operationsOf(line))))?.code;
  }

  /** Commands that must succeed. */
  async configure(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      const { exit, stderr } = await this.ipvsadm(line);
      if (exit !== 0) throw new Error(`ipvsadm ${line}: exit ${exit}: ${stderr}`);
    }
  }

  /** Removes what was built for it. */
  async close(): Promise<void> {}
}

/** What the recorded kernel had: no `twos`, and none of Weir's own. */
const RECORDED_SCHEDULERS: ReadonlySet<string> = new Set(
  'rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh none'.split(' '),
);

function commandLineDirector(engine: ModelEngine): CommandLineDirector {
  return {
    table: () => engine.table(),
    statistics: () => engine.statistics(),
    connections: () => engine.connections(),
    zero: (match) => engine.zero(match),
    async apply(operations, { each }) {
      if (!each) {
        const outcome = await outcomeOf(() => engine.commit(operations));
        return operations.map(() => outcome);
      }
      const outcomes: (WeirError | undefined)[] = [];
      for (const operation of operations) outcomes.push(await outcomeOf(() => engine.commit([operation])));
      return outcomes;
    },
  };
}

/** What a line of saved rules asks for. @throws WeirError RULES_INVALID */
export async function operationsOf(line: string): Promise<Operation[]> {
  return (await readRules(line, 'the stage', NO_NAMES)).map(({ operation }) => operation);
}

export async function outcomeOf(action: () => Promise<unknown>): Promise<WeirError | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
}

function markOf(packet: Readonly<Packet>, rules: readonly MarkRule[]): number {
  return rules.find((rule) => matches(packet, rule))?.mark ?? 0;
}

function matches({ destination, protocol, bytes, transport }: Readonly<Packet>, rule: MarkRule): boolean {
  const prefix = rule.daddr.includes('/') ? rule.daddr : `${rule.daddr}/${rule.daddr.includes(':') ? 128 : 32}`;
  if (!parseInterfaceAddress(prefix).prefix.contains(destination)) return false;
  const numbers: Readonly<Record<string, number>> = IP_PROTOCOL;
  if (rule.proto !== undefined && numbers[rule.proto] !== protocol) return false;
  const wanted = rule.dport?.match(/\d+/g)?.map(Number);
  return wanted === undefined || wanted.includes(portsAt(bytes, transport)?.destination ?? -1);
}

/** Numbers that look random and are the same in every run (a linear congruential generator). */
function sequence(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}
