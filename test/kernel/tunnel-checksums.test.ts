import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { answers, labWithRules, type } from '../support/lab.ts';

/** Client and real server are on the same machine: nobody has completed the checksums of what arrives in the tunnel. */
let lab: Lab;
beforeAll(async () => {
  lab = await labWithRules('tun', 'tc');
});
afterAll(async () => {
  await lab.down();
});

test.each(['gre --tun-csum', 'gue --tun-port 6080 --tun-csum', 'gue --tun-port 6080 --tun-remcsum'])(
  'a tunnel with a checksum of its own carries what a local sender has left to the device: %s',
  async (tunnel) => {
    for (const server of ['2.2.2.128', '2.2.2.129'])
      await type(lab, `-e -t 1.1.1.130:80 -r ${server} -i --tun-type ${tunnel}`);
    expect(await answers(lab, 10)).toEqual({ web1: 5, web2: 5 });
  },
);
