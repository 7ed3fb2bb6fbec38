import { requestTimeoutMs } from '../../core/ledger/control.ts';
import { connectionTimeoutMs } from './prompt-agents.ts';

/** Of every request. Without the last setting, the SDK only warns of one that takes too long, and waits on. */
export const requestTimeouts = {
  requestTimeout: requestTimeoutMs - 1000,
  connectionTimeout: connectionTimeoutMs,
  throwOnRequestTimeout: true,
};
