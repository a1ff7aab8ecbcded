import { describe, expect, test } from 'vitest';
import { newConnection, type LiveConnection } from './connection.ts';
import { newLiveDestination, type LiveDestination, type LiveService } from './live.ts';
import { DIRECT_TUNNEL, type ForwardingMethod } from './service.ts';
import {
  answerPlace,
  answerTimeOf,
  icmpKind,
  isQuiet,
  newSignals,
  noteDatagram,
  noteSegment,
  signalsSince,
  type SeenSegment,
} from './signals.ts';

const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const RST = 0x04;

function setUp(method: ForwardingMethod): { destination: LiveDestination; connection: LiveConnection } {
  const limits = { weight: 1, upperThreshold: 0, lowerThreshold: 0, tunnel: DIRECT_TUNNEL };
  const config = { address: '10.2.0.11', port: 80, method, ...limits };
  const destination = newLiveDestination(config, {} as LiveService);
  const connection = newConnection({
    protocol: 'tcp',
    family: 'inet',
    client: '10.1.0.10',
    clientPort: 40_001,
    virtual: '10.9.9.9',
    virtualPort: 80,
    server: '10.2.0.11',
    serverPort: 80,
    method,
    destination,
    mark: 0,
  });
  return { destination, connection };
}

/** Notes segments as a director does, which counts the client's. */
function see(connection: LiveConnection, ...segments: Omit<SeenSegment, 'now'>[]): void {
  for (const [now, segment] of segments.entries()) {
    noteSegment(connection, { now, ...segment });
    if (segment.from === 'client') connection.inPackets++;
  }
}

const syn = { from: 'client', flags: SYN, before: 'NONE', after: 'SYN_RECV' } as const;
const again = { from: 'client', flags: SYN, before: 'SYN_RECV', after: 'SYN_RECV' } as const;
const answer = { from: 'server', flags: SYN_ACK, before: 'SYN_RECV', after: 'SYN_RECV' } as const;
const ack = { from: 'client', flags: ACK, before: 'SYN_RECV', after: 'ESTABLISHED' } as const;

describe('a handshake', () => {
  test('by masquerading is begun, answered and completed, and the answer has a time', () => {
    const { destination, connection } = setUp('masquerade');
    see(connection, syn, answer, ack);
    expect(destination.signals).toMatchObject({
      attempts: 1,
      answered: 1,
      completed: 1,
      uncompleted: 0,
      unanswered: 0,
    });
    expect(destination.signals.answerTimes.total).toBe(1);
    expect(answerTimeOf(destination.signals.answerTimes, 0.5)).toBeCloseTo(1.05, 2);
  });

  test('by direct routing shows no answer, only its end', () => {
    const { destination, connection } = setUp('route');
    see(connection, syn, ack);
    expect(destination.signals).toMatchObject({ attempts: 1, answered: 0, completed: 1, unanswered: 0 });
  });

  test('whose SYN came again has an answer without a time', () => {
    const { destination, connection } = setUp('masquerade');
    see(connection, syn, again, answer);
    expect(destination.signals).toMatchObject({ attempts: 1, retransmissions: 1, answered: 1, uncompleted: 1 });
    expect(answerTimeOf(destination.signals.answerTimes, 0.5)).toBeUndefined();
  });

  test('that the real server refuses is answered, and not completed', () => {
    const { destination, connection } = setUp('masquerade');
    see(connection, syn, { from: 'server', flags: RST, before: 'SYN_RECV', after: 'CLOSE' });
    expect(destination.signals).toMatchObject({ answered: 1, refused: 1, uncompleted: 1, unanswered: 0 });
  });

  test('that the client gives up is reset', () => {
    const { destination, connection } = setUp('route');
    see(connection, syn, { from: 'client', flags: RST, before: 'SYN_RECV', after: 'SYN_RECV' });
    expect(destination.signals).toMatchObject({ attempts: 1, reset: 1, completed: 0 });
  });

  test('of a connection that has been over counts as another', () => {
    const { destination, connection } = setUp('masquerade');
    see(connection, syn, answer, ack, { ...syn, before: 'TIME_WAIT' }, answer);
    expect(destination.signals).toMatchObject({ attempts: 2, answered: 2, completed: 1, uncompleted: 1 });
  });

  test('is over: what follows is not noted', () => {
    const { destination, connection } = setUp('masquerade');
    see(connection, { from: 'client', flags: RST, before: 'ESTABLISHED', after: 'CLOSE' });
    expect(destination.signals).toEqual(newLiveDestination(destination.config, destination.service).signals);
  });
});

describe('a datagram', () => {
  /** Notes datagrams as a director does, which counts the client's. */
  function exchange(connection: LiveConnection, ...from: ('client' | 'server')[]): void {
    for (const one of from) {
      noteDatagram(connection, one);
      if (one === 'client') connection.inPackets++;
    }
  }

  test('of a client is a request, and the first answer to it a reply', () => {
    const { destination, connection } = setUp('masquerade');
    exchange(connection, 'client', 'client', 'server', 'client', 'server');
    expect(destination.signals).toMatchObject({ requests: 1, replied: 1 });
  });

  test('that is not answered leaves the request open', () => {
    const { destination, connection } = setUp('full-nat');
    exchange(connection, 'client', 'client');
    expect(destination.signals).toMatchObject({ requests: 1, replied: 0 });
  });

  test('by direct routing shows no answer', () => {
    const { destination, connection } = setUp('route');
    exchange(connection, 'client', 'server');
    expect(destination.signals).toMatchObject({ requests: 1, replied: 0 });
  });

  test('with which a real server begins is neither', () => {
    const { destination, connection } = setUp('masquerade');
    exchange(connection, 'server', 'client', 'server');
    expect(destination.signals).toMatchObject({ requests: 0, replied: 0 });
  });
});

test.each([
  [0, 0],
  [0.017, 1],
  [0.04, 2],
  [1, 6],
  [268, 14],
  [300, 15],
  [100_000, 15],
])('%f ms are counted in place %i', (milliseconds, place) => {
  expect(answerPlace(milliseconds)).toBe(place);
});

test.each([
  ['inet', 3, 1, 'unreachable'],
  ['inet', 3, 2, 'protocol'],
  ['inet', 3, 3, 'port'],
  ['inet', 3, 4, 'tooBig'],
  ['inet', 3, 13, 'prohibited'],
  ['inet', 3, 99, 'other'],
  ['inet', 11, 0, 'timeExceeded'],
  ['inet', 12, 0, 'other'],
  ['inet6', 1, 0, 'unreachable'],
  ['inet6', 1, 1, 'prohibited'],
  ['inet6', 1, 4, 'port'],
  ['inet6', 2, 0, 'tooBig'],
  ['inet6', 3, 0, 'timeExceeded'],
  ['inet6', 4, 1, 'protocol'],
  ['inet6', 4, 0, 'other'],
] as const)('%s type %i code %i says %s', (family, type, code, kind) => {
  expect(icmpKind(family, type, code)).toBe(kind);
});

describe('signals since another time', () => {
  const before = {
    ...newSignals(),
    attempts: 5,
    completed: 4,
    uncompleted: 1,
    answerTimes: { total: 3, counts: [1, 4] },
  };

  test('are the differences, but for how long it has been so', () => {
    const icmp = { ...newSignals().icmp, port: 2 };
    const now = { ...before, attempts: 7, uncompleted: 3, answerTimes: { total: 5, counts: [2, 5] }, icmp };
    const since = signalsSince(before, now);
    expect(since).toMatchObject({
      attempts: 2,
      completed: 0,
      uncompleted: 3,
      answerTimes: { total: 2, counts: [1, 1] },
    });
    expect(since.icmp).toEqual(icmp);
    expect([isQuiet(since), isQuiet(signalsSince(now, now))]).toEqual([false, true]);
  });

  test('are all there are where the counts have begun anew', () => {
    const now = { ...newSignals(), attempts: 2 };
    expect(signalsSince(before, now)).toEqual(now);
  });
});
