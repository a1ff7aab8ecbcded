import { advanceClock } from '../../src/lab/clock.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Lab } from '../../src/lab/lab.ts';
import { connections, eventually, labWithRules, load, output, type } from '../support/lab.ts';
import { type Agent, startAgent } from '../support/agent.ts';

/**
 * States, timeouts and counters of connections between real TCP stacks, step by step (research: kernel IPVS's tables). The clock of
 * the director is moved, so an hour passes at once.
 */

interface Expected {
  state: string;
  /** Seconds the connection has left right after the step. */
  timeout: number;
  active: number;
  inactive: number;
}

interface Step {
  /** What happens, on which side. */
  by: 'client' | 'server';
  command: string;
  /** What the other side sees of it. */
  seen: string;
  leaves: Expected;
}

const active = (state: string, timeout: number): Expected => ({ state, timeout, active: 1, inactive: 0 });
const inactive = (state: string, timeout: number): Expected => ({ state, timeout, active: 0, inactive: 1 });

const SCENARIOS: Record<'nat' | 'dr', Record<string, Step[]>> = {
  nat: {
    'the client closes first': [
      { by: 'client', command: 'end', seen: 'end', leaves: inactive('CLOSE_WAIT', 60) },
      { by: 'server', command: 'end', seen: 'end', leaves: inactive('TIME_WAIT', 120) },
    ],
    'the server closes first': [
      { by: 'server', command: 'end', seen: 'end', leaves: inactive('FIN_WAIT', 120) },
      { by: 'client', command: 'end', seen: 'end', leaves: inactive('TIME_WAIT', 120) },
    ],
    'the client resets': [{ by: 'client', command: 'reset', seen: 'error ECONNRESET', leaves: inactive('CLOSE', 10) }],
    'the server resets': [{ by: 'server', command: 'reset', seen: 'error ECONNRESET', leaves: inactive('CLOSE', 10) }],
    'data goes both ways': [
      { by: 'client', command: 'send hello', seen: 'data hello', leaves: active('ESTABLISHED', 900) },
      { by: 'server', command: 'send world', seen: 'data world', leaves: active('ESTABLISHED', 900) },
    ],
  },
  dr: {
    'the client closes first': [
      { by: 'client', command: 'end', seen: 'end', leaves: inactive('FIN_WAIT', 120) },
      { by: 'server', command: 'end', seen: 'end', leaves: inactive('FIN_WAIT', 120) },
    ],
    'the server closes first, which the director does not see': [
      { by: 'server', command: 'end', seen: 'end', leaves: active('ESTABLISHED', 900) },
      { by: 'client', command: 'end', seen: 'end', leaves: inactive('FIN_WAIT', 120) },
    ],
    'the client resets': [{ by: 'client', command: 'reset', seen: 'error ECONNRESET', leaves: inactive('CLOSE', 10) }],
    'the server resets, which the director does not see': [
      { by: 'server', command: 'reset', seen: 'error ECONNRESET', leaves: active('ESTABLISHED', 900) },
    ],
  },
};

describe.each(['nat', 'dr'] as const)('%s', (topology) => {
  const method = topology === 'nat' ? '-m' : '-g';
  let lab: Lab;
  let service: string;
  let server: Agent;
  beforeAll(async () => {
    lab = await labWithRules(topology, 'tc');
    service = `${lab.topology.service.address}:9000`;
    server = startAgent(lab, 'web1');
    await server.tell('listen 9000', 'listening');
    await type(lab, '-C', `-A -t ${service} -s rr`, `-a -t ${service} -r 1.1.1.128:9000 ${method}`);
  });
  // Whatever a failed test has left must not fail the next one too.
  afterEach(async () => {
    advanceClock(lab, 1000);
    await eventually(() => connections(lab), []);
  });
  afterAll(async () => {
    await lab.down();
  });

  const expectConnection = async ({ state, timeout, active: a, inactive: i }: Expected): Promise<void> => {
    await eventually(async () => (await connections(lab)).map((connection) => connection.state), [state]);
    const [connection] = await connections(lab);
    expect(connection?.expire).toBeLessThanOrEqual(timeout);
    expect(connection?.expire).toBeGreaterThanOrEqual(timeout - 4);
    expect(await load(lab)).toEqual({ '1.1.1.128:9000': [a, i] });
  };
  const expectNone = async (): Promise<void> => {
    await eventually(() => connections(lab), []);
    await eventually(() => load(lab), { '1.1.1.128:9000': [0, 0] });
  };
  const open = async (): Promise<Agent> => {
    const client = startAgent(lab, lab.client);
    await client.tell(`connect ${service.replace(':', ' ')}`, 'connected');
    await server.hears('accepted');
    await expectConnection(active('ESTABLISHED', 900));
    return client;
  };

  test.each(Object.entries(SCENARIOS[topology]))('%s', async (_name, steps) => {
    const client = await open();
    for (const { by, command, seen, leaves } of steps) {
      const [actor, other] = by === 'client' ? [client, server] : [server, client];
      await actor.tell(command);
      await other.hears(seen);
      await expectConnection(leaves);
    }
    const last = steps.at(-1)!.leaves;
    advanceClock(lab, last.timeout - 6);
    await expectConnection({ ...last, timeout: 6 });
    advanceClock(lab, 7);
    await expectNone();
    client.stop();
  });

  test('an idle connection ends after 15 minutes, and traffic starts them again', async () => {
    const client = await open();
    advanceClock(lab, 890);
    await expectConnection({ ...active('ESTABLISHED', 10) });
    await client.tell('send still-here');
    await server.hears('data still-here');
    await expectConnection(active('ESTABLISHED', 900));
    advanceClock(lab, 901);
    await expectNone();
    client.stop();
  });

  test('a SYN without an answer waits a minute', async () => {
    await type(
      lab,
      `-A -t ${service.replace(':9000', ':9001')} -s rr`,
      `-a -t ${service.replace(':9000', ':9001')} -r 1.1.1.77:9001 ${method}`,
    );
    const client = startAgent(lab, lab.client);
    await client.tell(`connect ${service.replace(':', ' ').replace('9000', '9001')}`);
    await eventually(async () => (await connections(lab)).map(({ state }) => state), ['SYN_RECV']);
    const [connection] = await connections(lab);
    expect(connection?.expire).toBeGreaterThanOrEqual(57);
    expect(connection?.expire).toBeLessThanOrEqual(60);
    expect((await load(lab))['1.1.1.77:9001']).toEqual([1, 0]);
    client.stop();
    await type(lab, `-D -t ${service.replace(':9000', ':9001')}`);
    advanceClock(lab, 70);
    await expectNone();
  });

  test('--set changes the timeout of a live connection with its next packet', async () => {
    const client = await open();
    await type(lab, '--set 100 50 20');
    expect((await connections(lab))[0]?.expire).toBeGreaterThan(800);
    await client.tell('send again');
    await server.hears('data again');
    await expectConnection(active('ESTABLISHED', 100));
    await client.tell('end');
    await server.hears('end');
    await expectConnection(topology === 'nat' ? inactive('CLOSE_WAIT', 60) : inactive('FIN_WAIT', 50));
    await type(lab, '--set 900 120 300');
    advanceClock(lab, 130);
    await expectNone();
    client.stop();
  });

  test('UDP is inactive and lasts five minutes', async () => {
    const { address } = lab.topology.service;
    await type(lab, `-A -u ${address}:7 -s rr`, `-a -u ${address}:7 -r 1.1.1.128:7 ${method}`);
    await output(lab, lab.client, ['bash', '-c', `echo hello > /dev/udp/${address}/7`]);
    await eventually(
      async () => (await connections(lab)).map(({ protocol, state }) => [protocol, state]),
      [['udp', 'UDP']],
    );
    expect((await load(lab))['1.1.1.128:7']).toEqual([0, 1]);
    const { expire = 0 } = (await connections(lab))[0] ?? {};
    expect(expire).toBeGreaterThanOrEqual(296);
    advanceClock(lab, 301);
    await eventually(() => connections(lab), []);
    await type(lab, `-D -u ${address}:7`);
  });

  test('a quiesced server keeps its connections and gets no new ones; a deleted one passes nothing on', async () => {
    const client = await open();
    await type(lab, `-e -t ${service} -r 1.1.1.128:9000 ${method} -w 0`);
    await client.tell('send quiesced');
    await server.hears('data quiesced');
    const refused = await lab.exec(lab.client, ['curl', '-sS', '--max-time', '1', `http://${service}/`]);
    expect(refused.code).not.toBe(0);
    await type(lab, `-d -t ${service} -r 1.1.1.128:9000`);
    await client.tell('send deleted');
    await expect(server.hears('data deleted')).rejects.toThrow('did not say');
    await type(lab, `-a -t ${service} -r 1.1.1.128:9000 ${method}`);
    await server.hears('data deleted');
    await client.tell('reset');
    await server.hears('error ECONNRESET');
    advanceClock(lab, 15);
    await expectNone();
    client.stop();
  });
});
