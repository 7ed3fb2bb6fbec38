import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorMeanings } from '../../../core/errors.ts';
import { packageRoot } from '../../../infra/package-root.ts';

function read(file: string): string {
  return readFileSync(join(packageRoot, file), 'utf8');
}

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'RELEASING.md',
  ...readdirSync(join(packageRoot, 'docs'), { recursive: true }).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));
it('explains every error name in docs/troubleshooting.md, by the sentence that core/errors.ts has for it', () => {
  const page = read('docs/troubleshooting.md');
  const missing = Object.entries(errorMeanings).filter(([name, meaning]) => !page.includes(`| \`${name}\` | ${meaning}`));
  expect(missing).toEqual([]);
});

it.each(['docs/troubleshooting.md', 'docs/plan.md', 'docs/words.md'])('explains in %s the findings of plan that protect data', (page) => {
  expect(['MissingItems', 'Unguarded'].filter((name) => !read(page).includes(`\`${name}\``))).toEqual([]);
});

it('names pages in messages by where they are in an installed package', () => {
  const folders = ['core', 'aws', 'bundle', 'cli', 'infra', 'serverless'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );
  const named = files
    .flatMap((file) => read(file).split('\n'))
    .filter((line) => !/^\s*(\/?\*|\/\/)/.test(line))
    .flatMap((line) => [...line.matchAll(/([\w./-]*\/)?(docs\/[\w-]+\.md)/g)]);

  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(([, folder]) => folder !== 'node_modules/dynamodt/').map(([text]) => text)).toEqual([]);
  expect(named.filter(([, , page = '']) => !pages.includes(page)).map(([text]) => text)).toEqual([]);
});

it('keeps README.md at 200 lines or less', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(200);
});

it('lists every decision under its title in docs/decisions/README.md', () => {
  const files = readdirSync(join(packageRoot, 'docs/decisions')).filter((name) => name !== 'README.md');
  const lines = files.map((name) => {
    const [, number, title] = /^# (\d+)\. (.+)/.exec(read(`docs/decisions/${name}`)) ?? [];
    return `| ${number} | [${title}](${name}) |`;
  });
  expect(lines.length).toBeGreaterThan(30);
  expect(lines.filter((line) => !read('docs/decisions/README.md').includes(line))).toEqual([]);
});

it('says in CONTRIBUTING.md what each folder is for', () => {
  const foldersIn = (folder: string): string[] =>
    readdirSync(join(packageRoot, folder), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? `${folder}${entry.name}/` : [],
    );
  const ignored = /^(\.|node_modules|coverage|dist|cdk\.out)/;
  const folders = [...foldersIn('').filter((name) => !ignored.test(name)), ...['core/', 'aws/', 'cli/', 'local/'].flatMap(foldersIn)];
  const rows = [...read('CONTRIBUTING.md').matchAll(/^\| (`.+?\/`) \| /gm)].flatMap(([, names = '']) =>
    names.replaceAll('`', '').split(', '),
  );
  expect(rows.toSorted()).toEqual(folders.toSorted());
});

describe.each(pages)('%s', (page) => {
  it('links only to files that exist', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => resolve(packageRoot, dirname(page), match[1] ?? ''));
    expect(links.filter((link) => !statSync(link, { throwIfNoEntry: false }))).toEqual([]);
  });

  it('links only to headings that exist', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)].map(([, file = '', anchor = '']) => ({
      target: file === '' ? page : relative(packageRoot, resolve(packageRoot, dirname(page), file)),
      anchor,
    }));
    expect(links.filter(({ target, anchor }) => target.endsWith('.md') && !anchorsOf(read(target)).has(anchor))).toEqual([]);
  });
});

/** The anchors of a page's headings, as GitHub makes them: a heading that is there before gets a number. */
function anchorsOf(text: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading = ''] of text.replace(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    const again = [...Array(9).keys()].map((number) => `${anchor}-${number + 1}`).find((other) => !found.has(other)) ?? anchor;
    found.add(found.has(anchor) ? again : anchor);
  }
  return found;
}
