import { describe, expect, test } from 'vitest';
import { busySeconds } from '../../bench/cpu.ts';
import { readIperf3 } from '../../bench/end-to-end/iperf3.ts';
import { MEASURES } from '../../bench/end-to-end/measures.ts';
import { readWrk } from '../../bench/end-to-end/wrk.ts';

describe('the report of iperf3', () => {
  test('is read where the receiver counted', () => {
    const sums = {
      sum_sent: { bytes: 3_000_000_000, bits_per_second: 8.1e9 },
      sum_received: { bytes: 2_500_000_000, bits_per_second: 6.6e9 },
    };
    expect(readIperf3(JSON.stringify({ end: sums }))).toEqual({ rate: 6.6, amount: 2.5, errors: '' });
  });

  test('may say what went wrong', () => {
    const report =
      '{"start":{"connected":[]},"intervals":[],"end":{},"error":"unable to connect to server: Connection refused"}';
    const errors = 'iperf3: unable to connect to server: Connection refused';
    expect(readIperf3(report)).toEqual({ rate: null, amount: 0, errors });
  });

  test('counts as failed where nothing came through', () => {
    const end = { sum_received: { bytes: 0, bits_per_second: 0 } };
    expect(readIperf3(JSON.stringify({ end })).rate).toBeNull();
  });

  test('may be missing', () => {
    expect(readIperf3('')).toEqual({ rate: null, amount: 0, errors: 'iperf3 printed no report' });
  });
});

const WRK = `Running 1s test @ http://10.1.1.21:80/
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     4.31ms    2.17ms  23.43ms   74.50%
    Req/Sec     5.31k   411.31    6.03k    81.82%
  11584 requests in 1.10s, 1.87MB read
Requests/sec:  10528.44
Transfer/sec:      1.70MB
`;

describe('the output of wrk', () => {
  test('gives the rate, and the number of requests for CPU time', () => {
    expect(readWrk(WRK)).toEqual({ rate: 10528.44, amount: 11584, errors: '' });
  });

  test('keeps the rate of a run with errors, and says which', () => {
    const socket = 'Socket errors: connect 0, read 12, write 0, timeout 3';
    const status = 'Non-2xx or 3xx responses: 7';
    const text = WRK.replace('Requests/sec', `  ${socket}\n  ${status}\nRequests/sec`);
    expect(readWrk(text)).toEqual({ rate: 10528.44, amount: 11584, errors: `${socket}; ${status}` });
  });

  test('counts as failed where no request was answered', () => {
    const text = WRK.replace('11584 requests', '0 requests').replace('10528.44', '0.00');
    expect(readWrk(text)).toEqual({ rate: null, amount: 0, errors: 'wrk: no request was answered' });
  });

  test('may be a complaint', () => {
    const errors = 'wrk: unable to connect to 10.1.1.21:80 Connection refused';
    expect(readWrk(`${errors.slice('wrk: '.length)}\n`)).toEqual({ rate: null, amount: 0, errors });
    expect(readWrk('').errors).toBe('wrk: printed nothing');
  });
});

test('busy time is user, nice, system, irq and softirq of all processors together', () => {
  const stat = 'cpu  1000 200 3000 9999 888 40 500 77 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n';
  expect(busySeconds(stat)).toBe(47.4);
});

test('measures have names of their own and ask the address they are given', () => {
  expect(new Set(MEASURES.map(({ name }) => name)).size).toBe(MEASURES.length);
  for (const measure of MEASURES) expect(measure.command('192.0.2.1', 7).join(' ')).toMatch(/192\.0\.2\.1/);
});
