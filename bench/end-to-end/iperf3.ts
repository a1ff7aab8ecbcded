/** What one run of a measuring program came to. */
export interface Reading {
  /** In the unit of the measure; null if the run failed. */
  rate: number | null;
  /** What was done in all, in the measure's amounts (GB, connections, requests); CPU time is divided by it. */
  amount: number;
  /** What went wrong; '' if nothing. */
  errors: string;
}

const GIGA = 1e9;

interface Report {
  error?: string;
  end?: { sum_received?: { bytes?: number; bits_per_second?: number } };
}

/** Reads the report of `iperf3 --json`: Gbit/s and GB (10^9 bytes) as the receiver counted them. */
export function readIperf3(text: string): Reading {
  let report: Report;
  try {
    report = JSON.parse(text);
  } catch {
    return { rate: null, amount: 0, errors: 'iperf3 printed no report' };
  }
  if (report.error !== undefined) return { rate: null, amount: 0, errors: `iperf3: ${report.error}` };
  const { bytes, bits_per_second: rate } = report.end?.sum_received ?? {};
  if (bytes === undefined || rate === undefined || bytes === 0) {
    return { rate: null, amount: 0, errors: 'iperf3: nothing was received' };
  }
  return { rate: rate / GIGA, amount: bytes / GIGA, errors: '' };
}
