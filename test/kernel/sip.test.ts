import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { type Agent, startAgent } from '../support/agent.ts';
import { labWithRules, output, type } from '../support/lab.ts';

/** SIP over UDP: the messages of a call go to one real server, whatever ports they come from, and so does what the server starts itself. */

const VIP = '10.1.1.21';
const CLIENT = '10.1.1.100';
/** More than a frame has room for, so that the datagram comes in fragments. */
const LONG = 3000;

describe.each(['tc', 'xdp'] as const)('calls on %s', (hook) => {
  let lab: Lab;
  let client: Agent;
  let web1: Agent;
  let port = 20_000;

  beforeAll(async () => {
    lab = await labWithRules('nat', hook);
    await type(lab, `-A -u ${VIP}:5060 -s rr -p 300 --pe sip`);
    for (const server of ['1.1.1.128', '1.1.1.129']) await type(lab, `-a -u ${VIP}:5060 -r ${server}:5060 -m`);
    client = startAgent(lab, lab.client, 'sip');
    web1 = startAgent(lab, 'web1', 'sip');
    await web1.tell('serve web1 5060', 'serving');
    await startAgent(lab, 'web2', 'sip').tell('serve web2 5060', 'serving');
  });
  afterAll(async () => {
    await lab.down();
  });

  /** From a port that has not been used before. */
  const ask = async (callId: string, answeredBy: string, padding = 0): Promise<void> =>
    await client.tell(
      `ask ${++port} ${VIP} 5060 ${callId} ${padding}`,
      `answer ${answeredBy} ${callId} from ${VIP}:5060`,
    );
  const templates = async (): Promise<string[]> =>
    (await output(lab, lab.director, ['ipvsadm', '-L', '-n', '-c', '--persistent-conn']))
      .split('\n')
      .filter((line) => / sip +/.test(line))
      .map((line) => line.trim().split(/\s+/).slice(3).join(' '))
      .sort();

  test('each stays with one real server, whatever port its messages come from and however long they are', async () => {
    for (let message = 0; message < 3; message++) {
      await ask('one@example.test', 'web2');
      await ask('two', 'web1');
    }
    await ask('one@example.test', 'web2', LONG);
    await ask('two', 'web1', LONG);
    expect(await templates()).toEqual([
      `${CLIENT}:0 ${VIP}:5060 1.1.1.128:5060 sip two`,
      `${CLIENT}:0 ${VIP}:5060 1.1.1.129:5060 sip one@example.test`,
    ]);
  });

  test('a message without a Call-ID is dropped for that reason', async () => {
    await client.tell(`ask ${++port} ${VIP} 5060 ;`);
    await client.tell(`ask ${++port} ${VIP} 5060 two`, `answer web1 two from ${VIP}:5060`);
    const { reasons } = JSON.parse(await output(lab, lab.director, ['weir', 'status', '--json'])) as {
      reasons: { reason: string; packets: string }[];
    };
    expect(reasons.find(({ reason }) => reason === 'no-persistence-key')?.packets).toBe('1');
  });

  test('a real server that calls a client is seen as the service, and the client is led back to it', async () => {
    for (const callId of ['from-web1', 'from-web1-again']) {
      await client.tell(`wait ${++port}`, 'waiting');
      await web1.tell(`call ${CLIENT} ${port} ${callId}`);
      await client.hears(`called ${callId} from ${VIP}:5060`);
      await ask(callId, 'web1');
      await ask(callId, 'web1');
    }
  });

  // Tables are kept alike for both hooks, and a daemon takes seconds to start.
  if (hook === 'tc')
    test('they stay there when the daemon is killed and started again', async () => {
      const before = await templates();
      await lab.stopDirector('SIGKILL');
      await ask('two', 'web1');
      await lab.startDirector();
      expect(await templates()).toEqual(before);
      await ask('one@example.test', 'web2');
      await ask('two', 'web1');
    });

  test('of one packet each leave no connection, and answers come from the service all the same', async () => {
    await type(lab, `-E -u ${VIP}:5060 -s rr -p 300 -o --pe sip`);
    const before = port;
    await ask('two', 'web1');
    await ask('three', 'web2');
    await ask('three', 'web2');
    const listed = await output(lab, lab.director, ['ipvsadm', '-L', '-n', '-c']);
    expect(listed.split('\n').filter((line) => line.includes(`${CLIENT}:${before + 1}`))).toEqual([]);
  });
});
