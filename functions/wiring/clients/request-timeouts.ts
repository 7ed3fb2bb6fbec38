import { requestTimeoutMs } from '../../../core/ledger/control.ts';
import { connectionTimeoutMs } from './prompt-agents.ts';

/** Timeouts of every request. Without the last setting, the SDK only logs a warning if a request takes too long, and waits on. */
export const requestTimeouts = {
  requestTimeout: requestTimeoutMs - 1000,
  connectionTimeout: connectionTimeoutMs,
  throwOnRequestTimeout: true,
};
