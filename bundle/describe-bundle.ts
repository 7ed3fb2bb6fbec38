import { describeParameters } from './describe-parameters.ts';

/** `describe-bundle <folder>`: adds to the manifest of a bundle what its files say of their parameters. */
const [, , folder = ''] = process.argv;

await describeParameters(folder);
// Ends the process although a file may have left handles open.
process.exit();
