import { expect, test } from 'vitest';
import { readNeighbour } from './neighbour-monitor.ts';

/** struct nlmsghdr and struct ndmsg, then NDA_DST and NDA_CACHEINFO, as Linux 6.18 sent it of a neighbour that did not answer. */
function message(type: number, state: number, destination: number[]): Buffer {
  const header = Buffer.alloc(28);
  header.writeUInt16LE(type, 4);
  header.writeUInt8(destination.length === 4 ? 2 : 10, 16);
  header.writeInt32LE(3, 20);
  header.writeUInt16LE(state, 24);
  const attribute = Buffer.alloc(4);
  attribute.writeUInt16LE(4 + destination.length, 0);
  attribute.writeUInt16LE(1, 2);
  const unknown = Buffer.from([5, 0, 9, 0, 0xff, 0, 0, 0]);
  return Buffer.concat([header, unknown, attribute, Buffer.from(destination)]);
}

test('a neighbour that failed, one that is known, and one that is being asked', () => {
  expect(readNeighbour(message(28, 0x20, [1, 1, 1, 128]))).toEqual({ address: '1.1.1.128', state: 'silent' });
  expect(readNeighbour(message(28, 0x02, [1, 1, 1, 128]))).toEqual({ address: '1.1.1.128', state: 'answers' });
  expect(readNeighbour(message(28, 0x01, [1, 1, 1, 128]))).toBeUndefined();
});

test('one that is deleted is forgotten', () => {
  expect(readNeighbour(message(29, 0x20, [1, 1, 1, 128]))).toEqual({ address: '1.1.1.128', state: 'forgotten' });
});

test('IPv6', () => {
  const address = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
  expect(readNeighbour(message(28, 0x20, address))).toEqual({ address: '2001:db8::7', state: 'silent' });
});

test('other messages, and such as are cut off, say nothing', () => {
  expect(readNeighbour(message(16, 0x20, [1, 1, 1, 128]))).toBeUndefined();
  const whole = message(28, 0x20, [1, 1, 1, 128]);
  for (let length = 0; length < whole.length; length++)
    expect(readNeighbour(whole.subarray(0, length))).toBeUndefined();
});
