import type { LiveDestination } from './live.ts';

/** ActiveConn and InActConn together, as thresholds see them; templates do not count. */
export function connectionsOf({ active, inactive }: Pick<LiveDestination, 'active' | 'inactive'>): number {
  return active + inactive;
}

/**
 * Marks a destination as overloaded when it reaches its upper threshold, and no longer when it is below the lower one, or below
 * three quarters of the upper one where there is none. Looked at when a connection comes or goes and when the thresholds are
 * edited (ip_vs_conn.c of current kernels; recorded in threshold-*).
 */
export function updateOverload(
  destination: Pick<LiveDestination, 'active' | 'inactive' | 'overloaded'> & {
    config: Pick<LiveDestination['config'], 'upperThreshold' | 'lowerThreshold'>;
  },
): void {
  const { upperThreshold, lowerThreshold } = destination.config;
  const connections = connectionsOf(destination);
  const lower = lowerThreshold || upperThreshold - Math.floor(upperThreshold / 4);
  if (upperThreshold !== 0 && connections >= upperThreshold) destination.overloaded = true;
  else if (upperThreshold === 0 || connections < lower) destination.overloaded = false;
}
