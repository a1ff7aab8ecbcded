import { expect, test } from 'vitest';
import { Agenda } from './agenda.ts';

test('things are done in the order of time, then in the order in which they were put', () => {
  const agenda = new Agenda();
  const done: string[] = [];
  agenda.after(20, () => done.push('late'));
  agenda.after(10, () => done.push('first'));
  agenda.after(10, () => done.push('second'));
  agenda.after(10, () => agenda.after(0, () => done.push('put meanwhile')));
  agenda.after(10, () => done.push('third'));

  agenda.runUntil(15);

  expect(done).toEqual(['first', 'second', 'third', 'put meanwhile']);
  expect(agenda.now).toBe(15);
  expect(agenda.next).toBe(20);
});

test('what is cancelled is not done, also where it is cancelled at the same time', () => {
  const agenda = new Agenda();
  const done: string[] = [];
  const never = agenda.after(5, () => done.push('never'));
  const meanwhile = agenda.after(10, () => done.push('meanwhile'));
  agenda.after(5, () => meanwhile.cancel());
  never.cancel();

  agenda.runUntil(100);

  expect(done).toEqual([]);
  expect(agenda.step()).toBe(false);
});
