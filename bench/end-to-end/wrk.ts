import type { Reading } from './iperf3.ts';

/** The lines in which wrk speaks of what went wrong. */
const COMPLAINTS = [/^ *(Socket errors: .*)$/m, /^ *(Non-2xx or 3xx responses: .*)$/m];

/** Reads what wrk prints: requests a second, and requests in all. */
export function readWrk(text: string): Reading {
  const amount = /^ *(\d+) requests in /m.exec(text)?.[1];
  const rate = /^Requests\/sec: +([\d.]+)$/m.exec(text)?.[1];
  const errors = COMPLAINTS.map((complaint) => complaint.exec(text)?.[1])
    .filter((complaint) => complaint !== undefined)
    .join('; ');
  if (amount === undefined || rate === undefined) {
    return { rate: null, amount: 0, errors: `wrk: ${text.trim().split('\n')[0] || 'printed nothing'}` };
  }
  if (Number(amount) === 0) return { rate: null, amount: 0, errors: errors || 'wrk: no request was answered' };
  return { rate: Number(rate), amount: Number(amount), errors };
}
