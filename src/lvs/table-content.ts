import { WeirError } from '../base/error.ts';
import { addMark, deleteMark } from './mark.ts';
import type { Operation } from './operation.ts';
import { familyOf, matchKey, type Family } from './service.ts';
import { mergeSettings } from './settings.ts';
import { deleteSource, setSource } from './source.ts';
import { startDaemon, stopDaemon } from './table-daemon.ts';
import { addDestination, deleteDestination, editDestination } from './table-destination.ts';
import type { ServiceIndex } from './table-index.ts';
import { checkService, refuseKnownService, refuseOnePacketFullNat, requireService } from './table-service.ts';
import { mergeTimeouts } from './table-timeouts.ts';
import type { Table, TableContext, TableService } from './table.ts';
import { deleteVip, setVip } from './vip.ts';

/** A table without its services and its version. */
export type Rest = Omit<Table, 'version' | 'services'>;

/** What a table holds, as operations change it. */
export interface Content {
  readonly index: ServiceIndex;
  readonly rest: Rest;
}

/**
 * One change by the rules of the kernel's control plane (net/netfilter/ipvs/ip_vs_ctl.c; recorded in errors-kernel, dests-*,
 * thresholds, mixed-family-rules, daemons). An operation that is refused has changed nothing, also where the index is a draft.
 * @throws WeirError with the kernel's errno for the first rule that is broken, in the kernel's order of checking
 */
export function changeContent(content: Content, operation: Operation, context: TableContext): Content {
  const { index, rest } = content;
  switch (operation.do) {
    case 'add-service':
      refuseKnownService(index, operation.service.match);
      checkService(operation.service, context);
      return withService(content, { ...operation.service, destinations: [] });
    case 'edit-service': {
      const { destinations } = requireService(index, operation.service.match);
      checkService(operation.service, context);
      refuseOnePacketFullNat(operation.service, destinations);
      return withService(content, { ...operation.service, destinations });
    }
    case 'delete-service':
      requireService(index, operation.match);
      return { index: index.delete(matchKey(operation.match)), rest };
    case 'add-destination':
    case 'edit-destination':
    case 'delete-destination':
      return withService(content, changeDestinations(content, operation, context));
    case 'flush':
      return { index: index.emptied(), rest };
    case 'set-timeouts':
      return withRest(content, { timeouts: mergeTimeouts(rest.timeouts, operation.timeouts) });
    case 'start-daemon':
      return withRest(content, {
        daemons: startDaemon({ services: index.services(), daemons: rest.daemons }, operation.daemon, context),
      });
    case 'stop-daemon':
      return withRest(content, { daemons: stopDaemon(rest.daemons, operation.role) });
    case 'add-mark':
      return withRest(content, { marks: addMark(rest.marks, { mark: operation.mark, match: operation.match }) });
    case 'delete-mark':
      return withRest(content, { marks: deleteMark(rest.marks, operation.match) });
    case 'set-settings':
      return withRest(content, { settings: mergeSettings(rest.settings, operation.settings) });
    case 'set-source':
      return withRest(content, {
        sources: setSource(rest.sources, operation.source, (address) => context.isUnicast(address)),
      });
    case 'delete-source':
      return withRest(content, {
        sources: deleteSource(rest.sources, operation.address, (family) => hasFullNat(index, family)),
      });
    case 'set-vip':
      return withRest(content, {
        vips: setVip(rest.vips, operation.vip, (address) => context.isUnicast(address)),
      });
    case 'delete-vip':
      return withRest(content, { vips: deleteVip(rest.vips, operation.address) });
    default:
      throw unknownOperation(operation);
  }
}

function hasFullNat(index: ServiceIndex, family: Family): boolean {
  return index
    .services()
    .some(({ destinations }) =>
      destinations.some(({ method, address }) => method === 'full-nat' && familyOf(address) === family),
    );
}

type DestinationOperation = Extract<Operation, { do: `${string}-destination` }>;

function changeDestinations(
  { index, rest }: Content,
  operation: DestinationOperation,
  context: TableContext,
): TableService {
  const service = requireService(index, operation.match);
  const surroundings = { rest, context };
  switch (operation.do) {
    case 'add-destination':
      return addDestination(service, operation.destination, surroundings);
    case 'edit-destination':
      return editDestination(service, operation.destination, surroundings);
    case 'delete-destination':
      return deleteDestination(service, operation.destination);
    default:
      throw unknownOperation(operation);
  }
}

function unknownOperation(operation: never): WeirError {
  return new WeirError('INTERNAL', 'an operation of a kind that does not exist', { found: JSON.stringify(operation) });
}

function withService({ index, rest }: Content, service: TableService): Content {
  return { index: index.set(matchKey(service.match), service), rest };
}

function withRest({ index, rest }: Content, change: Partial<Rest>): Content {
  return { index, rest: { ...rest, ...change } };
}
