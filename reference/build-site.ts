import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Application, TSConfigReader, TypeDocReader } from 'typedoc';

/*
 * Builds the site of the documentation: every page of `docs/`, and the API reference, static and searchable, in `reference/site`. A link to what
 * does not exist fails it.
 *
 * typedoc takes the title of a page from its front matter, which GitHub would show as a table. So the pages are copied, and get it here.
 */
const here = import.meta.dirname;
const root = join(here, '..');
const pages = join(here, 'pages');
const guide = inOrderOfReadme(markdownIn('docs'));
const decisions = markdownIn('docs/decisions');
const aboutTheProject = ['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'RELEASING.md'];
const documents = [...guide, ...aboutTheProject, ...decisions];

rmSync(pages, { recursive: true, force: true });
for (const [group, members] of Object.entries({ Guide: guide, Project: aboutTheProject, Decisions: decisions }))
  for (const document of members)
    copyPage(document, (title, text) => `---\ntitle: ${JSON.stringify(title)}\ngroup: ${group}\n---\n${text}`);
// The site has its own title above the first page.
copyPage('README.md', (_, text) => text.replace(/^# .+\n/, ''));
// Pages link to these files.
for (const name of ['examples', 'transformations', 'LICENSE', 'docs/run.png']) symlinkSync(join(root, name), join(pages, name));

const app = await Application.bootstrapWithPlugins(
  {
    options: join(here, 'typedoc.json'),
    readme: join(pages, 'README.md'),
    projectDocuments: documents.map((document) => join(pages, document)),
    out: join(here, 'site'),
    navigation: { includeGroups: true },
    groupOrder: ['Guide', 'Modules', 'Project', 'Decisions'],
    searchInComments: true,
    searchInDocuments: true,
  },
  [new TypeDocReader(), new TSConfigReader()],
);
const project = await app.convert();
if (project) {
  app.validate(project);
  await app.generateOutputs(project);
}
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** As the README lists them; those that it does not list come last. */
function inOrderOfReadme(found: readonly string[]): string[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const listed = readme.slice(readme.indexOf('\n## Operate')).matchAll(/\]\((docs\/[\w-]+\.md)/g);
  return [...new Set([...Array.from(listed, ([, document = '']) => document), ...found])];
}

function copyPage(document: string, asPage: (title: string, text: string) => string): void {
  const text = readFileSync(join(root, document), 'utf8');
  const [, title = document] = /^# (.+)$/m.exec(text) ?? [];
  const to = join(pages, document);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, asPage(title.replaceAll('`', ''), withoutFolderLinks(text, dirname(document))));
}

/** The site has a page or a file for each link, but none for a folder. */
function withoutFolderLinks(text: string, from: string): string {
  return text.replace(/\[([^\]]+)\]\((?![a-z]+:|#)([^)#]+)\)/g, (link, words: string, target: string) =>
    statSync(join(root, from, target), { throwIfNoEntry: false })?.isDirectory() ? words : link,
  );
}
