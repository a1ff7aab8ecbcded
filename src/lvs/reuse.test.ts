import { describe, expect, it } from 'vitest';
import { MemoryLab, server, SERVERS, service, WEB } from '../../test/support/memory-lab.ts';

const [FIRST, SECOND] = SERVERS;

/** Where a connection of the port goes that a client opens, and one that it opens from there again, when it has reset the first. */
function twice(lab: MemoryLab): string[] {
  const open = (): string => {
    lab.tcp('S');
    lab.tcp('A');
    return lab.connections()[0]!.replace(/.* > /, '');
  };
  const first = open();
  lab.tcp('R');
  return [first, open()];
}

describe('a connection whose ports are used again', () => {
  it('counts at its real server while the next one is scheduled', () => {
    const lab = new MemoryLab().serve(service(WEB, { scheduler: 'lc' }), server(FIRST, 80), server(SECOND, 80));
    expect(twice(lab)).toEqual([`${SECOND}:80`, `${FIRST}:80`]);
    expect(lab.director.statistics(WEB)?.destinations.map(({ active, inactive }) => active + inactive)).toEqual([0, 1]);
  });

  it('counts towards the threshold until then', () => {
    const full = { upperThreshold: 1 };
    const lab = new MemoryLab().serve(
      service(WEB, { scheduler: 'fo' }),
      server(FIRST, 80, full),
      server(SECOND, 80, full),
    );
    expect(twice(lab)).toEqual([`${SECOND}:80`, `${FIRST}:80`]);
  });
});
