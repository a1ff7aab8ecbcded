import { setTimeout as pause } from 'node:timers/promises';
import { fromHex, toHex } from '../../../../net/bytes.ts';
import { choicesIn } from '../../frame-choices.ts';
import type { WireFrame, WireInput, WireRecording } from '../../recording.ts';
import { KernelDirector } from '../director.ts';
import { SUMMED_UP } from '../stage.ts';
import type { Play } from './episode.ts';

/** What came of playing an episode: all that the kernel did, or why it could not be played. */
export type Played = WireRecording | { name: string; failed: string };

/** Directors that take turns, so that none has to wait until the kernel has added up what it counted. */
const DIRECTORS = 4;
/** Seconds. Nothing is said of fragments that wait for the rest, not even after the episode. */
const FRAGMENT_TIME = 3_600;
/** Of IPv6 the stack has one, and what puts fragments together before IPVS has another. */
const FRAGMENT_TIMES = ['net.ipv4.ipfrag_time', 'net.ipv6.ip6frag_time', 'net.netfilter.nf_conntrack_frag6_timeout'];

/** A director that episodes are played on, one after another. */
class Turn {
  readonly director: KernelDirector;
  /** What it was built in. */
  readonly surroundings: string;
  #recording: Omit<WireRecording, 'stats'> | undefined;
  #playedAt = 0;
  /** It has counted connections to be refused (drop_packet), and goes on where it has come to. */
  #counts = false;
  /** Rules of real servers that were deleted: the kernel would bring them back with what it had counted of them. */
  readonly #deleted = new Set<string>();

  private constructor(director: KernelDirector, surroundings: string) {
    this.director = director;
    this.surroundings = surroundings;
  }

  static async build(play: Play): Promise<Turn> {
    const { topology, marks = [] } = play;
    const { ifaces: interfaces, sysctls, ...around } = topology;
    const times = Object.fromEntries(FRAGMENT_TIMES.map((name) => [name, FRAGMENT_TIME]));
    const surroundings = { interfaces, ...around, sysctls: { ...sysctls, ...times } };
    return new Turn(await KernelDirector.build({ surroundings, marks }), surroundingsKey(play));
  }

  /** Makes the director as new. @returns false if it cannot be for this episode */
  async reset(play: Play): Promise<boolean> {
    const { config } = play;
    if (this.#counts || this.surroundings !== surroundingsKey(play)) return false;
    if (config.some((line) => this.#deleted.has(serverOf(line) ?? ''))) return false;
    return await this.director.reset();
  }

  play(play: Play): void {
    this.#recording = record(play, this.director);
    this.#playedAt = performance.now();
    this.#counts = 'drop_packet' in (play.sysctls ?? {});
    const added = new Set<string>();
    for (const step of [...play.config.map((ipvsadm) => ({ ipvsadm })), ...play.in]) {
      const line = 'ipvsadm' in step ? step.ipvsadm : '';
      const server = serverOf(line);
      if (server === undefined) continue;
      if (line.startsWith('-a ')) added.add(server);
      else this.#deleted.add(server);
    }
    if (play.in.some((step) => 'ipvsadm' in step && /^-[DC]/u.test(step.ipvsadm)))
      for (const server of added) this.#deleted.add(server);
  }

  /** What was played last, with what the kernel has counted, once it has added it up. */
  async finish(): Promise<WireRecording | undefined> {
    const recording = this.#recording;
    if (recording === undefined) return undefined;
    this.#recording = undefined;
    await pause(Math.max(0, this.#playedAt + SUMMED_UP - performance.now()));
    const { stdout: stats } = this.director.ipvsadm(['-L', '-n', '--stats', '--exact']);
    return { ...recording, stats };
  }
}

function surroundingsKey({ topology, marks }: Play): string {
  return JSON.stringify([topology, marks]);
}

/** Service and real server of a command that adds or deletes one. */
function serverOf(line: string): string | undefined {
  return /^-[ad] (.+? -r \S+)/u.exec(line)?.[1];
}

/**
 * Plays episodes on the kernel's own IPVS, one packet after another; those of the same surroundings and marks follow each other.
 * @param told gets each as a recording of what the kernel did
 */
export async function playOnKernel(plays: readonly Play[], told: (outcome: Played) => void): Promise<void> {
  const turns: (Turn | undefined)[] = [];
  const tell = (recording: WireRecording | undefined): void => {
    if (recording !== undefined) told(recording);
  };
  try {
    const ordered = plays.toSorted((a, b) => surroundingsKey(a).localeCompare(surroundingsKey(b)));
    for (const [number, play] of ordered.entries()) {
      const place = number % DIRECTORS;
      tell(await turns[place]?.finish());
      const turn = await readyFor(play, turns[place]);
      turns[place] = turn;
      try {
        turn.play(play);
      } catch (error) {
        told({ name: play.name, failed: String(error) });
      }
    }
    for (const turn of turns) tell(await turn?.finish());
  } finally {
    for (const turn of turns) await turn?.director.remove();
  }
}

async function readyFor(play: Play, turn: Turn | undefined): Promise<Turn> {
  if (turn !== undefined) {
    if (await turn.reset(play)) return turn;
    await turn.director.remove();
  }
  return await Turn.build(play);
}

function record(play: Play, director: KernelDirector): Omit<WireRecording, 'stats'> {
  for (const [name, value] of Object.entries(play.sysctls ?? {})) director.sysctl(name, value);
  const { exit, stderr } = director.ipvsadm(['-R'], play.config.map((line) => `${line}\n`).join(''));
  if (exit !== 0) throw new Error(`the kernel refused a rule: ${stderr.trim()}`);
  const start = performance.now();
  const now = (): number => Math.round(performance.now() - start);
  const taken: WireInput[] = [];
  const out: WireFrame[] = [];
  for (const [after, step] of play.in.entries()) {
    const at = now();
    taken.push({ ...takeStep(director, step, (iface, bytes) => out.push(frameOf(iface, after, bytes))), at });
  }
  const until = now();
  const connections = director.connections();
  const { stdout: loads } = director.ipvsadm(['-L', '-n']);
  return { ...play, in: taken, out, connections, loads, until };
}

/** One step on the kernel's director. @returns it, with what the kernel said to it */
function takeStep(
  director: KernelDirector,
  step: WireInput,
  left: (iface: string, bytes: Uint8Array) => void,
): WireInput {
  if ('ipvsadm' in step) return { ...step, exit: director.ipvsadm(step.ipvsadm.split(/\s+/u)).exit };
  if ('sysctl' in step) director.sysctl(...step.sysctl);
  if ('wait' in step) sleep(step.wait);
  if ('hex' in step)
    for (const { interface: name, bytes } of director.send(step.iface, fromHex(step.hex))) left(name, bytes);
  return step;
}

/** @param milliseconds in which nothing else runs here either */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function frameOf(iface: string, after: number, bytes: Uint8Array): WireFrame {
  const choices = choicesIn(bytes);
  return { iface, after, hex: toHex(bytes), ...(choices.length === 0 ? {} : { volatile: choices }) };
}

/** Plays episodes of the same surroundings one at a time. */
export class EpisodePlayer {
  #turn: Turn | undefined;

  async play(play: Play): Promise<Played> {
    try {
      this.#turn = await readyFor(play, this.#turn);
      this.#turn.play(play);
      return (await this.#turn.finish()) ?? { name: play.name, failed: 'nothing was played' };
    } catch (error) {
      return { name: play.name, failed: String(error) };
    }
  }

  async close(): Promise<void> {
    await this.#turn?.director.remove();
  }
}
