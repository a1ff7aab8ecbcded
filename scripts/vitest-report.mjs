import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * A reporter for vitest that writes what `npm test` counts and tells again at its end: `{passed, failed, skipped, failures: [{where, reason}]}`,
 * to the file of `--outputFile.weir`. Besides tests it knows of what fails around them, of which vitest's JSON reporter says
 * little or nothing: hooks of a group, files that cannot be loaded, errors that nobody caught. Each is a failure of its own.
 */
export default class WeirReport {
  #config;

  onInit({ config }) {
    this.#config = config;
  }

  onTestRunEnd(modules, unhandledErrors) {
    const { root, outputFile } = this.#config;
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state) => tests.filter((test) => test.result().state === state).length;
    const failures = [
      ...modules.flatMap((module) => failuresOf(module, relative(root, module.moduleId))),
      ...unhandledErrors.map((error) => ({ where: 'outside of any test', reason: reasonOf(error) })),
    ];
    const report = { passed: count('passed'), failed: failures.length, skipped: count('skipped'), failures };
    writeFileSync(outputFile.weir, JSON.stringify(report));
  }
}

function failuresOf(module, file) {
  const around = [module, ...module.children.allSuites()].filter((group) => group.errors().length > 0);
  return [
    ...around.map((group) => failure([file, group.fullName], group.errors())),
    ...[...module.children.allTests('failed')].map((test) => failure([file, test.fullName], test.result().errors)),
  ];
}

function failure(place, errors) {
  return {
    where: place.filter((name) => name !== undefined).join(' > '),
    reason: errors.map(reasonOf).join('\n'),
  };
}

/** What an error says, what the project's own say besides, how the values differ, and where it happened. */
function reasonOf(error) {
  const { name, message, found, where, diff, stacks = [] } = error;
  return [
    `${name}: ${message}`,
    ...(found === undefined ? [] : [`found: ${found}`]),
    ...(where === undefined ? [] : [`where: ${where}`]),
    ...(diff === undefined ? [] : [diff]),
    ...stacks.map(({ file, line }) => `at ${file}:${line}`),
  ].join('\n');
}
