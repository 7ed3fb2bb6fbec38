import { serve } from './serve.ts';

/** `npm run local` of this repository; `dynamodt local` does the same for whoever has the package. */
await serve(process.argv.slice(2), 'npm run local --');
