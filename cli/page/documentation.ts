import { type Html, html } from './html.ts';

/** Where the pages of the documentation are, with a slash at the end; and the zone of the times that stand beside UTC. */
export interface PageSurroundings {
  docs: string;
  timeZone: string;
}

/** As it is seen from the root of a project, without a zone of its own. */
export const ofProject: PageSurroundings = { docs: 'node_modules/dynamodt/docs/', timeZone: 'UTC' };

/** A link to a page of the documentation. @param file `a-run-failed.md` */
export function docLink({ docs }: Pick<PageSurroundings, 'docs'>, file: string, text: string): Html {
  return html`<a href="${docs}${file}">${text}</a>`;
}
