import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { labWithRules, output } from '../support/lab.ts';

/**
 * Datagrams of which the kernel lets a program hold a part at a time. Sent back by real sockets, and compared. The first makes the
 * neighbours known (docs/limits.md).
 */
const LENGTHS = [100, 2_000, 15_000, 15_544, 15_545, 16_000, 30_000, 65_507];

/** Arguments: a port and addresses to take datagrams at, each sent back from where it came. */
const ECHO = `
let open = 0;
const [port, ...addresses] = process.argv.slice(1);
for (const from of addresses)
  require('dgram').createSocket(from.includes(':') ? 'udp6' : 'udp4').on('message', function (data, from) {
    this.send(data, from.port, from.address);
  }).bind(port, from, () => ++open === addresses.length && console.log('listening'));`;

/** Arguments: address, port, lengths. Prints for each what came back of it. */
const ASK = `
const { randomBytes } = require('node:crypto');
const [address, port, ...lengths] = process.argv.slice(1);
const socket = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
let sent;
const next = () => {
  if (lengths.length === 0) process.exit(0);
  sent = randomBytes(Number(lengths.shift()));
  socket.send(sent, port, address);
};
socket.on('message', (data) => { console.log(sent.length, data.equals(sent) ? 'as it was' : 'changed'); next(); });
setTimeout(() => { console.log(sent.length, 'no answer'); process.exit(0); }, 8000);
socket.bind(next);`;

async function serve(lab: Lab, host: string, port: number, address: string): Promise<void> {
  const server = lab.spawn(host, [process.execPath, '-e', ECHO, String(port), address]);
  await once(server.stdout!, 'data');
}

async function cameBack(lab: Lab, address: string, lengths: readonly number[]): Promise<string[]> {
  const asked = [process.execPath, '-e', ASK, address, '83', ...lengths.map(String)];
  return (await output(lab, lab.client, asked)).trim().split('\n');
}

const MASQUERADED = ['ipvsadm -A -u 10.1.1.21:83 -s rr', 'ipvsadm -a -u 10.1.1.21:83 -r 1.1.1.128:8080 -m'];

const WAYS = [
  ['by masquerading, on tc', 'nat', 'tc', '10.1.1.21', ['1.1.1.128', 8080], MASQUERADED],
  ['by masquerading, on xdp', 'nat', 'xdp', '10.1.1.21', ['1.1.1.128', 8080], MASQUERADED],
  [
    'by full NAT',
    'fullnat',
    'tc',
    '10.1.1.21',
    ['1.1.1.128', 8080],
    ['weir rule -A -u 10.1.1.21:83 -s rr', 'weir rule -a -u 10.1.1.21:83 -r 1.1.1.128:8080 --full-nat'],
  ],
  [
    'by direct routing of IPv6',
    'ipv6',
    'tc',
    '2001:db8:2::130',
    ['2001:db8:2::130', 83],
    ['ipvsadm -A -u [2001:db8:2::130]:83 -s rr', 'ipvsadm -a -u [2001:db8:2::130]:83 -r [2001:db8:2::128]:83 -g'],
  ],
] as const;

test.each(WAYS)('%s they come back as they were', async (_, topology, hook, vip, [address, port], lines) => {
  const lab = await labWithRules(topology, hook);
  try {
    await serve(lab, 'web1', port, address);
    for (const line of lines) await output(lab, lab.director, line);
    expect(await cameBack(lab, vip, LENGTHS)).toEqual(LENGTHS.map((length) => `${length} as it was`));
  } finally {
    await lab.down();
  }
});
