import { expect, test } from 'vitest';
import { labWithRules, output, type } from '../support/lab.ts';

test.each(['tc', 'xdp'] as const)('without caches clients reach what they have asked for, on %s', async (hook) => {
  const lab = await labWithRules('nat', hook);
  const ask = () => lab.exec(lab.client, ['curl', '-sS', '--max-time', '5', 'http://1.1.1.129/']);
  try {
    await output(lab, lab.client, ['ip', 'route', 'add', '1.1.1.0/24', 'via', '10.1.1.21']);
    await output(lab, lab.director, ['weir', 'mark', 'add', '7', 'tcp', '1.1.1.129:80']);
    await type(lab, '-A -f 7 -s rr', '-a -f 7 -r 1.1.1.128:0 -m -w 0');
    // Curl's "failed to connect": the client has been told at once.
    expect((await ask()).code).toBe(7);

    await output(lab, lab.director, ['weir', 'set', 'cache_bypass=1']);
    expect((await ask()).stdout).toContain('web2');
    const listed = await lab.ipvsadm('-L -n -c');
    expect(listed.stdout).toMatch(/^TCP \d\d:\d\d +\w+ +10\.1\.1\.100:\d+ +1\.1\.1\.129:80 +0\.0\.0\.0:0$/mu);

    await type(lab, '-e -f 7 -r 1.1.1.128:0 -m -w 1');
    expect((await ask()).stdout).toContain('web1');
    const reasons = await output(lab, lab.director, ['weir', 'status', '--json']);
    expect(reasons).toContain('"bypassed"');
  } finally {
    await lab.down();
  }
});
