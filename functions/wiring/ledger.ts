import { Ledger } from '../../aws/ledger/ledger.ts';
import { ledgerClient } from './clients.ts';
import { environment } from './environment.ts';

export const ledger = new Ledger(ledgerClient, environment.ledger);
