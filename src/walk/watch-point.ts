import type { CapturePoint } from './sighting.ts';

/** Where a point stands: on the clients' or the real servers' side of the director, on both by one NIC, or elsewhere. */
export type Side = 'public' | 'private' | 'both' | 'client' | 'real server' | 'router';

export interface WatchPoint extends CapturePoint {
  side: Side;
}

export function isPublic({ side }: WatchPoint): boolean {
  return side === 'public' || side === 'both';
}

export function isPrivate({ side }: WatchPoint): boolean {
  return side === 'private' || side === 'both';
}

/** A NIC of the director. */
export function isDirectors(point: WatchPoint): boolean {
  return isPublic(point) || isPrivate(point);
}
