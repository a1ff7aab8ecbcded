import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { answers, checksumErrors, labWithRules, output, type, url, wrkResult } from '../support/lab.ts';

/** Both topologies of the course notes, on both hooks, with real servers and clients. */
const CASES = ['nat', 'dr'].flatMap((topology) =>
  ['tc', 'xdp'].map((hook) => ({ topology, hook: hook as 'tc' | 'xdp' })),
);

describe.each(CASES)('$topology on $hook', ({ topology, hook }) => {
  const method = topology === 'nat' ? '-m' : '-g';
  let lab: Lab;
  beforeAll(async () => {
    lab = await labWithRules(topology, hook);
  });
  afterAll(async () => {
    await lab.down();
  });

  test('the status names the hook that was asked for', async () => {
    const status = await output(lab, lab.director, ['weir', 'status']);
    expect(status).toMatch(hook === 'xdp' ? /interface eth0 +xdp and (tcx|clsact)/ : /interface eth0 +(tcx|clsact) /);
  });

  test('the table is what ipvsadm 1.31 prints, sorted by address', async () => {
    expect((await lab.ipvsadm('-L -n')).stdout).toBe(documentTable(topology, ['1.1.1.128', '1.1.1.129']));
  });

  test('with --nosort the table stands as in the document, newest server first', async () => {
    expect((await lab.ipvsadm('-L -n --nosort')).stdout).toBe(documentTable(topology, ['1.1.1.129', '1.1.1.128']));
  });

  test('round robin splits 1,000 connections 500 to 500', async () => {
    expect(await answers(lab, 1000)).toEqual({ web1: 500, web2: 500 });
  });

  test('weighted round robin splits exactly by weight', async () => {
    const service = `${lab.topology.service.address}:80`;
    await type(
      lab,
      `-E -t ${service} -s wrr`,
      `-e -t ${service} -r 1.1.1.128:80 ${method} -w 3`,
      `-e -t ${service} -r 1.1.1.129:80 ${method} -w 1`,
    );
    expect(await answers(lab, 1000)).toEqual({ web1: 750, web2: 250 });
    await type(lab, `-E -t ${service} -s rr`, `-e -t ${service} -r 1.1.1.128:80 ${method} -w 1`);
  });

  test('bodies of 10 MB arrive as they are', async () => {
    const body = randomBytes(10_000_000);
    for (const web of ['web1', 'web2']) await writeFile(join(lab.webFolder(web), 'large'), body);
    const sum = createHash('md5').update(body).digest('hex');
    for (let i = 0; i < 4; i++) {
      expect(await output(lab, lab.client, `curl -sS --max-time 20 ${url(lab, 'large')} | md5sum`)).toBe(`${sum}  -\n`);
    }
  });

  test('uploads of 10 MB arrive as they are', async () => {
    const { address } = lab.topology.service;
    const sink = lab.spawn('web1', [process.execPath, '-e', SINK]);
    await once(sink.stdout!, 'data');
    await type(lab, `-A -t ${address}:9000 -s rr`, `-a -t ${address}:9000 -r 1.1.1.128:9000 ${method}`);
    const body = randomBytes(10_000_000);
    await writeFile(join(lab.folder(lab.client), 'body'), body);
    const said = once(sink.stdout!, 'data');
    await output(lab, lab.client, [
      'bash',
      '-c',
      `cat ${join(lab.folder(lab.client), 'body')} > /dev/tcp/${address}/9000`,
    ]);
    const [received] = await said;
    expect(String(received)).toBe(createHash('md5').update(body).digest('hex'));
    await type(lab, `-D -t ${address}:9000`);
  });

  test('the web server sees the address of the client', async () => {
    await output(lab, lab.client, ['curl', '-sS', url(lab, 'who-am-i')]);
    const logs = () => Promise.all(['web1', 'web2'].map((web) => readFile(lab.accessLog(web), 'utf8')));
    // nginx answers first and writes its log then.
    await expect
      .poll(async () => (await logs()).join('\n'), { timeout: 5000 })
      .toMatch(/^10\.1\.1\.100:\d+ .*\/who-am-i/m);
  });

  test('UDP is scheduled and answered', async () => {
    const { address } = lab.topology.service;
    await type(
      lab,
      `-A -u ${address}:7 -s rr`,
      `-a -u ${address}:7 -r 1.1.1.128:7 ${method}`,
      `-a -u ${address}:7 -r 1.1.1.129:7 ${method}`,
    );
    for (let i = 0; i < 4; i++)
      expect(await output(lab, lab.client, udpEcho(address, 7, `datagram ${i}`))).toMatch(
        new RegExp(`^web[12] datagram ${i}$`),
      );
    expect((await lab.ipvsadm(`-L -n --stats -u ${address}:7`)).stdout).toMatch(/1\.1\.1\.128:7 +2 +2 /);
    await type(lab, `-D -u ${address}:7`);
  });

  test('a client that sends IP options is served', async () => {
    expect(await output(lab, lab.client, withIpOptions(lab.topology.service.address, 80))).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('wrk opens more than 10,000 connections without an error', async () => {
    // A slow machine takes more than one run.
    for (let opened = 0; opened <= 10_000;) {
      const text = await output(lab, lab.client, ['wrk', '-t1', '-c32', '-d3', '-H', 'Connection: close', url(lab)]);
      const { requests, errors } = wrkResult(text);
      expect(errors).toBe('');
      expect(requests).toBeGreaterThan(0);
      opened += requests;
    }
  });

  test('no host has seen a wrong checksum', async () => {
    const hosts = Object.keys(lab.topology.hosts);
    const errors = await Promise.all(hosts.map(async (host) => [host, await checksumErrors(lab, host)]));
    expect(Object.fromEntries(errors)).toEqual(Object.fromEntries(hosts.map((host) => [host, 0])));
  });

  test('no packet was dropped', async () => {
    const { reasons } = JSON.parse(await output(lab, lab.director, ['weir', 'status', '--json'])) as {
      reasons: { reason: string; verdict: string }[];
    };
    expect(reasons.filter(({ verdict }) => verdict === 'drop')).toEqual([]);
  });
});

/** The table of S7 and S13 as ipvsadm 1.31 prints it, trailing blanks and all. */
function documentTable(topology: string, servers: readonly string[]): string {
  const vip = topology === 'nat' ? '10.1.1.21' : '1.1.1.130';
  const forward = topology === 'nat' ? 'Masq   ' : 'Route  ';
  return [
    'IP Virtual Server version 1.2.1 (size=4096)',
    'Prot LocalAddress:Port Scheduler Flags',
    '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
    `TCP  ${vip}:80 rr`,
    ...servers.map((server) => `  -> ${server}:80                 ${forward} 1      0          0         `),
    '',
  ].join('\n');
}

/** A server that says the MD5 sum of what the one connection it takes has sent. */
const SINK = `
const hash = require('crypto').createHash('md5');
const server = require('net').createServer((socket) => {
  socket.on('data', (data) => hash.update(data));
  socket.on('end', () => { process.stdout.write(hash.digest('hex')); socket.end(); server.close(); });
});
server.listen(9000, '0.0.0.0', () => process.stdout.write('listening'));
`;

function udpEcho(address: string, port: number, text: string): string[] {
  return [
    'perl',
    '-MIO::Socket::INET',
    '-e',
    'my ($address, $port, $text) = @ARGV; my $socket = IO::Socket::INET->new(Proto => "udp", PeerAddr => $address, PeerPort => $port) or die; $socket->send($text); local $SIG{ALRM} = sub { die "no answer\\n" }; alarm 3; $socket->recv(my $answer, 2048); print $answer',
    address,
    String(port),
    text,
  ];
}

/** An HTTP request over packets with three NOP options and an end-of-list: a header of 24 bytes. */
function withIpOptions(address: string, port: number): string[] {
  return [
    'perl',
    '-MSocket',
    '-e',
    'my ($address, $port) = @ARGV; socket(my $socket, PF_INET, SOCK_STREAM, 6) or die; setsockopt($socket, 0, 4, pack("C4", 1, 1, 1, 0)) or die "options: $!"; alarm 5; connect($socket, sockaddr_in($port, inet_aton($address))) or die "connect: $!"; syswrite($socket, "GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"); local $/; print <$socket>',
    address,
    String(port),
  ];
}
