import { Ledger } from '../../aws/ledger/ledger.ts';
import { environment } from './environment.ts';
import { retryingClient } from './retrying-client.ts';

export const ledger = new Ledger(retryingClient, environment.ledger);
