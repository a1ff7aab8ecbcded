import type { WeirError } from '../../../base/error.ts';
import type { Interface } from '../../../kernel/interfaces.ts';
import type { Hook } from '../../options.ts';

/** Where to attach, and why; `fallback`: native XDP is tried and TC taken if it cannot be had. */
export interface HookChoice {
  hook: 'tc' | 'xdp';
  fallback: boolean;
  reason: string;
}

/**
 * XDP where packets come from hardware; TC on virtual devices: there XDP turns segmentation offload off, which costs bulk TCP two
 * thirds of its rate, and loses the checksums that local senders leave to the device (measured; docs/decisions).
 */
export function chooseHook(wanted: Hook, to: Pick<Interface, 'kind' | 'driver' | 'vlans'>): HookChoice {
  if (wanted !== 'auto') return { hook: wanted, fallback: false, reason: `--hook ${wanted}` };
  if (to.kind !== '')
    return { hook: 'tc', fallback: false, reason: `${to.kind} is a virtual device: TC keeps its offloads` };
  if (to.driver === '') return { hook: 'tc', fallback: false, reason: 'no hardware driver behind it' };
  if (to.vlans.length > 0) {
    const reason = `${to.vlans.join(', ')} on it: XDP would not see the tags that the card takes off`;
    return { hook: 'tc', fallback: false, reason };
  }
  return { hook: 'xdp', fallback: true, reason: `hardware with the driver ${to.driver}: native XDP` };
}

/** Why TC alone is taken where XDP was tried; undefined if it must not be. @param refusal what attaching XDP has come to */
export function insteadOfXdp(
  { fallback }: HookChoice,
  to: Pick<Interface, 'driver'>,
  { code, found }: Pick<WeirError, 'code' | 'found'>,
): string | undefined {
  if (!fallback) return undefined;
  if (code === 'KERNEL_FEATURE_MISSING') return `the driver ${to.driver} has no native XDP here`;
  return code === 'HOOK_OCCUPIED' ? `another XDP program was there, ${found}` : undefined;
}

/** True for interfaces that can carry traffic of services, where the operator names none. */
export function isCandidate(candidate: Interface): boolean {
  return (
    candidate.ethernet &&
    !candidate.loopback &&
    candidate.up &&
    candidate.master === undefined &&
    candidate.kind !== 'ifb' &&
    candidate.kind !== 'dummy'
  );
}

/**
 * The interfaces to forward on: those that are named, in that order, or all that can carry traffic. Where none is named, one that is
 * served stays so while it is down, until it becomes a port of another.
 * @param present all there are
 * @param served indices of those that are forwarded on
 */
export function wantedInterfaces(
  names: readonly string[] | undefined,
  present: readonly Interface[],
  served: ReadonlySet<number>,
): Interface[] {
  if (names !== undefined) return names.flatMap((name) => present.find((one) => one.name === name) ?? []);
  return present.filter((one) => isCandidate(served.has(one.index) ? { ...one, up: true } : one));
}
