import type { readSysctl } from '../../../kernel/sysctl.ts';
import type { Family } from '../../../lvs/service.ts';
import type { FaultCounts } from '../../faults.ts';
import type { EngineLog } from '../../options.ts';

/** By family: how it is called, where the kernel says whether it routes what comes in by an interface, how that is switched on, and what is lost else. */
const SWITCHES = {
  inet: {
    name: 'IPv4',
    path: (on: string) => `net/ipv4/conf/${on}/forwarding`,
    fix: 'sysctl -w net.ipv4.ip_forward=1',
    lost: 'replies of masqueraded real servers',
  },
  inet6: {
    name: 'IPv6',
    path: (on: string) => `net/ipv6/conf/${on}/forwarding`,
    fix: 'sysctl -w net.ipv6.conf.all.forwarding=1',
    lost: 'packets of services',
  },
} as const satisfies Record<Family, object>;

/**
 * Tells when an interface does not forward, and when it does again: the kernel's route lookup refuses what comes in by one that does not. Requests of
 * IPv4 are asked for by the loopback then, see LoopbackConsent.
 */
export class ForwardingWatch {
  readonly #read: typeof readSysctl;
  readonly #faults: FaultCounts;
  readonly #log: EngineLog;
  #off: ReadonlySet<string> = new Set();

  constructor(read: typeof readSysctl, faults: FaultCounts, log: EngineLog) {
    this.#read = read;
    this.#faults = faults;
    this.#log = log;
  }

  /** What an interface does not forward and should: IPv4, IPv6. */
  stopped(on: string): string[] {
    return Object.values(SWITCHES).flatMap(({ name, path }) => (this.#off.has(path(on)) ? [name] : []));
  }

  /** @param served the names of the interfaces @param families of which there are packets that need it */
  look(served: readonly string[], families: ReadonlySet<Family>): void {
    const off = new Set<string>();
    for (const family of families) {
      for (const on of served) {
        const path = SWITCHES[family].path(on);
        const stopped = this.#read(path) === '0';
        if (stopped) off.add(path);
        if (stopped !== this.#off.has(path)) this.#tell(on, family, stopped);
      }
    }
    this.#off = off;
  }

  #tell(on: string, family: Family, stopped: boolean): void {
    const { name, fix, lost } = SWITCHES[family];
    if (!stopped) return this.#log.info({ interface: on }, `${on} forwards ${name} again`);
    this.#faults.note('forwarding-off');
    this.#log.warn(
      { fault: 'forwarding-off', interface: on, fix },
      `${on} does not forward ${name}: ${lost} that arrive there are dropped`,
    );
  }
}
