import { flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { FunctionAnswer, FunctionCall } from './function-process.ts';

/**
 * The process in which a function runs, like Lambda's runtime: `node function-host.ts <file>`. It takes one call at a time over IPC and
 * ends when local AWS ends. If this process ends during a call, the pool answers with Lambda's error for that.
 */
const [, , file = ''] = process.argv;

function answer(message: FunctionAnswer): void {
  void process.send?.(message);
}

function failure(error: unknown, type?: string): FunctionAnswer {
  const known = error instanceof Error ? error : new Error(String(error));
  const trace = (known.stack ?? '').split('\n');
  return { failed: { errorType: type ?? known.name, errorMessage: known.message, trace } };
}

async function load() {
  const { handler } = await import(pathToFileURL(file).href);
  if (typeof handler !== 'function') throw new Error(`${file} does not export a function named handler`);
  return handler;
}

const loaded = load().then(
  (handler) => ({ handler }),
  (error: unknown) => ({ error }),
);

process.on('message', async (call: FunctionCall) => {
  const ready = await loaded;
  if ('error' in ready) return answer(failure(ready.error, 'Runtime.ImportModuleError'));
  const context = {
    awsRequestId: call.requestId,
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: '$LATEST',
    invokedFunctionArn: call.functionArn,
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, call.deadline - Date.now()),
  };
  try {
    const result = await ready.handler(JSON.parse(call.event), context);
    answer({ result: JSON.stringify(result ?? null) });
  } catch (error) {
    answer(failure(error));
  }
  // The process will be killed and so cannot write the compile cache at its exit. Has no effect without NODE_COMPILE_CACHE, or if the cache is written.
  flushCompileCache();
});

process.on('unhandledRejection', (error) => {
  process.send?.(failure(error, 'Runtime.UnhandledPromiseRejection'), () => process.exit(128));
});
process.on('disconnect', () => process.exit());
// Ctrl-C is sent to the whole process group, but local AWS decides when functions end.
process.on('SIGINT', () => {});
