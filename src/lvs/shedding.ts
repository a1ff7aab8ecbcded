import { ALWAYS } from './settings.ts';
import type { State } from './state.ts';

/** With drop_packet every am_droprate-th packet that would start a connection is refused (ip_vs_todrop). */
export function mustShed(state: State): boolean {
  if (state.settings.drop_packet !== ALWAYS) return false;
  if (--state.untilShed > 0) return false;
  state.untilShed = state.settings.am_droprate;
  return true;
}
