import { isUsable, whyNone, type Candidate, type Choice, type Scheduler } from './scheduler.ts';

/** Round robin: the next usable destination after the one chosen last (ip_vs_rr.c; recorded in rr-*). */
export function startRr<D extends Candidate>(): Scheduler<D> {
  let last: D | undefined;
  return {
    deleted(_list, gone, before) {
      if (last === gone) last = before[before.indexOf(gone) - 1];
    },
    schedule(list) {
      const choice = nextAfter(list, last);
      if (choice.destination !== undefined) last = choice.destination;
      return choice;
    },
    remember() {
      const before = last;
      return () => void (last = before);
    },
  };
}

/** The first usable destination after `last` in the walk and round again to `last` itself; from the head without `last`. */
export function nextAfter<D extends Candidate>(list: readonly D[], last: D | undefined): Choice<D> {
  const start = last === undefined ? 0 : list.indexOf(last) + 1;
  for (let step = 0; step < list.length; step++) {
    const destination = list[(start + step) % list.length]!;
    if (isUsable(destination)) return { destination };
  }
  return { why: whyNone(list) };
}
