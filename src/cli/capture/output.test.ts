import { expect, test } from 'vitest';
import { packet } from '../../net/packet.ts';
import { Follower } from '../../walk/follower.ts';
import type { WatchPoint } from '../../walk/watch-point.ts';
import { displayWidth } from '../terminal/output.ts';
import { headings, lineWidth, packetBlock, packetLine } from './output.ts';

const POINTS: WatchPoint[] = [
  { host: 'public', nic: 'eth0', mac: '02:00:00:00:00:01', side: 'public' },
  { host: 'private', nic: 'eth1', mac: '02:00:00:00:00:02', side: 'private' },
];

function syn(data = 0) {
  const follower = new Follower<WatchPoint>({ disorder: 1n, patience: 1n });
  const bytes = packet({
    eth: { source: '02:00:00:00:00:0c', destination: POINTS[0]!.mac },
    ip: { source: '10.1.1.100', destination: '10.1.1.21' },
    tcp: { source: 4000, destination: 80, flags: 'S' },
    payload: data,
  });
  follower.push({ point: POINTS[0]!, time: 5_000_000n, bytes });
  return follower.end()[0]!;
}

test('a packet is one line with a column for each point', () => {
  expect(headings(POINTS, 'en').length).toBeLessThanOrEqual(lineWidth(POINTS.length));
  expect(packetLine(syn(), POINTS, 3_000_000n, 'en')).toMatch(
    /^ {3}0\.002000 {5}1 {2}> S {13}in 10\.1\.1\.100:4000 > 10\.1\.1\.21:80 +not seen\n$/,
  );
});

test('in Chinese the columns stand below their headings too, though its characters are wider', () => {
  const columnOf = (line: string, text: string): number => displayWidth(line.slice(0, line.indexOf(text)));
  const [head, line] = [headings(POINTS, 'zh'), packetLine(syn(100), POINTS, 3_000_000n, 'zh')];
  expect(line).toContain('> S 100 字节 ');
  expect(columnOf(line, '> S')).toBe(columnOf(head, '数据包'));
  expect(columnOf(line, 'in ')).toBe(columnOf(head, 'public eth0'));
  expect(columnOf(line, '没有看到')).toBe(columnOf(head, 'private eth1'));
});

test('where a terminal is too narrow, each point has a line of its own below the packet', () => {
  expect(packetBlock(syn(), POINTS, 3_000_000n, 'zh').split('\n')).toEqual([
    '   0.002000     1  > S',
    '    public eth0   in 10.1.1.100:4000 > 10.1.1.21:80',
    '    private eth1  没有看到',
    '',
  ]);
});
