import { WeirError } from '../../../base/error.ts';
import type { Operation } from '../../../lvs/operation.ts';
import { DEFAULT_SETTINGS, settingOf, type SettingName, type Settings } from '../../../lvs/settings.ts';

/**
 * Refuses what the forwarding programs do not do, before anything is changed: a rule that is accepted is a rule that works.
 * @throws WeirError ENGINE_UNSUPPORTED
 */
export function checkSupported(operation: Operation): void {
  switch (operation.do) {
    case 'start-daemon':
    case 'stop-daemon':
      throw unsupported('connection synchronisation', operation.do);
    case 'set-settings':
      return checkSettings(operation.settings);
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
      return;
  }
}

/** Settings that the programs know nothing of: only their defaults are accepted. */
const IGNORED: ReadonlySet<SettingName> = new Set(['cache_bypass']);

function checkSettings(settings: Partial<Settings>): void {
  for (const [name, value] of Object.entries(settings)) {
    const { name: known } = settingOf(name, value);
    if (IGNORED.has(known) && DEFAULT_SETTINGS[known] !== value)
      throw unsupported(`the setting ${known}=${value}`, known);
  }
}

export function unsupported(what: string, where?: string): WeirError {
  return new WeirError('ENGINE_UNSUPPORTED', `the eBPF engine does not have ${what} yet`, {
    ...(where === undefined ? {} : { where }),
    fix: 'see docs/limits.md for what each engine has',
  });
}
