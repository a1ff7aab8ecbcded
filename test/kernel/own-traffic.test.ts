import { once } from 'node:events';
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { checksumErrors, labWithRules, output, type, url } from '../support/lab.ts';

/** Programs of the director itself as clients of its VIPs, and as real servers, over the kernel's own stack and offloads. */

const VIP = '10.1.1.21';
const VIP6 = '2001:db8:1::21';
const OWN = '1.1.1.130';
const OWN6 = '2001:db8:2::130';

const onDirector = async (lab: Lab, command: string): Promise<string> => await output(lab, lab.director, command);
const accepts = async (lab: Lab): Promise<string> =>
  (await onDirector(lab, 'cat /proc/sys/net/ipv4/conf/lo/accept_local')).trim();
const status = async (lab: Lab): Promise<string> => await onDirector(lab, 'weir status');

/** Who answers so many requests of a host, one after another. */
async function answersTo(lab: Lab, host: string, address: string, count: number): Promise<Record<string, number>> {
  const asked = `for i in $(seq ${count}); do curl -gsS --max-time 5 ${address} || exit; done`;
  const tally: Record<string, number> = {};
  for (const name of (await output(lab, host, asked)).trim().split('\n')) tally[name] = (tally[name] ?? 0) + 1;
  return tally;
}

/** A server of HTTP on every address of a host, and one that sends datagrams back from some of them. */
async function serve(lab: Lab, host: string, ...addresses: readonly string[]): Promise<void> {
  const server = lab.spawn(host, [process.execPath, '-e', SERVER, host, ...addresses]);
  await once(server.stdout!, 'data');
}

const SERVER = `
const [name, ...addresses] = process.argv.slice(1);
require('http').createServer((request, response) => {
  let bytes = 0;
  request.on('data', (data) => (bytes += data.length));
  request.on('end', () => {
    if (request.method === 'POST') response.end(bytes + '\\n');
    else response.end(request.url === '/large' ? Buffer.alloc(10_000_000, 'x') : name + '\\n');
  });
}).listen(8080, '::', () => console.log('listening'));
for (const from of addresses)
  require('dgram').createSocket(from.includes(':') ? 'udp6' : 'udp4').on('message', function (data, { port, address }) {
    this.send(name + ' ' + data, port, address);
  }).bind(8080, from);`;

const UDP = `
my ($address, $port, $text) = @ARGV;
my $socket = IO::Socket::IP->new(Proto => "udp", PeerHost => $address, PeerPort => $port) or die "socket: $!";
$socket->send($text);
local $SIG{ALRM} = sub { die "no answer\\n" };
alarm 3;
$socket->recv(my $answer, 65535);
print length($answer) < 100 ? $answer : length($answer);`;
const datagram = (address: string, port: number, text: string): string[] => {
  return ['perl', '-MIO::Socket::IP', '-e', UDP, address, String(port), text];
};

/** What the client sees of the first fragment of an answer that is too long for the wire. */
async function firstFragment(lab: Lab, address: string): Promise<string> {
  const first = address.includes(':') ? `ip6 proto 44 and src ${address}` : `src ${address} and udp src port 83`;
  const asked = datagram(address, 83, 'x'.repeat(4000)).map((word) => `'${word}'`);
  const seen = `timeout 5 tcpdump -lnvi eth0 -c 1 '${first}' 2>/dev/null & sleep 1;`;
  return await output(lab, lab.client, `${seen} ${asked.join(' ')} >/dev/null; wait`);
}

/** Sends a datagram with any source. Arguments: source, address, port. */
const FORGE = `
my ($source, $address, $port) = @ARGV;
socket(my $raw, PF_INET, SOCK_RAW, 255) or die "socket: $!";
my $header = pack('CCnnnCCna4a4', 0x45, 0, 0, 0, 0, 64, 17, 0, inet_aton($source), inet_aton($address));
send($raw, $header . pack('n4', 7, $port, 9, 0) . 'x', 0, sockaddr_in(0, inet_aton($address))) or die "send: $!"`;

/** IPv6 beside the IPv4 of the topology. */
async function addIpv6(lab: Lab): Promise<void> {
  for (const host of Object.keys(lab.topology.hosts))
    await output(lab, host, 'sysctl -qw net.ipv6.conf.all.disable_ipv6=0');
  const add = (nic: string, address: string): string => `ip address add ${address}/64 dev ${nic} nodad`;
  await onDirector(lab, `${add('eth0', VIP6)}; ${add('eth1', OWN6)}; sysctl -qw net.ipv6.conf.all.forwarding=1`);
  await output(lab, lab.client, add('eth0', '2001:db8:1::100'));
  for (const [host, last] of [
    ['web1', 128],
    ['web2', 129],
  ] as const)
    await output(lab, host, `${add('eth0', `2001:db8:2::${last}`)}; ip route add default via ${OWN6}`);
}

/** Where real servers have the VIP too, a program has to ask from another address of the director. */
test.each([
  ['dr', '1.1.1.131'],
  ['tun', '1.1.1.131'],
  ['ipv6', '2001:db8:2::131'],
  ['fullnat', '10.1.1.21'],
])('%s: a client on the director is answered, and its connections are seen from both sides', async (name, from) => {
  const lab = await labWithRules(name, 'tc');
  try {
    const { address, port } = lab.topology.service;
    // The director of `dr` has no other address.
    if (name === 'dr') await onDirector(lab, `ip address add ${from}/24 dev eth0`);
    const target = `--interface ${from} http://${address.includes(':') ? `[${address}]` : address}:${port}/`;
    expect(await answersTo(lab, lab.director, target, 6)).toEqual({ web1: 3, web2: 3 });
    const states = (await onDirector(lab, 'ipvsadm -L -n -c')).split('\n').filter((line) => line.startsWith('TCP'));
    expect(states.map((line) => line.split(/ +/)[2])).toEqual(Array.from({ length: 6 }, () => 'TIME_WAIT'));
  } finally {
    await lab.down();
  }
});

/** The same programs at TC do it, whatever hangs at the NICs: `WEIR_ALL_HOOKS=1` sees that. */
const HOOKS = process.env['WEIR_ALL_HOOKS'] === undefined ? (['tc'] as const) : (['tc', 'xdp'] as const);

describe.each(HOOKS)('masquerading on %s', (hook) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await labWithRules('nat', hook);
    await addIpv6(lab);
    await type(
      lab,
      `-A -t [${VIP6}]:80 -s rr`,
      `-a -t [${VIP6}]:80 -r [2001:db8:2::128]:8080 -m`,
      `-a -t [${VIP6}]:80 -r [2001:db8:2::129]:8080 -m`,
    );
    await serve(lab, 'web1', '1.1.1.128');
    await serve(lab, 'web2', '1.1.1.129');
    await serve(lab, lab.director, OWN, OWN6);
  });
  afterAll(async () => {
    await lab.down();
  });

  test('a client on the director is balanced as any other, over IPv4 and IPv6', async () => {
    expect(await answersTo(lab, lab.director, url(lab), 10)).toEqual({ web1: 5, web2: 5 });
    expect(await answersTo(lab, lab.director, `http://[${VIP6}]/`, 10)).toEqual({ web1: 5, web2: 5 });
  });

  test('at a VIP that is not its own, too, where the kernel has been told to send that to the loopback', async () => {
    const foreign = '10.9.9.9';
    await type(
      lab,
      `-A -t ${foreign}:80 -s rr`,
      `-a -t ${foreign}:80 -r 1.1.1.128:8080 -m`,
      `-a -t ${foreign}:80 -r 1.1.1.129:8080 -m`,
    );
    await onDirector(
      lab,
      `ip route add local ${foreign} dev lo src ${VIP} table 100; ip rule add iif lo to ${foreign} ipproto tcp dport 80 lookup 100`,
    );
    expect(await answersTo(lab, lab.director, `http://${foreign}/`, 10)).toEqual({ web1: 5, web2: 5 });
    await output(lab, lab.client, `ip route add ${foreign} via ${VIP}`);
    expect(await answersTo(lab, lab.client, `http://${foreign}/`, 10)).toEqual({ web1: 5, web2: 5 });
    await type(lab, `-D -t ${foreign}:80`);
  });

  test('what claims to come from it is refused at a NIC, and a client to whom no route leads is not', async () => {
    await type(lab, `-A -u ${VIP}:85 -s rr`, `-a -u ${VIP}:85 -r 1.1.1.128:85 -g`);
    for (const source of [VIP, OWN, '10.3.0.1'])
      await output(lab, lab.client, ['perl', '-MSocket', '-e', FORGE, source, VIP, '85']);
    const listed = (await onDirector(lab, 'ipvsadm -L -n -c')).split('\n').filter((line) => line.includes(':85 '));
    expect(listed.map((line) => line.trim().split(/ +/).slice(3))).toEqual([
      ['10.3.0.1:7', '10.1.1.21:85', '1.1.1.128:85'],
    ]);
    await type(lab, `-D -u ${VIP}:85`);
  });

  test('bodies of 10 MB arrive as they are', async () => {
    const body = Buffer.alloc(10_000_000, 'x');
    for (const web of ['web1', 'web2']) await writeFile(join(lab.webFolder(web), 'large'), body);
    const sum = createHash('md5').update(body).digest('hex');
    for (const address of [url(lab, 'large'), `http://[${VIP6}]/large`])
      expect(await onDirector(lab, `curl -gsS --max-time 20 ${address} | md5sum`)).toBe(`${sum}  -\n`);
  });

  test('datagrams are answered, those that are too long for the wire too', async () => {
    await type(lab, `-A -u ${VIP}:83 -s rr`, `-a -u ${VIP}:83 -r 1.1.1.128:8080 -m`);
    expect(await output(lab, lab.director, datagram(VIP, 83, 'one'))).toBe('web1 one');
    // The first is refused for its length, as the loopback would carry it; the second comes in fragments.
    await lab.exec(lab.director, datagram(VIP, 83, 'x'.repeat(4000)));
    expect(await output(lab, lab.director, datagram(VIP, 83, 'x'.repeat(4000)))).toBe('4005');
    expect(await output(lab, lab.director, datagram(VIP, 83, 'x'.repeat(60_000)))).toBe('60005');
    await type(lab, `-D -u ${VIP}:83`);
  });

  test('a refusal is told at once', async () => {
    await type(lab, `-A -t ${VIP}:81 -s rr`);
    const { code, stderr } = await lab.exec(lab.director, `curl -sS --max-time 5 http://${VIP}:81/`);
    expect({ code, stderr }).toMatchObject({ code: 7 });
    await type(lab, `-D -t ${VIP}:81`);
  });

  test('a real server on the director is reached from elsewhere and from itself, and its states are those of both sides', async () => {
    expect(await status(lab)).toMatch(/packets of its own +(tcx|clsact) on lo\n/);
    await type(
      lab,
      `-A -t ${VIP}:82 -s rr`,
      `-a -t ${VIP}:82 -r ${OWN}:8080 -m`,
      `-A -t [${VIP6}]:82 -s rr`,
      `-a -t [${VIP6}]:82 -r [${OWN6}]:8080 -m`,
    );
    expect(await status(lab)).toMatch(/packets of its own +.* on lo, .*-out on eth0, .*-out on eth1\n/);
    for (const host of [lab.client, lab.director])
      for (const address of [`http://${VIP}:82/`, `http://[${VIP6}]:82/`])
        expect([host, address, await answersTo(lab, host, address, 5)]).toEqual([host, address, { director: 5 }]);
    const states = (await onDirector(lab, 'ipvsadm -L -n -c')).split('\n').filter((line) => /:82 /.test(line));
    expect(states.length).toBe(20);
    expect(states.filter((line) => !line.includes('TIME_WAIT'))).toEqual([]);
  });

  test('uploads of 10 MB reach it whole', async () => {
    const file = join(lab.folder(lab.client), 'body');
    await writeFile(file, randomBytes(10_000_000));
    for (const host of [lab.client, lab.director])
      for (const address of [`http://${VIP}:82/`, `http://[${VIP6}]:82/`])
        expect(await output(lab, host, `curl -gsS --max-time 20 --data-binary @${file} ${address}`)).toBe('10000000\n');
  });

  test('it answers datagrams, and what is too long for the wire in fragments', async () => {
    await type(lab, `-A -u ${VIP}:83 -s rr`, `-a -u ${VIP}:83 -r ${OWN}:8080 -m`);
    for (const host of [lab.client, lab.director]) {
      expect(await output(lab, host, datagram(VIP, 83, 'one'))).toBe('director one');
      expect(await output(lab, host, datagram(VIP, 83, 'x'.repeat(4000)))).toBe('4009');
      expect(await output(lab, host, datagram(VIP, 83, 'x'.repeat(60_000)))).toBe('60009');
    }
    await type(lab, `-D -u ${VIP}:83`);
  });

  test('fragments of it leave with the TTL that it has given them, the largest too', async () => {
    await type(lab, `-A -u ${VIP}:83 -s rr`, `-a -u ${VIP}:83 -r ${OWN}:8080 -m`);
    await type(lab, `-A -u [${VIP6}]:83 -s rr`, `-a -u [${VIP6}]:83 -r [${OWN6}]:8080 -m`);
    for (const ttl of [64, 255]) {
      await onDirector(lab, `sysctl -qw net.ipv4.ip_default_ttl=${ttl} net.ipv6.conf.eth0.hop_limit=${ttl}`);
      expect(await firstFragment(lab, VIP)).toMatch(new RegExp(` ttl ${ttl}, .* flags \\[\\+\\]`));
      expect(await firstFragment(lab, VIP6)).toMatch(new RegExp(` hlim ${ttl}, next-header Fragment`));
    }
    await onDirector(lab, 'sysctl -qw net.ipv4.ip_default_ttl=64 net.ipv6.conf.eth0.hop_limit=64');
    await type(lab, `-D -u ${VIP}:83`, `-D -u [${VIP6}]:83`);
  });

  test('a director that is killed leaves it all at work, and the next one goes on with it', async () => {
    await lab.stopDirector('SIGKILL');
    expect(await answersTo(lab, lab.client, `http://${VIP}:82/`, 3)).toEqual({ director: 3 });
    expect(await answersTo(lab, lab.director, url(lab), 4)).toEqual({ web1: 2, web2: 2 });
    await lab.startDirector('ebpf', ['--hook', hook]);
    expect(await status(lab)).toMatch(/packets of its own +.* on lo, .*-out on eth0, .*-out on eth1\n/);
    expect(await answersTo(lab, lab.client, `http://${VIP}:82/`, 3)).toEqual({ director: 3 });
    expect(await answersTo(lab, lab.director, url(lab), 4)).toEqual({ web1: 2, web2: 2 });
  });

  test('no host has seen a wrong checksum, and nothing was dropped that was not refused', async () => {
    const hosts = Object.keys(lab.topology.hosts);
    expect(await Promise.all(hosts.map((host) => checksumErrors(lab, host)))).toEqual(hosts.map(() => 0));
    const { reasons } = JSON.parse(await onDirector(lab, 'weir status --json')) as {
      reasons: { reason: string; verdict: string }[];
    };
    expect(reasons.filter(({ verdict }) => verdict === 'drop').map(({ reason }) => reason)).toEqual([
      'no-destination',
      'too-big',
      'fragment-held',
      'martian-source',
    ]);
  });

  test('without a real server of its own nothing looks at what leaves any more, and in the end nothing is left', async () => {
    await type(lab, `-D -t ${VIP}:82`, `-D -t [${VIP6}]:82`, '-C');
    await lab.stopDirector('SIGTERM');
    expect(await accepts(lab)).toBe('0');
  });
});
