// The result, as text for a terminal and as a page for people.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../e2e/lib/paths.mjs';
import { median, quantile } from './stats.mjs';

const page = join(root, 'docs', 'performance.md');
const begin = '<!-- written by bench/run --write: begin -->';
const end = '<!-- end -->';

/** Prints everything as tables. */
export function print(machine, rows) {
  console.log(`\n${machine.map(([what, which]) => `${what.padEnd(10)} ${which}`).join('\n')}`);
  console.log(`\n${columns(targets(rows))}`);
  for (const row of rows) console.log(`\n${row.title}\n${columns(facts(row), '  ')}`);
}

/**
 * Puts `rows` into the page, between the two marks; what people wrote around them stays, and so does what was found before of
 * those of `all` that were not measured this time.
 */
export function write(machine, rows, all) {
  const old = readFileSync(page, 'utf8');
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} lacks the marks that the result goes between`);
  const before = old.slice(from, to).split('\n');
  const parts = all.map(({ name, title }) => {
    const row = rows.find((one) => one.name === name);
    return row ? { targets: pipes(targets([row])).split('\n').slice(2), seen: section(row) } : found(before, title, all);
  });
  const lines = parts.flatMap((part) => part.targets);
  const text = ['## Where', bullets(machine), '## Targets', [...pipes(targets([])).split('\n'), ...lines].join('\n'),
    '## What was seen', ...parts.map((part) => part.seen).filter(Boolean)].join('\n\n');
  writeFileSync(page, `${old.slice(0, from)}${begin}\n\n${text}\n\n${old.slice(to)}`);
  console.log(`\nWritten to ${page}`);
}

/** What the page says of a row: its lines of the targets, which begin with its title, and its section. */
function found(lines, title, all) {
  const first = lines.findIndex((line) => line.startsWith(`| ${title}: `));
  const isNext = (line) => !line.startsWith('|') || all.some((row) => line.startsWith(`| ${row.title}: `));
  const count = first < 0 ? 0 : 1 + lines.slice(first + 1).findIndex(isNext);
  const head = lines.indexOf(`### ${title}`);
  const rest = lines.slice(head + 1);
  const next = rest.findIndex((line) => line.startsWith('### '));
  const seen = head < 0 ? '' : [lines[head], ...(next < 0 ? rest : rest.slice(0, next))].join('\n').trimEnd();
  return { targets: first < 0 ? [] : lines.slice(first, first + count), seen };
}

const section = (row) => [`### ${row.title}`, row.how, pipes(facts(row))].join('\n\n');

/** One line for each target. */
function targets(rows) {
  const head = ['What', 'Target', 'Measured', 'Met'];
  const lines = rows.flatMap((row) =>
    row.verdicts.map((one, i) => [
      `${i ? '' : `${row.title}: `}${one.what}`,
      `${one.most ? 'at most' : 'at least'} ${number(one.target)} ${one.unit}`,
      `${number(one.value)} ${one.unit}`,
      met(one),
    ]));
  return [head, ...lines];
}

/** Yes or no, and how far from the target in terms of what is good. */
function met({ most, target, value }) {
  const hit = most ? value <= target : value >= target;
  const factor = most === hit ? target / value : value / target;
  return `${hit ? 'yes' : 'NO'}, ${number(factor)} times ${hit ? 'better' : 'too ' + (most ? 'much' : 'little')}`;
}

/** One line for each thing seen. */
function facts(row) {
  const head = ['What', 'Median', 'From', 'To', '95th percentile', 'Unit', 'Count'];
  const lines = row.facts.map(({ what, samples, unit, text }) => {
    if (text !== undefined) return [what, text, '', '', '', '', ''];
    const many = samples.length > 1;
    return [
      what,
      number(median(samples)),
      many ? number(Math.min(...samples)) : '',
      many ? number(Math.max(...samples)) : '',
      samples.length >= 20 ? number(quantile(samples, 0.95)) : '',
      unit,
      String(samples.length),
    ];
  });
  return [head, ...lines];
}

/** Three digits that count, never fewer than stand before the point. */
function number(value) {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.min(digits, 4));
}

const bullets = (pairs) => pairs.map(([what, which]) => `- ${what}: ${which}`).join('\n');

function pipes([head, ...lines]) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i ? '---' : '---'))), ...lines.map(line)].join('\n');
}

/** Aligned columns; a long text in the second is not aligned to. */
function columns(table, indent = '') {
  const widths = table[0].map((_, i) =>
    Math.max(...table.map((cells) => (cells.slice(i + 1).some(Boolean) ? cells[i].length : 0))));
  return table.map((cells) => (indent + cells.map((cell, i) => cell.padEnd(widths[i])).join('  ')).trimEnd()).join('\n');
}
