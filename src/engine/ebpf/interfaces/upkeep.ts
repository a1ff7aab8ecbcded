import { join } from 'node:path';
import { readInterfaces } from '../../../kernel/interfaces.ts';
import { LinkMonitor } from '../../../kernel/link-monitor.ts';
import { NeighbourMonitor } from '../../../kernel/neighbour-monitor.ts';
import { readSysctl } from '../../../kernel/sysctl.ts';
import type { HeldNamespace } from '../../../kernel/visit-namespace.ts';
import type { Family } from '../../../lvs/service.ts';
import type { Table } from '../../../lvs/table.ts';
import type { FaultCounts } from '../../faults.ts';
import type { EngineOptions } from '../../options.ts';
import { PIN_LAYOUT, type Tables, readSettings, restorePins, writeSettings } from '../maps/tables.ts';
import type { Programs } from '../programs/programs.ts';
import { Attachments } from './attachments.ts';
import { type Forwarded, ForwardingWatch } from './forwarding-watch.ts';
import { InterfaceWatch } from './interface-watch.ts';
import { NeighbourWatch } from './neighbour-watch.ts';
import { OwnTraffic } from './own-traffic.ts';
import type { Vips } from './vips.ts';

export interface UpkeepOptions {
  /** The bpffs of the run folder. */
  folder: string;
  /** The director's network namespace, where all of it happens: the thread may be elsewhere when it is time to look. */
  home: HeldNamespace;
  tables: Tables;
  programs: Programs;
  options: EngineOptions;
  vips: Vips;
  faults: FaultCounts;
  /** The rules in force. */
  table: () => Table;
  /** Whether a real server is the director itself, or one that was has connections. */
  hasLocalServers: () => boolean;
  /** Whether there are masqueraded real servers of a family. */
  hasMasqueradedServers: (family: Family) => boolean;
}

/**
 * Looks after what is around the programs: interfaces and hooks, VIPs, neighbours, pins. What changes there is followed, or mended, as long
 * as it runs.
 */
export class Upkeep {
  readonly attachments: Attachments;
  readonly ownTraffic: OwnTraffic;
  readonly neighbours: NeighbourWatch;
  readonly forwarding: ForwardingWatch;
  readonly #given: UpkeepOptions;
  readonly #watch: InterfaceWatch;
  readonly #neighbourMonitor = new NeighbourMonitor();

  /** @throws WeirError KERNEL_CALL_FAILED */
  constructor(given: UpkeepOptions) {
    const { folder, home, tables, programs, options, faults } = given;
    const { log } = options;
    const pins = join(folder, PIN_LAYOUT);
    this.#given = given;
    this.attachments = new Attachments({
      ...options,
      folder: join(pins, 'links'),
      programs,
      known: tables.maps.interfaces,
      faults,
    });
    this.ownTraffic = new OwnTraffic({ folder: pins, programs, faults, log });
    this.neighbours = new NeighbourWatch(this.#neighbourMonitor, faults, log);
    this.forwarding = new ForwardingWatch(readSysctl, faults, log);
    this.#watch = new InterfaceWatch({
      monitor: new LinkMonitor(),
      read: () => home.visit(readInterfaces),
      follow: (present) => home.visit(() => this.#settle(this.attachments.follow(present))),
      fails: () => this.attachments.fails,
      inspections: this.#inspections(),
      faults,
      log,
    });
  }

  /** Attaches the programs, and looks after them from now on. @throws WeirError as Attachments.attach */
  start(): void {
    this.#given.home.visit(() => {
      this.attachments.attach();
      this.#settle(true);
    });
    this.#watch.start();
  }

  /** The hooks for what the director itself sends follow real servers and interfaces. */
  followOwnTraffic(): void {
    const { home, hasLocalServers } = this.#given;
    home.visit(() => this.ownTraffic.follow(this.attachments.list, hasLocalServers()));
  }

  /** Looks after nothing any more; resolves when nothing of that is under way. */
  async rest(): Promise<void> {
    await this.#watch.close();
    this.#neighbourMonitor.close();
  }

  /** Takes the programs off, and the VIPs. */
  remove(): void {
    const { home, vips, table } = this.#given;
    home.visit(() => {
      this.attachments.detach();
      this.ownTraffic.detach();
      vips.remove(table().vips);
    });
  }

  /** Lets go of what this process holds; what is pinned stays where it is. */
  close(): void {
    this.attachments.close();
    this.ownTraffic.close();
  }

  /** What depends on the interfaces. @param otherwise others are served than before, or in another way */
  #settle(otherwise: boolean): void {
    const { vips, table, tables } = this.#given;
    vips.restore(table().vips, otherwise);
    if (!otherwise) return;
    this.followOwnTraffic();
    const virtualXdp = this.attachments.list.some(
      ({ interface: on, hooks }) => hooks.includes('xdp') && on.kind !== '',
    );
    writeSettings(tables.maps.settings, { noXdpTx: virtualXdp ? 1 : 0 });
  }

  /** What others may have taken away, or switched off. */
  #inspections(): Record<string, () => void> {
    const { home, vips, table } = this.#given;
    const looks = {
      'the pins': () => this.#inspectPins(),
      'the programs': () => this.attachments.inspect(),
      'packets of the director itself': () => this.ownTraffic.inspect(),
      'the VIPs': () => {
        vips.retry(table().vips);
        vips.announceDue(table().vips);
      },
      forwarding: () =>
        this.forwarding.look(
          this.attachments.list.map(({ interface: on }) => on.name),
          this.#needs(),
        ),
      neighbours: () =>
        this.neighbours.look(
          () => new Set(table().services.flatMap(({ destinations }) => destinations.map(({ address }) => address))),
        ),
    };
    return Object.fromEntries(Object.entries(looks).map(([what, look]) => [what, () => home.visit(look)]));
  }

  #inspectPins(): void {
    const { folder, tables, options, faults } = this.#given;
    if (!restorePins(folder, tables)) return;
    faults.note('pins-removed');
    options.log.warn({ fault: 'pins-removed', where: folder }, 'somebody has removed pins: they are there again');
  }

  /** What an interface would lose that does not forward. The programs have services counted. */
  #needs(): Forwarded[] {
    const { tables, hasMasqueradedServers } = this.#given;
    const { services4, services6 } = readSettings(tables.maps.settings);
    return [
      { family: 'inet', services: services4 > 0, replies: hasMasqueradedServers('inet') },
      { family: 'inet6', services: services6 > 0, replies: hasMasqueradedServers('inet6') },
    ];
  }
}
