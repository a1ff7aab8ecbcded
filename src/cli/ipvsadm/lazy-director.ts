import type { Director } from '../../ipvsadm/director.ts';

/** A director that is connected to when it is first asked something: help, and errors in the arguments, need none. */
export function lazyDirector(connect: () => Promise<Director>): Director {
  let connected: Promise<Director> | undefined;
  const director = (): Promise<Director> => (connected ??= connect());
  return {
    table: async () => (await director()).table(),
    statistics: async () => (await director()).statistics(),
    zero: async (match) => (await director()).zero(match),
    apply: async (operations, options) => (await director()).apply(operations, options),
    async *connections() {
      yield* (await director()).connections();
    },
  };
}
