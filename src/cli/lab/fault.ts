import { Option, type Command } from 'commander';
import { WeirError } from '../../base/error.ts';
import { filled, type Language, type Words } from '../../base/words.ts';
import { changeLab } from '../../lab/change.ts';
import { loadFault, plantFaults } from '../../lab/fault.ts';
import { weirCommand } from '../../lab/guide.ts';
import { openLab, type Lab } from '../../lab/lab.ts';
import { requireRoot } from '../../lab/platform.ts';
import { languageOption, type LanguageOptions } from '../options/language.ts';
import { untilInterrupted } from '../terminal/interrupt.ts';
import { print } from '../terminal/output.ts';

interface Flags extends LanguageOptions {
  lab?: string;
}

const WORDS = {
  broken: { en: 'Lab {id} now has the fault {fault}: {title}.', zh: '实验 {id} 现在有故障 {fault}：{title}。' },
  ripens: { en: 'It shows after {seconds} s.', zh: '过 {seconds} 秒才看得出来。' },
  next: {
    en: '`{weir} doctor --lab {id}` looks for it, `{weir} lab mend --lab {id}` takes it away.',
    zh: '`{weir} doctor --lab {id}` 会去找它，`{weir} lab mend --lab {id}` 把它去掉。',
  },
  whole: { en: 'Lab {id} is whole.', zh: '实验 {id} 已恢复正常。' },
} as const satisfies Record<string, Words>;

/** `weir lab break` and `weir lab mend`: faults in a lab that stands. */
export function registerFaults(lab: Command): void {
  const which = new Option('--lab <id>', 'which lab, where there are several');
  lab
    .command('break <fault...>')
    .description('make these mistakes in a lab that stands, and no others; all hosts but the director are made anew')
    .addOption(which)
    .addOption(languageOption())
    .action(breakLab);
  lab
    .command('mend')
    .description('make a lab as it was without its mistakes, those that you made in it included')
    .addOption(which)
    .addOption(languageOption())
    .action(mendLab);
}

async function breakLab(faults: readonly string[], { lab: id, lang }: Flags): Promise<void> {
  const lab = labToChange(id);
  const planted = await plantFaults(lab.record.whole, faults);
  await untilInterrupted(async () => await changeLab(lab, planted));
  await print(`${(await announcement(lab, faults, lang)).join('\n')}\n`);
}

async function announcement({ id }: Lab, faults: readonly string[], language: Language): Promise<string[]> {
  const planted = await Promise.all(faults.map(loadFault));
  const seconds = Math.max(...planted.map(({ ripens = 0 }) => ripens));
  return [
    ...planted.map(({ id: fault, title }) => filled(WORDS.broken, language, { id, fault, title: title[language] })),
    ...(seconds === 0 ? [] : [filled(WORDS.ripens, language, { seconds })]),
    filled(WORDS.next, language, { id, weir: weirCommand() }),
  ];
}

async function mendLab({ lab: id, lang }: Flags): Promise<void> {
  const lab = labToChange(id);
  await untilInterrupted(async () => await changeLab(lab, lab.record.whole));
  await print(`${filled(WORDS.whole, lang, { id: lab.id })}\n`);
}

/** @throws WeirError LAB_UNKNOWN; LAB_BUSY for a quiz, whose fault its learner has to find, and for what a running process has built */
function labToChange(id: string | undefined): Lab {
  requireRoot('a lab is made of network namespaces, which only root can change');
  const lab = openLab(id);
  const { owner, quiz } = lab.record;
  if (owner !== undefined) {
    throw new WeirError('LAB_BUSY', `lab ${lab.id} belongs to process ${owner.pid}, which has built it for itself`, {
      fix: 'build one that stays: weir lab up',
    });
  }
  if (quiz === undefined) return lab;
  throw new WeirError('LAB_BUSY', `lab ${lab.id} is a quiz`, {
    fix: `name its fault, or weir lab quiz give-up --lab ${lab.id}`,
  });
}
