import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDirector } from '../../src/daemon/client.ts';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import { advanceClock } from '../../src/lab/clock.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { type Agent, startAgent } from '../support/agent.ts';
import { eventually, output, type } from '../support/lab.ts';

/** What happens when a table beside that of connections is full: who is there already is served, others are counted, and room comes back. */

const VIP = '10.1.1.21';
const CLIENT = '10.1.1.100';
const RIPS: Readonly<Record<string, string>> = { web1: '1.1.1.128', web2: '1.1.1.129' };
/** Room for templates and for calls. */
const ROOM = 1024;
const TOO_MANY = 1500;

let lab: Lab;
let client: Agent;
const servers: Record<string, Agent> = {};
let port = 20_000;
beforeAll(async () => {
  lab = await buildLab(await loadTopology('nat'), { hook: 'tc', engine: 'none' });
  await lab.startDirector('ebpf', ['--connections', String(ROOM)]);
  client = startAgent(lab, lab.client, 'sip');
  for (const web of Object.keys(RIPS)) {
    servers[web] = startAgent(lab, web, 'sip');
    await servers[web].tell(`serve ${web} 5060`, 'serving');
  }
});
afterAll(async () => {
  await lab.down();
});

const packetsUnder = async (wanted: string): Promise<number> => {
  const { reasons } = await (await connectDirector(lab.socket)).status();
  return Number(reasons.find(({ reason }) => reason === wanted)?.packets ?? 0);
};
const listTemplates = async (): Promise<string> =>
  await output(lab, lab.director, ['ipvsadm', '-L', '-n', '-c', '--persistent-conn']);
/** How many there are: all but two lines of a list. */
const templates = async (): Promise<number> => (await listTemplates()).trim().split('\n').length - 2;
/** Lets their time pass. Answers of calls that are still under way make some anew. */
const forgetTemplates = async (): Promise<void> =>
  await eventually(async () => {
    advanceClock(lab, 600);
    return await templates();
  }, 0);
/** From a port that has not been used before. */
const send = async (callId: string, padding = 0): Promise<void> =>
  await client.tell(`ask ${++port} ${VIP} 5060 ${callId} ${padding}`);

/** Sends whole IPv4 packets to the VIP, as `body`, a piece of Perl, makes number `$n` of them. */
async function pour(count: number, body: string): Promise<void> {
  const script = `
    use Socket;
    my $to = inet_aton('${VIP}');
    socket(my $raw, PF_INET, SOCK_RAW, 255) or die "socket: $!";
    sub datagram { my ($port, $text) = @_; pack('n4', $port, 5060, 8 + length($text), 0) . $text }
    sub packet {
      my ($source, $id, $flags, $data) = @_;
      pack('CCnnnCCna4a4', 0x45, 0, 0, $id, $flags, 64, 17, 0, inet_aton($source), $to) . $data;
    }
    for my $n (1 .. ${count}) { send($raw, ${body}, 0, sockaddr_in(0, $to)) or die "send: $!" }`;
  await output(lab, lab.client, ['perl', '-e', script]);
}

/** One packet each leaves no connection: it is the templates alone that fill their table. */
async function addService(options: string): Promise<void> {
  await type(lab, `-A -u ${VIP}:5060 -s rr -o ${options}`);
  for (const server of Object.values(RIPS)) await type(lab, `-a -u ${VIP}:5060 -r ${server}:5060 -m`);
}

/** Number `$n` of those who come, in Perl: a client of its own, or a call. */
const WHO = {
  'templates of persistence': {
    options: '-p 300',
    /** Of one packet each, only answers of calls are known as such. */
    answersFrom: (server: string) => `${RIPS[server]}:5060`,
    message: (first: number) =>
      `packet('10.3.' . (${first} + $n >> 8) . '.' . (${first} + $n & 255), 0, 0, datagram(7, 'x'))`,
  },
  'templates of calls': {
    options: '-p 300 --pe sip',
    answersFrom: () => `${VIP}:5060`,
    message: (first: number) =>
      `packet('${CLIENT}', 0, 0, datagram(7, "INVITE x SIP/2.0\\r\\nCall-ID: " . (${first} + $n) . "\\r\\n\\r\\n"))`,
  },
} as const;

describe.each(Object.entries(WHO))('%s', (_, { options, answersFrom, message }) => {
  beforeAll(async () => await addService(options));
  afterAll(async () => await type(lab, `-D -u ${VIP}:5060`));

  test.each([
    ['fill their table', 0],
    ['fill it again, as many as before', 10_000],
  ])('%s: who is known goes on, others are dropped and counted, and all end in their time', async (__, first) => {
    const dropped = await packetsUnder('table-full');
    const known = `known-${first}`;
    await send(known);
    await eventually(templates, 1);
    const server = (await listTemplates()).includes(`${RIPS['web1']}:`) ? 'web1' : 'web2';
    const answer = `answer ${server} ${known} from ${answersFrom(server)}`;

    await pour(TOO_MANY, message(first));

    expect(await templates()).toBe(ROOM);
    expect((await packetsUnder('table-full')) - dropped).toBe(TOO_MANY - (ROOM - 1));
    await client.hears(answer);
    for (let again = 0; again < 3; again++) {
      await send(known);
      await client.hears(answer);
    }
    await forgetTemplates();
  });
});

describe('fragments', () => {
  /** Datagrams that can wait for their rest, and for how long. */
  const WAITING = 128;
  const WAIT = 30;

  beforeAll(async () => await addService(''));
  afterAll(async () => await type(lab, `-D -u ${VIP}:5060`));

  test('the oldest of too many unfinished datagrams is given up and counted, and whole ones get through all the same', async () => {
    const [held, full] = [await packetsUnder('fragment-held'), await packetsUnder('fragments-full')];

    await pour(TOO_MANY, `packet('${CLIENT}', $n, 0x2000, datagram(7, 'x' x 24))`);
    const displaced = (await packetsUnder('fragments-full')) - full;
    expect(displaced + (await packetsUnder('fragment-held')) - held).toBe(TOO_MANY);
    expect(displaced).toBeGreaterThanOrEqual(TOO_MANY - WAITING);
    for (const server of ['web2', 'web1', 'web2']) {
      await send('long', 3000);
      await servers[server]!.hears('got long');
    }

    advanceClock(lab, WAIT + 1);
    const after = await packetsUnder('fragments-full');
    await pour(WAITING / 8, `packet('${CLIENT}', 7 * $n, 0x2000, datagram(7, 'x' x 24))`);
    expect(await packetsUnder('fragments-full')).toBe(after);
  });
});
