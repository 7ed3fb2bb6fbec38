import { serveDecisions } from '../../functions/wiring/careful/serve-decisions.ts';
import { muteConsole } from '../../functions/wiring/muted-console.ts';

// Decides as code of the team does that prints each item it looks at.
serveDecisions(async () => {
  muteConsole();
  return async ({ prints }: { prints: string[] }) => {
    for (const line of prints) console.log(line);
    return prints.length;
  };
});
