import { rmSync } from 'node:fs';
import { WeirError } from '../base/error.ts';
import { unmountBelow } from '../kernel/mounts.ts';
import { addNamespaces, deleteNamespaces, insideNamespace, ipBatch, processesInside } from '../kernel/namespace.ts';
import { endProcesses, run } from '../kernel/process.ts';
import { requireTools } from '../kernel/tools.ts';
import { checkTopology } from './check.ts';
import { forgetClients } from './clock.ts';
import { reviveDirector } from './director.ts';
import { placePrograms, requirePlaceForPrograms } from './foreign-programs.ts';
import { endHabits, startHabits } from './habits.ts';
import { neededTools, setUp, startPrograms, wireHosts } from './hosts.ts';
import type { Lab } from './lab.ts';
import { planLab, switchLines } from './plan.ts';
import { hostFolder, updateLab, type LabRecord } from './registry.ts';
import { removeLab } from './removal.ts';
import { hostOfRole, placedNics, type Topology } from './topology.ts';

/** Milliseconds that programs of a host have to end by themselves. */
const GRACE = 3_000;
const USUAL_MTU = 1500;

/**
 * Makes of a standing lab what `buildLab` would make of another topology of the same hosts, in a fraction of the time: the director
 * keeps its daemon, or gets another where it has died, and is set up again, every other host is made anew. What was typed on them is gone. If it fails, so is the lab.
 * @throws WeirError TOPOLOGY_INVALID; LAB_UNKNOWN where the hosts are others; LAB_BUSY from inside the lab; LAB_FAILED, TOOL_MISSING
 */
export async function changeLab(lab: Lab, topology: Topology): Promise<void> {
  const { record } = lab;
  checkTopology(topology);
  requireTools(neededTools(topology, record.hook));
  requirePlaceForPrograms(topology, record.hook);
  requireSameHosts(record, topology);
  requireOutside(record);
  try {
    await endHabits(record);
    await reviveDirector(record);
    await removeOthers(record);
    const before = record.topology;
    record.topology = topology;
    updateLab(record);
    await changeSwitches(record, before);
    // Before the others are there: it shall not go on asking for those it knew.
    await setUpDirector(record, before);
    placePrograms(record, before);
    await makeOthers(record);
    if (record.director !== undefined) {
      await lab.replaceRules();
      await forgetClients(lab);
    }
    await startHabits(record);
  } catch (error) {
    await removeLab(record);
    throw error;
  }
}

function requireSameHosts({ id, topology: before }: LabRecord, topology: Topology): void {
  const skeleton = (one: Topology): string => {
    const cables = placedNics(one).filter(({ host }) => host === hostOfRole(one, 'director'));
    return JSON.stringify([Object.keys(one.hosts), cables.map(({ name, segment, mac }) => [name, segment, mac])]);
  };
  if (skeleton(before) === skeleton(topology)) return;
  throw new WeirError('LAB_UNKNOWN', `lab ${id} cannot become ${topology.name}: its hosts are others`, {
    expected: Object.keys(before.hosts).join(', '),
    found: Object.keys(topology.hosts).join(', '),
  });
}

function requireOutside({ id, namespaces, wire }: LabRecord): void {
  if (!processesInside([...Object.values(namespaces), wire]).includes(process.pid)) return;
  throw new WeirError('LAB_BUSY', `this command runs inside lab ${id}`, {
    fix: 'leave the shell of the lab and repeat it outside',
  });
}

/** Every host but the director. */
function others({ topology }: LabRecord): string[] {
  return Object.keys(topology.hosts).filter((host) => host !== hostOfRole(topology, 'director'));
}

async function removeOthers(record: LabRecord): Promise<void> {
  const hosts = others(record);
  const namespaces = hosts.map((host) => record.namespaces[host]!);
  await endProcesses(processesInside(namespaces), GRACE);
  // Both ends of a cable go at once; a namespace is cleaned up some time after its name is gone.
  const cables = placedNics(record.topology).filter(({ host }) => hosts.includes(host));
  await ipBatch(
    cables.map(({ port }) => `link delete ${port}`),
    record.wire,
  );
  await deleteNamespaces(namespaces);
  for (const host of hosts) {
    await unmountBelow(hostFolder(record.id, host));
    rmSync(hostFolder(record.id, host), { recursive: true, force: true });
  }
}

/** The switches that only one of both has, and what the director's cables are like. */
async function changeSwitches({ id, topology, hook, wire }: LabRecord, before: Topology): Promise<void> {
  const gone = before.segments.filter((segment) => !topology.segments.includes(segment));
  const cables = placedNics(topology).filter(({ host }) => host === hostOfRole(topology, 'director'));
  await ipBatch(
    [
      ...gone.map((segment) => `link delete ${segment}`),
      ...cables.map(({ port, mtu = USUAL_MTU }) => `link set ${port} mtu ${mtu}`),
      ...topology.segments.filter((segment) => !before.segments.includes(segment)).flatMap(switchLines),
    ],
    wire,
  );
  if (!isCareless(before) && !isCareless(topology)) return;
  const { nft = '' } = planLab(topology, { id, hook, byHand: true }).setups[wire] ?? {};
  await run(insideNamespace(wire, ['nft', '-f', '-']), { input: `flush ruleset\n${nft}\n` });
}

/** True if the director has a NIC that does not compute checksums. */
function isCareless(topology: Topology): boolean {
  const nics = placedNics(topology).filter(({ host }) => host === hostOfRole(topology, 'director'));
  return nics.some(({ checksums }) => checksums === 'wrong');
}

async function makeOthers(record: LabRecord): Promise<void> {
  const { id, topology, hook } = record;
  const plan = planLab(topology, { id, hook, byHand: true, part: { hosts: others(record), segments: [] } });
  await addNamespaces(Object.values(plan.namespaces));
  await wireHosts(plan);
  await startPrograms(record, plan);
}

/** Takes everything from the director that a setup gives, and sets it up again. Its interfaces stay, and with them what is attached. */
async function setUpDirector({ id, topology, hook, namespaces }: LabRecord, before: Topology): Promise<void> {
  const host = hostOfRole(topology, 'director');
  const namespace = namespaces[host]!;
  const nics = ['lo', ...Object.keys(topology.hosts[host]?.nics ?? {})];
  const lines = nics.flatMap((nic) => [
    `address flush dev ${nic} scope global`,
    `route flush dev ${nic} proto boot`,
    `neighbour flush dev ${nic} nud all`,
    ...(nic === 'lo' ? [] : [`link set ${nic} mtu ${USUAL_MTU}`]),
  ]);
  const batch = (family: 4 | 6): string[] => [`ip -${family} -force -batch - <<'END'`, ...lines, 'END'];
  const offloads = isCareless(before) && hook !== 'xdp' ? nics.slice(1).map((nic) => `ethtool -K ${nic} tx on`) : [];
  const firewall = 'if command -v nft > /dev/null; then nft flush ruleset; fi';
  // What one family does not have is no failure.
  await run(insideNamespace(namespace, ['sh']), {
    input: [...batch(4), ...batch(6), ...offloads, firewall, ''].join('\n'),
  });
  const plan = planLab(topology, { id, hook, byHand: true, part: { hosts: [host], segments: [] } });
  await setUp(namespace, plan.setups[namespace]!);
}
