// Counting for the test runner: what a suite's outcome adds to the last line.

import { stripVTControlCharacters } from 'node:util';

/** @typedef {{passed: number, failed: number, skipped: number}} Count */

const MINUTES_OF_A_CHECK = 10;

export const minutesOf = ({ minutes }) => minutes ?? MINUTES_OF_A_CHECK;

/** A check is one test. */
export function countCheck(ending) {
  return ending.code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/**
 * Counts a vitest run by what scripts/vitest-report.mjs wrote of it. A runner that fails although no test did (a crash, a kill) counts
 * as one failure, and so does one that leaves no readable report, and one in which nothing ran.
 *
 * @param {{code: number | null}} ending
 * @param {string | undefined} reportText
 * @returns {Count & {complaint?: string, failures?: string[]}} failures: the place and the beginning of the reason of each,
 * as far as the report knows them, for the end of a long output
 */
export function countVitest(ending, reportText) {
  const report = parsed(reportText);
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0, complaint: 'it left no readable report' };
  const count = { ...report, failures: report.failures.map(failureText) };
  if (count.failed > 0) return count;
  if (ending.code !== 0) return { ...count, failed: 1, complaint: 'the runner failed although no test did' };
  if (count.passed === 0) return { ...count, failed: 1, complaint: 'no test ran' };
  return count;
}

const LINES_OF_A_FAILURE = 20;
const COLUMNS_OF_A_FAILURE = 200;

function failureText({ where, reason }) {
  const lines = stripVTControlCharacters(reason).split('\n');
  const shown = lines.slice(0, LINES_OF_A_FAILURE).map((line) => `  ${line.slice(0, COLUMNS_OF_A_FAILURE)}`);
  return [where, ...shown].join('\n').trimEnd();
}

function parsed(text) {
  try {
    const report = JSON.parse(text ?? '');
    const counts = [report.passed, report.failed, report.skipped];
    return counts.every(Number.isInteger) && Array.isArray(report.failures) ? report : undefined;
  } catch {
    return undefined;
  }
}

/** @param {Count[]} counts */
export function sum(counts) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const count of counts) for (const name of Object.keys(total)) total[name] += count[name];
  return total;
}

/** The last line: `12 passed, 0 failed`, and `, 3 skipped` where something was. */
export function lastLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
