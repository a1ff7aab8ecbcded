import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDirector, type DirectorClient } from '../daemon/client.ts';
import { PIN_LAYOUT, readSettings, writeSettings } from '../engine/ebpf/maps/tables.ts';
import { BpfMap } from '../kernel/bpf-map.ts';
import { openPin } from '../kernel/bpffs.ts';
import type { Lab } from './lab.ts';

const DAY = 86_400;
/** Milliseconds in which several sweeps have ended what is over, persistence after its connections. */
const PATIENCE = 6_000;

/**
 * Moves the clock of the director's packets and sweeper ahead.
 * @param seconds less than half of the 52 days in which its stamps come round
 */
export function advanceClock(lab: Lab, seconds: number): void {
  const settings = new BpfMap(openPin(pinOf(lab)), 'settings');
  try {
    const { clockAhead } = readSettings(settings);
    writeSettings(settings, { clockAhead: clockAhead + BigInt(seconds) * 1_000_000_000n });
  } finally {
    settings.close();
  }
}

/** A day passes at the director, and it has forgotten every client. An engine without a clock of its own keeps them. */
export async function forgetClients(lab: Lab): Promise<void> {
  const director = await connectDirector(lab.socket);
  if (!existsSync(pinOf(lab)) || !(await remembersClients(director))) return;
  advanceClock(lab, DAY);
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline && (await remembersClients(director))) await sleep(100);
}

async function remembersClients(director: DirectorClient): Promise<boolean> {
  for await (const connection of director.connections()) if (connection !== undefined) return true;
  return false;
}

function pinOf(lab: Lab): string {
  return join(lab.folder(lab.director), 'bpf', PIN_LAYOUT, 'maps', 'settings');
}
