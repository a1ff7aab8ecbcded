/** One line of a plot. */
export interface Series {
  title: string;
  points: readonly { x: number; y: number }[];
}

const WIDTH = 640;
const HEIGHT = 320;
const EDGE = { left: 64, right: 24, top: 32, bottom: 48 };
const COLOURS = ['#1f6feb', '#cf222e', '#1a7f37', '#8250df'];

/** A plot of lines over a logarithmic x axis, as SVG. @param y what the y axis counts, from 0 */
export function linePlot({
  title,
  x,
  y,
  series,
}: {
  title: string;
  x: string;
  y: string;
  series: readonly Series[];
}): string {
  const all = series.flatMap(({ points }) => points);
  const [least, most] = [Math.min(...all.map((one) => one.x)), Math.max(...all.map((one) => one.x))];
  const top = niceAbove(Math.max(...all.map((one) => one.y)));
  const across = (value: number): number =>
    EDGE.left + (Math.log(value / least) / Math.log(Math.max(most / least, 2))) * (WIDTH - EDGE.left - EDGE.right);
  const up = (value: number): number => HEIGHT - EDGE.bottom - (value / top) * (HEIGHT - EDGE.top - EDGE.bottom);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * top);
  const numbers = [...new Set(all.map((one) => one.x))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(WIDTH / 2, 18, 'middle', title),
    ...ticks.flatMap((value) => [
      `<path d="M${EDGE.left} ${round(up(value))}H${WIDTH - EDGE.right}" stroke="#d0d7de"/>`,
      text(EDGE.left - 6, up(value) + 4, 'end', value.toLocaleString('en-GB')),
    ]),
    ...numbers.map((value) => text(across(value), HEIGHT - EDGE.bottom + 16, 'middle', value.toLocaleString('en-GB'))),
    text(WIDTH / 2, HEIGHT - 8, 'middle', x),
    text(EDGE.left, EDGE.top - 6, 'middle', y),
    ...series.flatMap(({ title: name, points }, place) => {
      const colour = COLOURS[place % COLOURS.length] ?? '#000';
      const way = points.map((one, i) => `${i === 0 ? 'M' : 'L'}${round(across(one.x))} ${round(up(one.y))}`).join('');
      return [
        `<path d="${way}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...points.map(
          (one) => `<circle cx="${round(across(one.x))}" cy="${round(up(one.y))}" r="3" fill="${colour}"/>`,
        ),
        `<text x="${EDGE.left + 12}" y="${EDGE.top + 14 + place * 16}" fill="${colour}">${name}</text>`,
      ];
    }),
    '</svg>\n',
  ].join('\n');
}

const round = (value: number): number => Math.round(value * 10) / 10;
const text = (x: number, y: number, anchor: string, content: string): string =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="#1f2328">${content}</text>`;

/** The next of 1, 2, 4, 5 or 8 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return ([1, 2, 4, 5, 8, 10].find((factor) => factor * power >= value) ?? 10) * power;
}
