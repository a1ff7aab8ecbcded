import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { deleteNamespaces, namespaceLives, processesInside } from '../../src/kernel/namespace.ts';
import { endProcesses, run } from '../../src/kernel/process.ts';
import { buildLab } from '../../src/lab/builder.ts';
import { loadTopology } from '../../src/lab/catalogue.ts';
import { isListed, readLab, updateLab } from '../../src/lab/registry.ts';
import { removeLab } from '../../src/lab/removal.ts';
import { removeLabs, show, traces, until, weir, WEIR } from '../support/lab-command.ts';

/** What is left of a lab when its owner ends, and who removes it. */

/** No other lab of this machine has these ids. */
const ID = `o${process.pid}`;
const OTHER = `${ID}b`;

afterEach(async () => {
  await removeLabs(ID, OTHER);
});

describe('a lab whose owner is gone', () => {
  test.each([50, 150, 250, 400, 700, 1200])('Ctrl-C after %i ms leaves nothing', async (milliseconds) => {
    const { child, ended } = show(`nat --id ${ID}`);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    process.kill(-child.pid!, 'SIGINT');

    // At first Node itself answers the signal.
    expect([130, 'SIGINT']).toContain(await ended);
    expect(traces(ID)).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s while it stays leaves nothing', async (signal) => {
    const { child, output, ended } = show(`nat --id ${ID}`);
    await until(() => output().includes('The lab stays until Ctrl-C'), 'the end of the show');
    child.kill(signal);

    expect(await ended).toBe(signal === 'SIGTERM' ? 143 : 129);
    expect(traces(ID)).toEqual([]);
  });

  test('a reader that stops reading leaves nothing', async () => {
    const { code } = await run(['sh', '-c', `${process.execPath} ${WEIR} lab show nat --once --id ${ID} | head -n 3`]);

    expect(code).toBe(0);
    await until(() => traces(ID).length === 0, 'the removal of the lab');
  });

  test('SIGKILL leaves a lab behind, which clean removes', async () => {
    await killedShow();
    expect((await weir('list')).stdout).toMatch(new RegExp(`^${ID} .* left over `, 'm'));

    const { code, stdout } = await weir('clean');

    expect({ code, traces: traces(ID) }).toEqual({ code: 0, traces: [] });
    expect(stdout).toContain(ID);
  });

  test('SIGKILL leaves a lab behind, which the next up removes', async () => {
    await killedShow();

    await weir(`up dr --id ${OTHER} --engine none`);

    expect(traces(ID)).toEqual([]);
    expect(traces(OTHER)).toContain(`weir-${OTHER}-router`);
  });

  test('a lab that is kept is no left-over', async () => {
    await weir(`up nat --id ${ID} --engine none`);

    await weir('clean');

    expect(traces(ID)).toContain(`weir-${ID}-client`);
  });

  test('a lab that is kept is a left-over once the machine has restarted under it', async () => {
    await weir(`up nat --id ${ID} --engine none`);
    const namespaces = traces(ID).filter((name) => name.startsWith('weir-'));
    await endProcesses(processesInside(namespaces), 1_000);
    await deleteNamespaces(namespaces);
    expect(traces(ID)).toEqual([ID]);

    await weir('clean');

    expect(traces(ID)).toEqual([]);
  });

  test('the show ends when somebody else takes its lab down', async () => {
    const { output, ended } = show(`nat --id ${ID}`);
    await until(() => output().includes('The lab stays until Ctrl-C'), 'the end of the show');

    await weir(`down ${ID}`);

    expect(await ended).toBe(0);
    expect(output()).toContain('Somebody else has taken the lab down.');
  });

  async function killedShow(): Promise<void> {
    const { child, output, ended } = show(`nat --id ${ID}`);
    await until(() => output().includes('The commands of the course notes'), 'a lab');
    child.kill('SIGKILL');
    await ended;
    expect(traces(ID)).toContain(`weir-${ID}-director`);
  }
});

describe('the name of a lab that is gone', () => {
  test('is taken by one of several that are built at once, and none of them takes it for the left-over', async () => {
    const topology = { ...(await loadTopology('nat')), name: `${ID}n` };
    const { record } = await buildLab(topology, { engine: 'none' });
    updateLab({ ...record, owner: { ...record.owner!, started: 0 } });

    const labs = await Promise.all([1, 2, 3].map(() => buildLab(topology, { engine: 'none' })));
    try {
      expect(labs.map(({ id }) => id)).toContain(record.id);
      for (const lab of labs) {
        expect(readLab(lab.id)).toEqual(lab.record);
        expect(Object.values(lab.record.namespaces).filter(namespaceLives)).toHaveLength(4);
        expect(existsSync(lab.folder('web1'))).toBe(true);
      }
    } finally {
      await Promise.all(labs.map((lab) => lab.down()));
    }
  });

  test('once it is taken again, stands for the new one: the old one can be neither removed nor changed', async () => {
    const topology = await loadTopology('nat');
    const old = await buildLab(topology, { id: ID, engine: 'none' });
    await old.down();
    const lab = await buildLab(topology, { id: ID, engine: 'none' });
    try {
      await removeLab(old.record);
      expect(() => updateLab(old.record)).toThrow(`somebody has removed lab ${ID}`);

      expect(isListed(lab.record)).toBe(true);
      expect(await lab.exec('client', 'true')).toMatchObject({ code: 0 });
    } finally {
      await lab.down();
    }
  });
});
