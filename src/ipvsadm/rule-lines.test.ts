import { expect, test } from 'vitest';
import { splitRuleLines } from './rule-lines.ts';

test('words stand between blanks, and lines without words are left out', () => {
  expect(splitRuleLines('-A -t  A\t-s rr \r\n\n   \n-C')).toEqual([['-A', '-t', 'A', '-s', 'rr'], ['-C']]);
});

test('the name of the program is passed over wherever it stands', () => {
  expect(splitRuleLines('ipvsadm -A ipvsadm -t A\nipvsadm\n/sbin/ipvsadm -C')).toEqual([
    ['-A', '-t', 'A'],
    ['/sbin/ipvsadm', '-C'],
  ]);
});

test('there are no quotes and no comments', () => {
  expect(splitRuleLines('-A "a b" # c')).toEqual([['-A', '"a', 'b"', '#', 'c']]);
});

test('a NUL ends its word', () => {
  expect(splitRuleLines('-C\0-x yy')).toEqual([['-C', 'yy']]);
});
