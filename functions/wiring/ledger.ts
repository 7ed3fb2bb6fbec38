import { Ledger } from '../../aws/ledger/ledger.ts';
import { retryingClient } from './clients/retrying-client.ts';
import { environment } from './environment.ts';

export const ledger = new Ledger(retryingClient, environment.ledger);
