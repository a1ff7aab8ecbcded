import { WeirError } from '../../../base/error.ts';
import { type Table, type TableService, findService } from '../../../lvs/table.ts';
import { pagesOf } from '../maps/page-store.ts';
import type { Plan } from './plan.ts';
import { finderOf, type Registry } from '../maps/registry.ts';
import { programScheduler } from '../maps/schedulers.ts';

/** What a change takes of the maps, which have a size. */
export interface Needs {
  services: number;
  destinations: number;
  /** Of tables for hashing schedulers. */
  pages: number;
  /** Destinations of the largest service. */
  longest: number;
}

/** Tables of hashing schedulers name a destination by its place in 16 bits. */
const LONGEST = 65_536;

/** What goes with the same change is not counted: connections may use it for long. */
export function needsOf(after: Table, { retire, publish }: Plan, registry: Registry): Needs {
  const needs: Needs = { services: 0, destinations: 0, pages: 0, longest: 0 };
  for (const [key, { match }] of publish) {
    const service = findService(after, match);
    if (retire.has(key) || !registry.services.has(key)) needs.services++;
    if (service === undefined) continue;
    needs.destinations += newDestinations(key, service, registry);
    needs.pages += pagesOf(programScheduler(service.scheduler).table?.size ?? 0);
    needs.longest = Math.max(needs.longest, service.destinations.length);
  }
  return needs;
}

/** How many indices that were never the destinations' own the service takes. */
function newDestinations(key: string, { destinations }: TableService, registry: Registry): number {
  const known = registry.services.get(key);
  const indexOf = known && finderOf(known);
  let count = 0;
  for (let place = destinations.length - 1; place >= 0; place--) {
    const destination = destinations[place]!;
    if (indexOf?.(destination) === undefined && !registry.canRevive(key, destination)) count++;
  }
  return count;
}

export function hasRoom({ services, destinations }: Needs, { serviceIds, destinationIndices }: Registry): boolean {
  return services <= serviceIds.left && destinations <= destinationIndices.left;
}

/** @throws WeirError ENGINE_FULL */
export function requireRoom(needs: Needs, { serviceIds, destinationIndices, pages }: Registry): void {
  if (needs.longest > LONGEST) throw full('destinations of one service', LONGEST);
  if (needs.services > serviceIds.left) throw full('services', serviceIds.size);
  if (needs.destinations > destinationIndices.left)
    throw full('destinations', destinationIndices.size, 'start the director with a larger `weir run --real-servers`');
  if (needs.pages > pages.left) throw full('pages of tables for sh, mh and maglev', pages.size);
}

function full(what: string, most: number, fix = 'see docs/limits.md'): WeirError {
  return new WeirError('ENGINE_FULL', `there is no room for more than ${most} ${what}`, { errno: 'ENOMEM', fix });
}
