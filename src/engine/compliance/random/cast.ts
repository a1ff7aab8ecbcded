import type { Random } from './random.ts';
import { SERVICES, type RandomService } from './surroundings.ts';

/** Whom an episode is about. */

/** What is held against the specification: the kernel's IPVS or Weir's programs, behind which some of what the stack does is not seen. */
export type Player = 'kernel' | 'programs';

/** Of the real servers in a set of rules. */
export type Method = '-m' | '-g' | '-i' | '--full-nat';

/**
 * Whether programs of the director itself are clients and real servers. The stack behind it has no SCTP, and what they send to others does
 * not come by the loopback. Of others all services, or only those that share real servers; `local`: all, and the director is a real server.
 */
export type Whose = 'others' | 'sharing' | 'own' | 'local';

export interface Cast {
  readonly player: Player;
  readonly method: Method;
  readonly whose: Whose;
  /** Those that clients ask. */
  readonly services: readonly RandomService[];
  /** Of all tunnels, if of one kind: IPVS takes errors for such about the one that the last real server at an address has. */
  readonly tunnel: string | undefined;
  /** One or two services are asked from few ports, so that a connection lives through much. */
  readonly isSmall: boolean;
}

/** All who may take part. */
export function castOf(random: Random, player: Player, method: Method, whose: Whose): Cast {
  return { player, method, tunnel: tunnelOf(random, player), whose, services: servicesFor(whose), isSmall: false };
}

export function smallCast(random: Random, player: Player, method: Method, whose: Whose): Cast {
  const all = servicesFor(whose);
  return {
    player,
    method,
    tunnel: tunnelOf(random, player),
    whose,
    services: [random.pick(all), random.pick(all)],
    isSmall: true,
  };
}

function tunnelOf(random: Random, player: Player): string | undefined {
  return player === 'kernel' ? random.pick(TUNNELS) : undefined;
}

export function servicesFor(whose: Whose): readonly RandomService[] {
  if (whose === 'others' || whose === 'local') return SERVICES;
  if (whose === 'sharing') return SERVICES.filter(({ shares }) => shares === true);
  return SERVICES.filter(({ protocol, origin }) => protocol !== 'sctp' && origin === undefined);
}

/** Whether few ports are those of many connections, one after another or of several services. */
export function asksFromFewPorts({ whose, isSmall }: Cast): boolean {
  return isSmall || whose === 'sharing';
}

export const TUNNELS = [
  '',
  '',
  ' --tun-type gre',
  ' --tun-type gre --tun-csum',
  ' --tun-type gue --tun-port 6080 --tun-nocsum',
  ' --tun-type gue --tun-port 6080 --tun-csum',
] as const;
