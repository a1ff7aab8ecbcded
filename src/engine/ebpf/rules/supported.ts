import { WeirError } from '../../../base/error.ts';
import type { Operation } from '../../../lvs/operation.ts';

/**
 * Refuses what the forwarding programs do not do, before anything is changed: a rule that is accepted is a rule that works.
 * @throws WeirError ENGINE_UNSUPPORTED
 */
export function checkSupported(operation: Operation): void {
  switch (operation.do) {
    case 'start-daemon':
    case 'stop-daemon':
      throw unsupported('connection synchronisation', operation.do);
    case 'add-service':
    case 'edit-service':
    case 'add-destination':
    case 'edit-destination':
    case 'set-source':
    case 'delete-source':
    case 'set-vip':
    case 'delete-vip':
    case 'add-mark':
    case 'delete-mark':
    case 'delete-service':
    case 'delete-destination':
    case 'flush':
    case 'set-timeouts':
    case 'set-settings':
      return;
  }
}

export function unsupported(what: string, where?: string): WeirError {
  return new WeirError('ENGINE_UNSUPPORTED', `the eBPF engine does not have ${what} yet`, {
    ...(where === undefined ? {} : { where }),
    fix: 'see docs/limits.md for what each engine has',
  });
}
