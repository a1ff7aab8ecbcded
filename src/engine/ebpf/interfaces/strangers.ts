import { DIRECTOR_IN, xdpPrograms } from '../../../kernel/hooks.ts';
import type { Interface } from '../../../kernel/interfaces.ts';
import { programName, tcxPrograms } from '../../../kernel/other-programs.ts';
import { run } from '../../../kernel/process.ts';
import { filtersBefore } from '../../../kernel/tc-json.ts';
import { findTool } from '../../../kernel/tools.ts';
import type { Stranger } from '../../engine.ts';
import type { Attachment } from './attachments.ts';

/** The kernel's numbers of Weir's own programs; XDP where it is loaded. */
export interface OwnPrograms {
  tc: number;
  xdp: number | undefined;
}

export type StrangeProgram = Stranger & Required<Pick<Stranger, 'program'>>;

/** It unwraps for the stack what is for a real server, and takes nothing from the director beside it. */
const DECAP = 'weir_decap';

/** Programs of somebody else on an interface that XDP or tcx show: a few calls of the kernel. */
export function strangersOn({ interface: on, hooks }: Attachment, own: OwnPrograms): StrangeProgram[] {
  const wantsXdp = hooks.includes('xdp');
  const atXdp = xdpPrograms(on)
    .filter(({ program }) => program !== own.xdp)
    .map(({ program, mode }): StrangeProgram => ({ ...named(on, program), hook: 'xdp', mode, instead: wantsXdp }));
  const chain = hooks.includes('tcx') ? tcxPrograms(on) : [];
  const before = chain.slice(0, Math.max(0, chain.indexOf(own.tc)));
  const atTcx = before.map((program): StrangeProgram => ({ ...named(on, program), hook: 'tcx', instead: false }));
  return [...atXdp, ...atTcx].filter(({ name }) => name !== DECAP);
}

/** Filters of clsact that stand before Weir's, on kernels without tcx: `tc` tells of them, and where it is not there nobody does. */
export async function strangersAtClsact({ interface: on, hooks }: Attachment, own: OwnPrograms): Promise<Stranger[]> {
  if (!hooks.includes('clsact') || findTool('tc') === undefined) return [];
  const { stdout, code } = await run(['tc', '-json', 'filter', 'show', 'dev', on.name, 'ingress']);
  const filters = code === 0 ? filtersBefore(stdout, DIRECTOR_IN.priority) : [];
  return filters
    .filter(({ program, name }) => program !== own.tc && name !== DECAP)
    .map((filter) => ({ interface: on.name, hook: 'clsact', ...filter, instead: false }));
}

function named(on: Interface, program: number): Pick<StrangeProgram, 'interface' | 'program' | 'name'> {
  return { interface: on.name, program, name: programName(program) };
}
