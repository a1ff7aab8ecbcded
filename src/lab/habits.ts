import { insideNamespace } from '../kernel/namespace.ts';
import { DIST_FOLDER } from '../kernel/package.ts';
import { endProcesses, isRunning, markProcess, start } from '../kernel/process.ts';
import { hostFolder, updateLab, type LabRecord } from './registry.ts';

/** Starts what hosts of a lab do by themselves, as soon as there is somebody to ask. */
export async function startHabits(record: LabRecord): Promise<void> {
  const { id, topology, namespaces } = record;
  const programs = Object.entries(topology.hosts).flatMap(([host, { habits = [] }]) =>
    habits.map(async (habit) => {
      const what = JSON.stringify({ to: topology.service, ...habit });
      const argv = [process.execPath, `${DIST_FOLDER}/lab/habit.js`, what];
      const { pid } = await start(insideNamespace(namespaces[host]!, argv), {
        log: `${hostFolder(id, host)}/habit.log`,
      });
      return markProcess(pid) ?? [];
    }),
  );
  if (programs.length === 0) return;
  record.habits = (await Promise.all(programs)).flat();
  updateLab(record);
}

/** Ends it. */
export async function endHabits(record: LabRecord): Promise<void> {
  const { habits = [] } = record;
  delete record.habits;
  await endProcesses(
    habits.filter(isRunning).map(({ pid }) => pid),
    0,
    'SIGKILL',
  );
}
