import { spawn, type ChildProcess } from 'node:child_process';
import { WeirError } from '../base/error.ts';
import { connectDirector, type DirectorClient } from '../daemon/client.ts';
import type { EngineKind } from '../engine/options.ts';
import { NO_NAMES } from '../ipvsadm/names.ts';
import { numericRules, readRules, type Rule } from '../ipvsadm/read-rules.ts';
import { insideNamespace } from '../kernel/namespace.ts';
import { BIN_FOLDER } from '../kernel/package.ts';
import { endProcesses, run, runAttached, runShown, type Outcome, type RunOptions } from '../kernel/process.ts';
import { searchPath } from '../kernel/tools.ts';
import { startCapture, type Capture } from './capture.ts';
import { directorLog, hostSocket, startDirector } from './director.ts';
import { hostFolder, readLabs, type LabRecord } from './registry.ts';
import { removeLab } from './removal.ts';
import { accessLog, webFolder } from './servers.ts';
import { hostOfRole, ruleLines, type Topology } from './topology.ts';

/** A command line for a shell, or a program with its arguments. */
export type CommandLine = string | readonly string[];

/** A lab that stands. `buildLab` makes one, `openLab` finds one. */
export class Lab {
  readonly record: LabRecord;

  constructor(record: LabRecord) {
    this.record = record;
  }

  get id(): string {
    return this.record.id;
  }

  get topology(): Topology {
    return this.record.topology;
  }

  /** The name of the host that is the director. */
  get director(): string {
    return hostOfRole(this.topology, 'director');
  }

  /** The name of the first client. */
  get client(): string {
    return hostOfRole(this.topology, 'client');
  }

  /** Process id of the director's daemon. @throws WeirError LAB_FAILED where it was not started */
  get directorPid(): number {
    const { director } = this.record;
    if (director !== undefined) return director.pid;
    throw new WeirError('LAB_FAILED', `no daemon was started on ${this.director}`, { where: `lab ${this.id}` });
  }

  get socket(): string {
    return hostSocket(this.record, this.director);
  }

  /** The log of the director's daemon. */
  get directorLog(): string {
    return directorLog(this.record);
  }

  /** The files of a host: configurations, logs. */
  folder(host: string): string {
    return hostFolder(this.id, this.#known(host));
  }

  /** Where a web server finds its files; `/` answers with its name. */
  webFolder(host: string): string {
    return webFolder(this.id, this.#known(host));
  }

  /** Lines `ADDRESS:PORT of the client, address asked, "request", status, bytes`. */
  accessLog(host: string): string {
    return accessLog(this.id, this.#known(host));
  }

  namespace(host: string): string {
    return this.record.namespaces[this.#known(host)]!;
  }

  /**
   * Runs a command on a host to its end.
   * @throws WeirError LAB_UNKNOWN for a host there is not; TOOL_MISSING
   */
  async exec(host: string, command: CommandLine, options: RunOptions = {}): Promise<Outcome> {
    return await run(this.#inside(host, command), { ...options, env: { ...this.environment(host), ...options.env } });
  }

  /** Runs a command on a host with this process's own standard streams. @returns its exit code */
  async attach(host: string, command: CommandLine, env: Record<string, string> = {}): Promise<number> {
    return await runAttached(this.#inside(host, command), { env: { ...this.environment(host), ...env } });
  }

  /** Runs a command on a host whose output is seen as it comes; the signal's abort is Ctrl-C to it. @returns its exit code */
  async show(host: string, command: CommandLine, signal: AbortSignal): Promise<number> {
    return await runShown(this.#inside(host, command), { env: this.environment(host), signal });
  }

  /** Starts a command on a host, with pipes to its standard streams; `down` ends it. Its pid is the program's own. */
  spawn(host: string, command: CommandLine, env: Record<string, string> = {}): ChildProcess {
    const [program = '', ...args] = this.#inside(host, command);
    return spawn(program, args, { env: { ...process.env, ...this.environment(host), ...env }, stdio: 'pipe' });
  }

  /** `ipvsadm` at the director's prompt: `-A -t 10.1.1.21:80 -s rr`, with or without `ipvsadm` before it. */
  async ipvsadm(line: string, input = ''): Promise<Outcome> {
    const words = line.trim().split(/\s+/);
    return await this.exec(this.director, words[0] === 'ipvsadm' ? words : ['ipvsadm', ...words], { input });
  }

  /** Types the topology's own rules: those of its commands that change the table. @throws WeirError LAB_FAILED */
  async applyRules(): Promise<void> {
    await this.#withRules(async (director, rules) => {
      await director.commit(rules.map(({ operation }) => operation));
    });
  }

  /**
   * Makes the topology's rules the only ones, as if none had been before: every scheduler begins anew.
   * @throws WeirError LAB_FAILED
   */
  async replaceRules(): Promise<void> {
    await this.#withRules(async (director, rules) => {
      await director.commit([{ do: 'flush' }]);
      await director.restore({ rules: numericRules(rules), source: this.topology.name });
    });
  }

  async #withRules(action: (director: DirectorClient, rules: readonly Rule[]) => Promise<void>): Promise<void> {
    const lines = ruleLines(this.topology);
    try {
      const rules = await readRules(lines.join('\n'), `the commands of ${this.topology.name}`, NO_NAMES);
      await action(await connectDirector(this.socket), rules);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      throw new WeirError('LAB_FAILED', `the rules of topology ${this.topology.name} were refused`, {
        found: error.describe(),
        where: lines.join('; '),
        cause: error,
      });
    }
  }

  /**
   * Starts the daemon, also again after it has ended; `directorPid` is the new one's.
   * @param more further options of `weir run`
   * @throws WeirError LAB_FAILED
   */
  async startDirector(engine: EngineKind = 'ebpf', more: readonly string[] = []): Promise<void> {
    await startDirector(this.record, engine, more);
  }

  /** Ends the daemon: SIGTERM, which lets it clean up, or SIGKILL, which does not. */
  async stopDirector(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await endProcesses([this.directorPid], signal === 'SIGTERM' ? 10_000 : 0, signal);
  }

  /** Starts tcpdump on NICs: all of them, or those of some hosts. @throws WeirError LAB_FAILED */
  async capture(filter: string, hosts: readonly string[] = Object.keys(this.topology.hosts)): Promise<Capture> {
    return await startCapture(
      this.record,
      filter,
      hosts.map((host) => this.#known(host)),
    );
  }

  /** Removes everything. Once it is gone, does nothing. */
  async down(): Promise<void> {
    await removeLab(this.record);
  }

  /**
   * What programs on a host find in their environment: Weir's commands first in PATH, and the socket at which the host's own
   * daemon listens. Only the director has one: elsewhere `ipvsadm` finds nobody, least of all the machine's own daemon.
   */
  environment(host: string): Record<string, string> {
    return {
      PATH: `${BIN_FOLDER}:${searchPath()}`,
      WEIR_LAB: this.id,
      WEIR_HOST: host,
      WEIR_SOCKET: hostSocket(this.record, this.#known(host)),
      WEIR_STATE: `${this.folder(host)}/state`,
    };
  }

  #inside(host: string, command: CommandLine): string[] {
    const argv = typeof command === 'string' ? ['sh', '-c', command] : command;
    return insideNamespace(this.namespace(host), argv);
  }

  #known(host: string): string {
    if (Object.hasOwn(this.record.namespaces, host)) return host;
    throw new WeirError('LAB_UNKNOWN', `lab ${this.id} has no host ${JSON.stringify(host)}`, {
      expected: `one of ${Object.keys(this.record.namespaces).join(', ')}`,
      found: host,
    });
  }
}

/**
 * Finds a lab by its id, or the only one there is.
 * @throws WeirError LAB_UNKNOWN with the ids there are
 */
export function openLab(id?: string): Lab {
  const labs = readLabs();
  const found = id === undefined ? labs : labs.filter((record) => record.id === id);
  const [only] = found;
  if (only !== undefined && found.length === 1) return new Lab(only);
  const several = id === undefined && labs.length > 1;
  const message = several ? 'more than one lab is up' : id === undefined ? 'no lab is up' : `there is no lab ${id}`;
  const ids = labs.map((lab) => lab.id).join(', ');
  throw new WeirError(
    'LAB_UNKNOWN',
    message,
    ids === '' ? { fix: 'build one: weir lab up nat' } : { expected: `one of ${ids}` },
  );
}
