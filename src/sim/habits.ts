import type { Host } from './host.ts';
import { sendRequest } from './programs.ts';
import type { HabitSpec } from './spec.ts';

/** Microseconds that a program waits for its answer. */
const PATIENCE = 5_000_000;
/** The port that datagrams come from. */
const SOURCE_PORT = 4000;

/** Starts what a host does by itself: the first time at once, then again and again. */
export function startHabit(host: Host, habit: HabitSpec): void {
  const again = (): void => {
    DEEDS[habit.kind](host, habit);
    host.around.agenda.after(habit.every * 1000, again);
  };
  host.around.agenda.after(0, again);
}

const DEEDS: Record<HabitSpec['kind'], (host: Host, habit: HabitSpec) => void> = {
  asks: (host, { to, from }) => {
    sendRequest(host, {
      to,
      protocol: 'tcp',
      timeout: PATIENCE,
      ...(from === undefined ? {} : { from: { address: from } }),
    });
  },
  idles: (host, { to, silent = 60 }) => {
    const connection = host.transport.connect(to, {}, (opened) => ({ ended: () => opened.close() }));
    host.around.agenda.after(silent * 1_000_000, () => connection?.send(Uint8Array.of(10)));
  },
  datagrams: (host, { to, from = host.transport.sourceTowards(to.address) }) => {
    if (from !== undefined) {
      host.transport.sendDatagram({ address: from, port: SOURCE_PORT }, to, Uint8Array.of(120));
    }
  },
};
