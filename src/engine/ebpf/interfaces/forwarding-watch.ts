import type { readSysctl } from '../../../kernel/sysctl.ts';
import type { Family } from '../../../lvs/service.ts';
import type { FaultCounts } from '../../faults.ts';
import type { EngineLog } from '../../options.ts';

/** By family: how it is called, where the kernel says whether it routes what comes in by an interface, and how that is switched on. */
const SWITCHES = {
  inet: {
    name: 'IPv4',
    path: (on: string) => `net/ipv4/conf/${on}/forwarding`,
    fix: 'sysctl -w net.ipv4.ip_forward=1',
  },
  inet6: {
    name: 'IPv6',
    path: (on: string) => `net/ipv6/conf/${on}/forwarding`,
    fix: 'sysctl -w net.ipv6.conf.all.forwarding=1',
  },
} as const satisfies Record<Family, object>;

/** What there is of a family that may have to be forwarded. */
export interface Forwarded {
  family: Family;
  /** Services, of whatever method. */
  services: boolean;
  /** Masqueraded real servers, which reply. */
  replies: boolean;
}

/**
 * Tells when an interface does not forward and should, and when it does again: the kernel's route lookup refuses what comes in by one that does
 * not. The routes of requests are asked for by the loopback then, if that forwards (LoopbackConsent), so that only replies are lost.
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

  /** @param served the names of the interfaces */
  look(served: readonly string[], families: readonly Forwarded[]): void {
    const off = new Set<string>();
    for (const { family, services, replies } of families) {
      const { path } = SWITCHES[family];
      const lent = this.#read(path('lo')) === '1';
      if (!(lent ? replies : services)) continue;
      for (const on of served) {
        const stopped = this.#read(path(on)) === '0';
        if (stopped) off.add(path(on));
        if (stopped !== this.#off.has(path(on))) this.#tell(on, family, stopped, lent);
      }
    }
    this.#off = off;
  }

  #tell(on: string, family: Family, stopped: boolean, lent: boolean): void {
    const { name, fix } = SWITCHES[family];
    const lost = lent ? 'replies of masqueraded real servers' : 'packets of services';
    if (!stopped) return this.#log.info({ interface: on }, `${on} forwards ${name} again`);
    this.#faults.note('forwarding-off');
    this.#log.warn(
      { fault: 'forwarding-off', interface: on, fix },
      `${on} does not forward ${name}: ${lost} that arrive there are dropped`,
    );
  }
}
