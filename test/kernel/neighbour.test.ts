import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { answers, eventually, output, url } from '../support/lab.ts';

/** A machine that takes over the address of another without saying so is found as the kernel's own forwarding finds it. */
describe.each(['tc', 'xdp'] as const)('nat on %s', (hook) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await buildLab(await loadTopology('nat'), { hook, rules: true });
  });
  afterAll(async () => {
    await lab.down();
  });

  /** The director doubts neighbours after about a second instead of half a minute. */
  const DOUBTFUL = `
    for f in /proc/sys/net/ipv4/neigh/*/delay_first_probe_time; do echo 1 > $f; done
    for f in /proc/sys/net/ipv4/neigh/*/base_reachable_time_ms; do echo 1000 > $f; done
    ip neigh flush dev eth1`;
  const answered = async (): Promise<boolean> => {
    const { code } = await lab.exec(
      lab.client,
      `curl -sS --max-time 1 ${url(lab)} && curl -sS --max-time 1 ${url(lab)}`,
    );
    return code === 0;
  };

  test('a real server with another MAC is found again', async () => {
    await output(lab, lab.director, DOUBTFUL);
    expect(await answers(lab, 50)).toEqual({ web1: 25, web2: 25 });
    await output(lab, 'web1', 'ip link set eth0 address 02:00:00:00:aa:01');
    await eventually(answered, true, 30_000);
  });
});
