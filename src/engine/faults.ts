/** What may befall a director from outside, and what it does about it (docs/faults.md has a section for each). */
export const FAULTS = [
  'interface-gone',
  'link-down',
  'address-changed',
  'mtu-changed',
  'forwarding-off',
  'vip-gone',
  'neighbour-gone',
  'program-removed',
  'pins-removed',
  'attach-failed',
  'netlink-overrun',
  'change-failed',
  'socket-removed',
  'work-failed',
] as const;
export type Fault = (typeof FAULTS)[number];

/** How often each fault has been met since the process began; those that never were are left out. */
export interface FaultCount {
  fault: Fault;
  count: number;
}

export class FaultCounts {
  readonly #counts = new Map<Fault, number>();

  note(fault: Fault): void {
    this.#counts.set(fault, (this.#counts.get(fault) ?? 0) + 1);
  }

  list(): FaultCount[] {
    return FAULTS.flatMap((fault) => {
      const count = this.#counts.get(fault);
      return count === undefined ? [] : [{ fault, count }];
    });
  }
}
